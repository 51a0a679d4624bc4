# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

from .manifests import owned_subset

Json = Mapping[str, Any]
CONTROLLER_UID = "batch.kubernetes.io/controller-uid"


@dataclass(frozen=True)
class Ending:
    """How a Job ended, by its terminal condition; Complete and Failed are the only ones that end it."""

    succeeded: bool
    reason: str
    message: str


def ending(job: Json) -> Ending | None:
    """The Job's end, None while it may still run."""
    for condition in job.get("status", {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return Ending(condition["type"] == "Complete", condition.get("reason", ""), condition.get("message", ""))
    return None


def is_suspended(job: Json) -> bool:
    """Whether a queue, or a person, holds the Job back."""
    return bool(job["spec"].get("suspend"))


def last_pod(pods: Iterable[Json]) -> Json | None:
    """The Job's newest pod: the one whose log tells how it ended."""
    return max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


@dataclass(frozen=True)
class LogMoment:
    """An attempt of a pod that has failed or is being ended, whose log may soon be gone; the same until there is another.

    previous: the container has been started again since, so its log is that of the run before.
    """

    pod: str
    failures: int
    previous: bool = field(compare=False)


def log_moment(pod: Json | None) -> LogMoment | None:
    """The pod's latest such moment, None while its first attempt goes on or has ended well."""
    statuses = (pod or {}).get("status", {}).get("containerStatuses") or [{}]
    state = statuses[0].get("state") or {}
    failed_now = (state.get("terminated") or {}).get("exitCode", 0) != 0
    failures = int(statuses[0].get("restartCount", 0)) + failed_now
    if pod is None or not (failures or "deletionTimestamp" in pod["metadata"]):
        return None
    return LogMoment(pod["metadata"]["uid"], failures, previous=failures > 0 and "running" in state)


def last_failure(pod: Json | None) -> str:
    """How the pod's container failed the last time, "" when it didn't or nothing is known of it."""
    statuses = (pod or {}).get("status", {}).get("containerStatuses") or [{}]
    for kind in ("state", "lastState"):
        ended = (statuses[0].get(kind) or {}).get("terminated") or {}
        if ended.get("exitCode", 0) != 0:
            text = f"{ended.get('reason', 'Error')}, exit code {ended['exitCode']}"
            return f"{text}: {ended['message'].strip()}" if ended.get("message") else text
    return ""


def pod_facts(pod: Json | None) -> dict[str, Any]:
    """Where the workload ran, with which image, and how often it started."""
    if pod is None:
        return {"pod": "", "node": "", "image_id": "", "attempts": 0}
    statuses = pod.get("status", {}).get("containerStatuses") or [{}]
    return {
        "pod": pod["metadata"]["name"],
        "node": pod["spec"].get("nodeName", ""),
        "image_id": statuses[0].get("imageID", ""),
        "attempts": 1 + int(statuses[0].get("restartCount", 0)),
    }


def differences(live: Json, manifest: Json) -> dict[str, tuple[Any, Any]]:
    """Field → (live, wanted) of what a Job's pod template can't be changed to any more."""
    wanted = _flat(manifest["spec"]["template"]["spec"])
    found = owned_subset(_flat(live["spec"]["template"]["spec"]), wanted)
    return {name: (found.get(name), value) for name, value in wanted.items() if found.get(name) != value}


def _flat(pod_spec: Json) -> dict[str, Any]:
    """The spec with its first container's fields beside its own: what a user sets."""
    return {**{name: value for name, value in pod_spec.items() if name != "containers"}, **pod_spec["containers"][0]}
