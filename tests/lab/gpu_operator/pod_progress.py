# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each pod that the lab plays shows at a moment, by what its node is; pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab.device_faults import RUNTIME_LOST
from tests.lab.gpu_operator.faults import NO_CONTAINERD, faulty
from tests.lab.gpu_operator.host import Host
from tests.lab.gpu_operator.marks import CHART_HOOK, CUDA_VALIDATOR, part_of
from tests.lab.gpu_operator.operands import (
    BY_NAME,
    CUDA_VALIDATION,
    DRIVER_VALIDATION,
    PLUGIN_VALIDATION,
    TOOLKIT_VALIDATION,
    VALIDATOR,
    Operand,
)
from tests.lab.gpu_operator.pod_states import PodState, no_sandbox

# What an init container writes while it waits (cmd/nvidia-validator/main.go).
_WAITS = {
    DRIVER_VALIDATION: (
        "Attempting to validate a driver container installation",
        "failed to validate the driver, retrying after 5 seconds",
    ),
    TOOLKIT_VALIDATION: ("waiting for nvidia container stack to be setup",),
    CUDA_VALIDATION: ("pod nvidia-cuda-validator is curently in Pending phase",),
    PLUGIN_VALIDATION: ("GPU resources are not yet discovered by the node, retry: 1",),
}
# What the pods that end have written.
_ENDS = {CUDA_VALIDATOR: ("cuda workload validation is successful",), CHART_HOOK: ()}
_WORKING = "Compiling NVIDIA driver kernel modules"


def pod_state(pod: Mapping[str, Any], host: Host, *, age_s: float, handler: str = "") -> PodState:
    """What the pod shows. age_s: simulated seconds since it was bound. handler: of its RuntimeClass, "" if it has none."""
    if host.stopped:
        return no_sandbox(NO_CONTAINERD)
    if handler and handler not in host.runtimes:
        return _without_runtime(host, handler)
    part, spec = part_of(pod), pod["spec"]
    init = tuple(each["name"] for each in spec.get("initContainers") or ())
    at = _reached(part, init, host)
    broken = faulty(part, host.faults, image=spec["containers"][0]["image"], init=init)
    if broken is not None and broken.at <= at:
        return broken
    if at < len(init):
        return PodState(at, log=_WAITS[init[at]])
    if part in _ENDS:
        return PodState(at, ended="Succeeded", log=_ENDS[part])
    return _main(BY_NAME.get(part), at, age_s)


def _reached(part: str, init: Sequence[str], host: Host) -> int:
    """The index of the init container that waits, or of the container after all of them."""
    if part == CUDA_VALIDATOR:  # the operator's validator has created it when all that it needs was there
        return len(init)
    return next((at for at, name in enumerate(init) if not _passes(name, host)), len(init))


def _without_runtime(host: Host, handler: str) -> PodState:
    # The kubelet says so too while the toolkit is only starting; that is left out, because it passes.
    if host.toolkit_comes:
        return PodState(0, log=_WAITS[TOOLKIT_VALIDATION])
    return no_sandbox(
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: "
        f'no runtime for "{handler}" is configured'
    )


def _passes(name: str, host: Host) -> bool:
    """Whether the init container ends."""
    gates = {
        DRIVER_VALIDATION: host.driver,
        TOOLKIT_VALIDATION: host.driver and host.toolkit,
        CUDA_VALIDATION: host.validated,
        PLUGIN_VALIDATION: host.offers or RUNTIME_LOST in host.faults,  # that GPUs disappear starts no pod again
    }
    return gates.get(name, True)


def _main(operand: Operand | None, at: int, age_s: float) -> PodState:
    if operand is not None and age_s < operand.takes_s:
        return PodState(at, log=(_WORKING,))
    return PodState(at, ready=True, log=("all validations are successful",) if operand is VALIDATOR else ())


def asks_for_cuda(pod: Mapping[str, Any], shown: PodState) -> bool:
    """Whether the pod is a validator that wants the CUDA program to run on its node."""
    init = [each["name"] for each in pod["spec"].get("initContainers") or ()]
    return part_of(pod) == VALIDATOR.name and shown.at < len(init) and init[shown.at] == CUDA_VALIDATION and shown.event is None
