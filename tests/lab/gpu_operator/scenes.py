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
class Scene:
    """at: the container, counted through init containers and then main ones. ready: the main container is. ended: the pod's last phase.

    log: what the container at hand has written. event: reason and message of what the kubelet says.
    """

    at: int
    ready: bool = False
    trouble: Trouble | None = None
    log: tuple[str, ...] = ()
    event: tuple[str, str] | None = None
    ended: str = ""


def no_sandbox(message: str) -> Scene:
    """A pod that the container runtime does not start."""
    return Scene(0, trouble=Trouble("PodInitializing"), event=("FailedCreatePodSandBox", message))


def status(pod: Mapping[str, Any], scene: Scene, *, now: str, host_ip: str) -> Object:
    """The status to merge into the pod's; the scheduler's condition is not among these. now: as RFC 3339."""
    spec = pod["spec"]
    init, main = spec.get("initContainers") or [], spec["containers"]
    started = scene.event is None
    initialized = scene.at >= len(init)
    conditions = {
        "PodReadyToStartContainers": started and not scene.ended,
        "Initialized": initialized,
        "ContainersReady": scene.ready,
        "Ready": scene.ready,
    }
    statuses = [_container(each, number, scene, len(init), now) for number, each in enumerate([*init, *main])]
    return {
        "phase": scene.ended or ("Running" if initialized and _has_started(scene) else "Pending"),
        "startTime": (pod.get("status") or {}).get("startTime") or now,
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "conditions": list(_conditions(conditions, scene, now)),
        "initContainerStatuses": statuses[: len(init)],
        "containerStatuses": statuses[len(init) :],
    }


def _has_started(scene: Scene) -> bool:
    return scene.trouble is None or scene.trouble.exit_code is not None


def _conditions(values: Mapping[str, bool], scene: Scene, now: str) -> Iterator[Object]:
    for name, value in values.items():
        why = {"reason": "PodCompleted"} if scene.ended else {"reason": "ContainersNotReady"} if not value else {"reason": None}
        yield {"type": name, "status": "True" if value else "False", "lastTransitionTime": now, **why}


def _container(container: Mapping[str, Any], number: int, scene: Scene, inits: int, now: str) -> Object:
    at_hand = number == scene.at
    trouble = scene.trouble if at_hand else None
    is_done = bool(scene.ended) or (number < scene.at and number < inits)
    running = (at_hand or (number > scene.at >= inits)) and not is_done and not (trouble and trouble.reason)
    ended_before = trouble is not None and trouble.exit_code is not None
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": is_done if number < inits else scene.ready,
        "started": running,
        "restartCount": _RESTARTS if ended_before else 0,
        "state": _state(trouble, now, is_done=is_done, running=running, first=scene.event is not None),
        "lastState": _last(trouble, now),
    }


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
