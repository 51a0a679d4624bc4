# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet reports about a pod, as pure functions from the states of containers to the pod's status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

_RESTART_BASE_S = 10.0
_RESTART_LIMIT_S = 300.0
ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True)
class Waiting:
    """Not started, or waiting to be started again."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class Running:
    """Its process runs."""

    started: datetime


@dataclass(frozen=True)
class Terminated:
    """Its process has ended."""

    exit_code: int
    started: datetime
    finished: datetime
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class Container:
    """One container of a pod, as far as its status goes."""

    name: str
    image: str
    image_id: str
    state: Waiting | Running | Terminated
    last: Terminated | None = None
    restarts: int = 0

    def restarted(self) -> Container:
        """The same container about to run once more."""
        last = self.state if isinstance(self.state, Terminated) else self.last
        return replace(self, state=Waiting("ContainerCreating"), last=last, restarts=self.restarts + 1)


def restart_delay(restarts: int) -> float:
    """Seconds before a container is started again: at once the first time, then as the kubelet backs off, 10 s doubled up to 5 minutes."""
    if restarts == 0:
        return 0.0
    return float(min(_RESTART_BASE_S * 2 ** (restarts - 1), _RESTART_LIMIT_S))


def restarts_after(policy: str, exit_code: int) -> bool:
    """Whether a pod with that restart policy runs its container again after that exit."""
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def phase(containers: Sequence[Container], policy: str) -> str:
    """The pod's phase."""
    codes = [container.state.exit_code for container in containers if isinstance(container.state, Terminated)]
    if len(codes) == len(containers) and not any(restarts_after(policy, code) for code in codes):
        return "Failed" if any(codes) else "Succeeded"
    started = any(not isinstance(container.state, Waiting) or container.restarts for container in containers)
    return "Running" if started else "Pending"


def status(containers: Sequence[Container], *, policy: str, now: datetime, pod_started: datetime, host_ip: str) -> dict[str, Any]:
    """The status to merge into the pod's; the scheduler's condition is not among these."""
    current = phase(containers, policy)
    return {
        "phase": current,
        "startTime": _time(pod_started),
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "conditions": _conditions(containers, current, now),
        "containerStatuses": [_container_status(container) for container in containers],
    }


def rejection(reason: str, message: str, *, now: datetime) -> dict[str, Any]:
    """The status of a pod that its node does not admit."""
    return {"phase": "Failed", "reason": reason, "message": f"Pod was rejected: {message}", "startTime": _time(now)}


def _conditions(containers: Sequence[Container], current: str, now: datetime) -> list[dict[str, Any]]:
    ready = all(isinstance(container.state, Running) for container in containers)
    unready_names = [container.name for container in containers if not isinstance(container.state, Running)]
    why: dict[str, Any] = {"reason": None, "message": None}
    if current in ENDED:
        why["reason"] = "PodCompleted" if current == "Succeeded" else "PodFailed"
    elif not ready:
        why = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready_names)}]"}
    done = {"reason": "PodCompleted"} if current == "Succeeded" else {}
    return [
        {"type": "PodReadyToStartContainers", "status": _truth(current in {"Pending", "Running"}), "lastTransitionTime": _time(now)},
        {"type": "Initialized", "status": "True", "lastTransitionTime": _time(now), **done},
        {"type": "Ready", "status": _truth(ready), "lastTransitionTime": _time(now), **why},
        {"type": "ContainersReady", "status": _truth(ready), "lastTransitionTime": _time(now), **why},
    ]


def _truth(value: bool) -> str:
    return "True" if value else "False"


def _container_status(container: Container) -> dict[str, Any]:
    running = isinstance(container.state, Running)
    return {
        "name": container.name,
        "image": container.image,
        "imageID": container.image_id,
        "ready": running,
        "started": running,
        "restartCount": container.restarts,
        "state": _state(container.state),
        "lastState": _state(container.last) if container.last else {},
    }


def _state(state: Waiting | Running | Terminated) -> dict[str, Any]:
    match state:
        case Waiting(reason, message):
            return {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        case Running(started):
            return {"running": {"startedAt": _time(started)}}
        case Terminated(exit_code, started, finished, reason, message):
            times = {"startedAt": _time(started), "finishedAt": _time(finished)}
            told = {"reason": reason or ("Error" if exit_code else "Completed"), **({"message": message} if message else {})}
            return {"terminated": {"exitCode": exit_code, **told, **times}}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
