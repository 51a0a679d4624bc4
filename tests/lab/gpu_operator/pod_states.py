# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod that the lab plays shows: at which of its containers it is, and what is wrong; rendered as its status. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
_RESTARTS = 4


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the container that the pod is at.

    reason, message: why it waits, "" if it runs. exit_code, ended_as: of its last run, None if it has had none.
    """

    reason: str
    message: str = ""
    exit_code: int | None = None
    ended_as: str = "Error"


@dataclass(frozen=True)
class PodState:
    """at: the container, counted through init containers and then main ones. ready: the main container is. ended: the pod's last phase.

    log: what the container at hand has written. event: reason and message of what the kubelet says.
    """

    at: int
    ready: bool = False
    trouble: Trouble | None = None
    log: tuple[str, ...] = ()
    event: tuple[str, str] | None = None
    ended: str = ""


def no_sandbox(message: str) -> PodState:
    """A pod that the container runtime does not start."""
    return PodState(0, trouble=Trouble("PodInitializing"), event=("FailedCreatePodSandBox", message))


def status(pod: Mapping[str, Any], pod_state: PodState, *, now: str, host_ip: str, pod_ip: str = "") -> Object:
    """The status to merge into the pod's; the scheduler's condition is not among these. now: as RFC 3339."""
    spec = pod["spec"]
    init, main = spec.get("initContainers") or [], spec["containers"]
    started = pod_state.event is None
    initialized = pod_state.at >= len(init)
    conditions = {
        "PodReadyToStartContainers": started and not pod_state.ended,
        "Initialized": initialized,
        "ContainersReady": pod_state.ready,
        "Ready": pod_state.ready,
    }
    statuses = [_container(each, number, pod_state, len(init), now) for number, each in enumerate([*init, *main])]
    return {
        "phase": pod_state.ended or ("Running" if initialized and _has_started(pod_state) else "Pending"),
        "startTime": (pod.get("status") or {}).get("startTime") or now,
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        **_network(pod_ip if started else ""),
        "conditions": list(_conditions(conditions, pod_state, now)),
        "initContainerStatuses": statuses[: len(init)],
        "containerStatuses": statuses[len(init) :],
    }


def _network(pod_ip: str) -> Object:
    return {"podIP": pod_ip, "podIPs": [{"ip": pod_ip}]} if pod_ip else {}


def _has_started(pod_state: PodState) -> bool:
    return pod_state.trouble is None or pod_state.trouble.exit_code is not None


def _conditions(values: Mapping[str, bool], pod_state: PodState, now: str) -> Iterator[Object]:
    for name, value in values.items():
        why = {"reason": "PodCompleted"} if pod_state.ended else {"reason": "ContainersNotReady"} if not value else {"reason": None}
        yield {"type": name, "status": "True" if value else "False", "lastTransitionTime": now, **why}


def _container(container: Mapping[str, Any], number: int, pod_state: PodState, inits: int, now: str) -> Object:
    trouble = pod_state.trouble if number == pod_state.at else None
    is_done = bool(pod_state.ended) or number < min(pod_state.at, inits)
    running = not is_done and _is_at(number, pod_state, inits) and not (trouble and trouble.reason)
    ended_before = trouble is not None and trouble.exit_code is not None
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": is_done if number < inits else pod_state.ready,
        "started": running,
        "restartCount": _RESTARTS if ended_before else 0,
        "state": _state(trouble, now, is_done=is_done, running=running, first=pod_state.event is not None),
        "lastState": _last(trouble, now),
    }


def _is_at(number: int, pod_state: PodState, inits: int) -> bool:
    """Whether the pod has come to the container: to one init container after the other, and then to all others at once."""
    return number == pod_state.at or number > pod_state.at >= inits


def _state(trouble: Trouble | None, now: str, *, is_done: bool, running: bool, first: bool) -> Object:
    if is_done:
        return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
    if running:
        return {"running": {"startedAt": now}}
    if trouble is None or first:
        return {"waiting": {"reason": "PodInitializing"}}
    return {"waiting": {"reason": trouble.reason, "message": trouble.message or f"back-off restarting failed container ({trouble.reason})"}}


def _last(trouble: Trouble | None, now: str) -> Object:
    if trouble is None or trouble.exit_code is None:
        return {}
    return {"terminated": {"exitCode": trouble.exit_code, "reason": trouble.ended_as, "startedAt": now, "finishedAt": now}}
