# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the node conditions of AKS' node problem detector mean for GPUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from ..shared.explanation import Explanation
from ..shared.mappings import Json


@dataclass(frozen=True)
class GpuCondition:
    """What a node condition of AKS' node problem detector means when it is True; the code is the condition's type.

    https://learn.microsoft.com/azure/aks/gpu-health-monitoring; it reports and never repairs.
    """

    explanation: Explanation
    also: tuple[str, ...] = ()  # other spellings of the type


_REPLACE = "kubectl drain {node} --ignore-daemonsets, then delete its machine: 'az aks nodepool delete-machines' or scale the pool."

# The types and texts are those of Azure/AgentBaker e2e/validators.go, where no other source is named.
GPU_CONDITIONS = (
    GpuCondition(Explanation("GPUMissing", cause="The machine shows fewer GPUs than its size has.", remedy=_REPLACE)),
    # The documentation writes GPUXIDErrors as well; https://docs.nvidia.com/deploy/xid-errors/
    GpuCondition(
        Explanation("XIDErrors", cause="The driver has reported an Xid error: the GPU or its bus has failed.", remedy=_REPLACE),
        also=("GPUXIDErrors",),
    ),
    GpuCondition(
        Explanation(
            "UnhealthyNvidiaDevicePlugin",
            cause="The node's own device plugin service has stopped, so its GPUs are not offered.",
            remedy="Replace the node; no DaemonSet belongs there. " + _REPLACE,
        )
    ),
    GpuCondition(
        Explanation(
            "UnhealthyNvidiaDCGMServices", cause="The node's DCGM services have stopped: there are no GPU metrics.", remedy=_REPLACE
        )
    ),
    GpuCondition(
        Explanation(
            "NVIDIAGRIDStatusInvalid",
            cause="The vGPU driver has no valid GRID licence, so the GPU is throttled or unusable.",
            remedy="Check that the node reaches Azure's licence server (outbound rules). " + _REPLACE,
        ),
        also=("NVIDIA GRID Status Invalid",),
    ),
    GpuCondition(
        Explanation(
            "IBLinkFlapping",
            cause="An InfiniBand link goes down and up: jobs over several nodes may hang.",
            remedy=_REPLACE,
            severity="warning",
        )
    ),
    GpuCondition(
        Explanation(
            "NVLinkStatusInactive",
            cause="An NVLink is down: the GPUs of the node talk slowly or not at all.",
            remedy=_REPLACE,
            severity="warning",
        )
    ),
    GpuCondition(
        Explanation(
            "GPUClockThrottling",
            cause="The GPU runs below its clock, for heat or power.",
            remedy="Run a short job again; if it stays so: " + _REPLACE,
            severity="warning",
        )
    ),
    # Not of the GPU, but of its machine: https://learn.microsoft.com/azure/aks/node-auto-drain
    GpuCondition(
        Explanation(
            "VMEventScheduled",
            cause="Azure has announced that it will freeze, restart, redeploy or take away the node's machine.",
            remedy="Let running work end or move it: 'kubectl drain {node} --ignore-daemonsets'; a spot machine goes within 30 seconds.",
            severity="warning",
        )
    ),
)
_BY_TYPE = {name: row for row in GPU_CONDITIONS for name in (row.explanation.code, *row.also)}


@dataclass(frozen=True)
class NodeCondition:
    """A condition of a Node object, as kubectl describe shows it."""

    type: str
    status: str
    reason: str = ""
    message: str = ""

    @property
    def known(self) -> GpuCondition | None:
        """What it means for GPUs, None for a condition that is not about them."""
        return _BY_TYPE.get(self.type)

    @property
    def concerns_gpu(self) -> bool:
        """Whether it is about the node's GPUs."""
        return self.known is not None

    @property
    def evidence(self) -> str:
        """The field and what it says."""
        said = ": ".join(part for part in (self.reason, self.message) if part)
        return f"condition {self.type} is {self.status}{f' ({said})' if said else ''}"


def telling_conditions(conditions: Iterable[Json] | None) -> tuple[NodeCondition, ...]:
    """Of a node's conditions, Ready and those about GPUs."""
    return tuple(
        NodeCondition(each["type"], str(each.get("status", "Unknown")), str(each.get("reason") or ""), str(each.get("message") or ""))
        for each in conditions or ()
        if each.get("type") == "Ready" or each.get("type") in _BY_TYPE
    )
