# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the state of a Kubernetes Job and its pods: how it ended, its attempts, and why a container failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Collection, Iterable, Sequence

from ..shared.counts import counted
from ..shared.mappings import Json
from ..shared.timestamps import seconds_between

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
# kubernetes apiserver pkg/storage/names/generate.go: a generated name has up to 58 characters of its base, and five more.
_LONGEST_STEM, _SUFFIX = 58, 5


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


def failing(job: Json) -> str | None:
    """Why a Job that has not ended yet is going to fail, None if it is not: Kubernetes waits for its pods to end first."""
    status = job.get("status", {})
    for condition in status.get("conditions") or ():
        if condition["type"] == "FailureTarget" and condition["status"] == "True":
            left = counted(status.get("terminating") or 0, "pod")
            return f"{condition.get('reason', '')}: {condition.get('message', '')}, {left} still ending"
    return None


# https://kubernetes.io/docs/concepts/workloads/controllers/job/#controlling-parallelism: with 0, the Job is effectively paused
def is_suspended(job: Json) -> bool:
    """Whether a queue, or a person, holds the Job back."""
    return bool(job["spec"].get("suspend")) or job["spec"].get("parallelism") == 0


def last_pod(pods: Iterable[Json]) -> Json | None:
    """The Job's newest pod, whose log shows how it ended. A pod that is being deleted comes after the one that replaces it."""
    return max(pods, key=lambda pod: (str(pod["metadata"]["creationTimestamp"]), "deletionTimestamp" not in pod["metadata"]), default=None)


def owned_by(pod: Json, uid: str) -> bool:
    """Whether the Job of this uid created the pod; anyone may set the label that says so."""
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(owner.get("uid") == uid and owner.get("controller") for owner in owners)


def left_by(pod: Json) -> str:
    """The name of the Job that has left the pod behind when it was deleted (--cascade=orphan); "" for a pod with a controller.

    Kubernetes then takes the Job out of the pod's owners. The labels that the Job controller has set stay, and so does the name that it has
    had generated: a copy, as 'kubectl debug --copy-to --keep-labels' makes one, has the labels, but a name that a person chose.
    """
    metadata = pod["metadata"]
    labels = metadata.get("labels") or {}
    controlled = any(owner.get("controller") for owner in metadata.get("ownerReferences") or ())
    name = str(labels.get(JOB_NAME) or "")
    return name if CONTROLLER_UID in labels and not controlled and _is_generated_for(metadata, name) else ""


def _is_generated_for(metadata: Json, job: str) -> bool:
    """Whether the API server made the pod's name from the Job's: it shortens a long one, and adds five characters."""
    base = str(metadata.get("generateName") or "")
    stem = base[:_LONGEST_STEM]
    return base.startswith(job) and metadata["name"].startswith(stem) and len(metadata["name"]) == len(stem) + _SUFFIX


def deciding_pod(job: Json, pods: Collection[Json]) -> Json | None:
    """The pod by which the Job has succeeded, else its newest one."""
    end = ending(job)
    succeeded = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Succeeded"] if end and end.succeeded else []
    return last_pod(succeeded or pods)


@dataclass(frozen=True)
class Attempt:
    """One run of a pod's container. over: it has ended, though the container may be waiting for another start."""

    uid: str
    pod: str
    number: int
    over: bool

    def is_after(self, other: Attempt) -> bool:
        """Whether the same pod's container was started again, and only once, since the other."""
        return (self.uid, self.number) == (other.uid, other.number + 1)

    def is_same(self, other: Attempt) -> bool:
        """Whether both are the same run, at two moments."""
        return (self.uid, self.number) == (other.uid, other.number)


def attempt(pod: Json | None, container: str) -> Attempt | None:
    """The pod's newest attempt, None while its container has never run."""
    status = container_status(pod, container)
    state = status.get("state") or {}
    restarts = int(status.get("restartCount", 0))
    if pod is None or not ("running" in state or "terminated" in state or restarts or status.get("lastState")):
        return None
    return Attempt(pod["metadata"]["uid"], pod["metadata"]["name"], restarts, over="running" not in state)


