# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the operator's components on a node, each as what its pod then shows; pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tests.lab.device_faults import (
    CUDA_FAILS,
    DRIVER_NO_HEADERS,
    DRIVER_NO_IMAGE,
    DRIVER_SECURE_BOOT,
    HOOK_HANGS,
    OPERATOR_OUT_OF_MEMORY,
    PRUNE_HANGS,
    TOOLKIT_STOPS_CONTAINERD,
    VALIDATION_HANGS,
)
from tests.lab.gpu_operator.marks import CHART_HOOK, CONTROLLER, CUDA_VALIDATOR, NFD_PRUNE
from tests.lab.gpu_operator.operands import DRIVER, TOOLKIT, TOOLKIT_VALIDATION, VALIDATOR
from tests.lab.gpu_operator.pod_states import PodState, Trouble

# NVIDIA/gpu-operator#526, #1142; the first lines are the driver container's.
_STARTING = ("Creating directory NVIDIA-Linux-x86_64-595.91.07", "Verifying archive integrity... OK")
_DRIVER_LOGS = {
    DRIVER_NO_HEADERS: (*_STARTING, "Resolving Linux kernel version...", "Could not resolve Linux kernel version"),
    DRIVER_SECURE_BOOT: (
        *_STARTING,
        "Loading NVIDIA driver kernel modules...",
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
    ),
}
_CUDA_LOG = (
    "[Vector addition of 50000 elements]",
    "Failed to allocate device vector A (error code no CUDA-capable device is detected)!",
)
_NEVER_ENDS = {CHART_HOOK: HOOK_HANGS, NFD_PRUNE: PRUNE_HANGS}
# NVIDIA/aicr#1688, NVIDIA/gpu-operator#2646
NO_CONTAINERD = (
    "Failed to create pod sandbox: rpc error: code = Unavailable desc = connection error: desc = "
    '"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"'
)


def faulty(part: str, faults: Collection[str], *, image: str, init: tuple[str, ...]) -> PodState | None:
    """What a pod of this part shows with these faults of its node; None if none is its own. image: of its main container."""
    if part == DRIVER.name:
        return _driver(faults, image, len(init))
    if part == VALIDATOR.name and VALIDATION_HANGS in faults:
        return PodState(init.index(TOOLKIT_VALIDATION), log=("waiting for nvidia container stack to be setup",))
    if part == CUDA_VALIDATOR and CUDA_FAILS in faults:
        return PodState(0, trouble=Trouble("CrashLoopBackOff", exit_code=1), log=_CUDA_LOG)
    if _NEVER_ENDS.get(part) in faults:
        return _no_image(image, 0)
    if part == CONTROLLER and OPERATOR_OUT_OF_MEMORY in faults:
        return PodState(0, ready=True, trouble=Trouble("", exit_code=137, ended_as="OOMKilled"))
    return None


def _driver(faults: Collection[str], image: str, at: int) -> PodState | None:
    for fault, log in _DRIVER_LOGS.items():
        if fault in faults:
            return PodState(at, trouble=Trouble("CrashLoopBackOff", exit_code=1), log=log)
    return _no_image(image, at) if DRIVER_NO_IMAGE in faults else None


def _no_image(image: str, at: int) -> PodState:
    why = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    return PodState(at, trouble=Trouble("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {why}'))


def stops_containerd(part: str, faults: Collection[str], environment: Mapping[str, str]) -> bool:
    """Whether the toolkit stops its node's containerd by the file that it adds."""
    return part == TOOLKIT.name and TOOLKIT_STOPS_CONTAINERD in faults and environment.get("RUNTIME_CONFIG_SOURCE") != "file"
