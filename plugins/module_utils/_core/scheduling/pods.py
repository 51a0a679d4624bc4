# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the state of a pod and its containers: ready, waiting, failed, and on which node."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..shared.mappings import Json
from .selectors import required_terms


def pod_name(pod: Json) -> str:
    """namespace/name, as findings name it."""
    return f"{pod['metadata'].get('namespace', 'default')}/{pod['metadata'].get('name', '')}"


def pod_ended(pod: Json) -> bool:
    """Whether all its containers have ended for good (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase)."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def pod_ready(pod: Json) -> bool:
    """Whether the pod's Ready condition is True and it is not being deleted."""
    going = "deletionTimestamp" in pod["metadata"]
    return not going and any(each["type"] == "Ready" and each["status"] == "True" for each in _conditions(pod))


def _conditions(pod: Json) -> Iterator[Json]:
    yield from (pod.get("status") or {}).get("conditions") or ()


def pod_condition(pod: Json, kind: str, status: str) -> Json | None:
    """The pod's condition of this type, if it has this status."""
    return next((each for each in _conditions(pod) if each.get("type") == kind and each.get("status") == status), None)


def container_statuses(pod: Json) -> Iterator[Json]:
    """The statuses of the pod's containers, init containers first."""
    status = pod.get("status") or {}
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def container_troubles(pod: Json, among: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """(reason, message) of each container, or of those in among, that waits or has ended for a reason, now or in its previous run."""
    for status in container_statuses(pod):
        if not among or status.get("name", "") in among:
            now, before = status.get("state") or {}, status.get("lastState") or {}
            for state in (now.get("waiting"), now.get("terminated"), before.get("terminated")):
                if state and state.get("reason") not in (None, "", "Completed"):
                    yield str(state["reason"]), str(state.get("message") or "")


def has_run(pod: Json) -> bool:
    """Whether a container of the pod has ever started, so that it has a log."""
    return any(
        status.get("restartCount") or "running" in (status.get("state") or {}) or "terminated" in (status.get("state") or {})
        for status in container_statuses(pod)
    )


def container_to_read(pod: Json, serving: str, known: Sequence[str]) -> str:
    """The container whose log shows why the pod does not serve: the first known one that fails, or else the one that serves."""
    failing = (str(status.get("name", "")) for status in container_statuses(pod) if _fails(status))
    return next((name for name in failing if name in known), serving)


def _fails(status: Json) -> bool:
    state = status.get("state") or {}
    ended = state.get("terminated") or {}
    return (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff" or bool(ended.get("exitCode"))


def pod_state(pod: Json) -> str:
    """What the pod waits for, as in kubectl's STATUS column."""
    for status in container_statuses(pod):
        for kind in ("waiting", "terminated"):
            state = (status.get("state") or {}).get(kind)
            if state and state.get("reason") not in (None, "Completed"):
                return ": ".join(part for part in (state["reason"], state.get("message", "")) if part)
    return str((pod.get("status") or {}).get("phase", "Pending"))


def bound_to(pod: Json) -> str | None:
    """The node that the pod is on, or that a DaemonSet's pod is for; None if the scheduler is free to choose.

    The DaemonSet controller names the node in an affinity
    (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled).
    """
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    fields = (field for term in required_terms(spec) or () for field in term.get("matchFields") or ())
    return next((str(field["values"][0]) for field in fields if _names_node(field)), None)


def _names_node(field: Json) -> bool:
    return field.get("key") == "metadata.name" and field.get("operator") == "In" and bool(field.get("values"))


def unschedulable(pod: Json) -> str | None:
    """The scheduler's message about a pod that it has found no node for, None if it has."""
    condition = pod_condition(pod, "PodScheduled", "False")
    return str(condition.get("message") or condition.get("reason") or "") or None if condition else None


def reason_of(state: str) -> str:
    """The reason in what pod_state returns, without the message, which may contain anything from a container."""
    return state.partition(":")[0]