def attempts(job: Json, pods: Collection[Json], container: str) -> int:
    """How often the workload was started, or tried to: by the pods that were seen, and by those that the Job has counted."""
    status = job.get("status", {})
    counted = sum(int(status.get(name) or 0) for name in ("failed", "succeeded", "active"))
    return max(len(pods), counted) + sum(int(container_status(pod, container).get("restartCount", 0)) for pod in pods)


def container_status(pod: Json | None, container: str) -> Json:
    """The status of the container of this name, empty while it has none: containers that admission has added are not the workload."""
    statuses: Sequence[Json] = ((pod or {}).get("status") or {}).get("containerStatuses") or ()
    return next((status for status in statuses if status.get("name") == container), {})


def container_ending(pod: Json | None, container: str) -> Ending | None:
    """How the container of a pod that is not restarted has ended, None while it has not."""
    ended = (container_status(pod, container).get("state") or {}).get("terminated")
    return Ending(ended.get("exitCode") == 0, ended.get("reason", ""), ended.get("message", "")) if ended else None


def outlived(pod: Json | None, container: str) -> bool:
    """Whether the container has ended and another one of its pod still runs."""
    statuses: Sequence[Json] = ((pod or {}).get("status") or {}).get("containerStatuses") or ()
    others = [status for status in statuses if status.get("name") != container]
    return container_ending(pod, container) is not None and any("running" in (status.get("state") or {}) for status in others)


def last_failure(pod: Json | None, container: str) -> str | None:
    """How the pod's container last failed, or why the kubelet rejected the pod; None if no failure is known."""
    status = container_status(pod, container)
    # A pod that is being deleted ends because of that; its own failure came before.
    for kind in ("lastState", "state") if pod and "deletionTimestamp" in pod["metadata"] else ("state", "lastState"):
        ended = (status.get(kind) or {}).get("terminated") or {}
        if ended.get("exitCode", 0) != 0:
            text = f"{ended.get('reason', 'Error')}, exit code {ended['exitCode']}"
            return f"{text}: {ended['message'].strip()}" if ended.get("message") else text
    return turned_away(pod)


def turned_away(pod: Json | None) -> str | None:
    """Why a pod has failed as a whole: the kubelet rejected or evicted it."""
    status = (pod or {}).get("status") or {}
    if status.get("phase") != "Failed" or not status.get("reason"):
        return None
    return ": ".join(part for part in (str(status["reason"]), str(status.get("message") or "").strip()) if part)


def pod_facts(pod: Json | None, container: str) -> dict[str, Any]:
    """Where the workload ran, with which image, and how long it took; times are None while they are unknown."""
    if pod is None:
        return {"pod": "", "node": "", "image_id": "", "pulled_s": None, "ran_s": None}
    status = container_status(pod, container)
    ended = (status.get("state") or {}).get("terminated") or {}
    return {
        "pod": pod["metadata"]["name"],
        "node": pod["spec"].get("nodeName", ""),
        "image_id": status.get("imageID", ""),
        "pulled_s": seconds_between(_bound_at(pod), _first_start(status)),
        "ran_s": seconds_between(ended.get("startedAt"), ended.get("finishedAt")),
    }


def _bound_at(pod: Json) -> str | None:
    conditions = pod.get("status", {}).get("conditions") or ()
    return next((each.get("lastTransitionTime") for each in conditions if (each["type"], each["status"]) == ("PodScheduled", "True")), None)


def _first_start(status: Json) -> str | None:
    """When the container first ran; after a second restart, this is no longer known."""
    restarts = int(status.get("restartCount", 0))
    state = (status.get("state") if restarts == 0 else status.get("lastState") if restarts == 1 else None) or {}
    return next((state[kind].get("startedAt") for kind in ("running", "terminated") if kind in state), None)
