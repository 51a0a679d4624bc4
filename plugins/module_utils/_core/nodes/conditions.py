# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the node conditions of AKS' node problem detector mean for GPUs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable

from ..faults.fault import REPLACE_NODE, THEN_REPLACE_NODE
from ..shared.explanation import Explanation
from ..shared.mappings import Json


@dataclass(frozen=True)
class GpuCondition:
    """What a node condition of AKS' node problem detector means when it is True; the code is the condition's type.

    https://learn.microsoft.com/azure/aks/gpu-health-monitoring; it reports and never repairs.
    """

    explanation: Explanation
    also: tuple[str, ...] = ()  # other spellings of the type


# https://learn.microsoft.com/azure/aks/node-auto-drain: node problem detector repeats Azure's scheduled events in it.
SCHEDULED = "VMEventScheduled"

# The types and texts are those of Azure/AgentBaker e2e/validators.go, where no other source is named.
GPU_CONDITIONS = (
    GpuCondition(Explanation("GPUMissing", cause="The machine shows fewer GPUs than its size has.", remedy=REPLACE_NODE)),
    # The documentation writes GPUXIDErrors as well. The number is only in the message, and not in every one.
    GpuCondition(
        Explanation(
            "XIDErrors",
            cause="The driver reported an Xid error of a GPU.",
            remedy="Read the number in the node's kernel log: 'kubectl debug node/{node} -it --profile=sysadmin "
            "--image=mcr.microsoft.com/azurelinux/busybox:1.36 -- chroot /host dmesg'. Without it, "
            f"{THEN_REPLACE_NODE}",
        ),
        also=("GPUXIDErrors",),
    ),
    GpuCondition(
        Explanation(
            "UnhealthyNvidiaDevicePlugin",
            cause="The device plugin that runs as a service of the node has stopped, so the node does not offer its GPUs.",
            remedy=f"{REPLACE_NODE} Do not install a device-plugin DaemonSet on it.",
        )
    ),
    GpuCondition(
        Explanation(
            "UnhealthyNvidiaDCGMServices",
            cause="The node's DCGM services do not run, so there are no GPU metrics. Workloads can use the GPUs.",
            remedy="Wait: on a new node, the exporter may start later than the GPUs are offered. If you need the metrics, "
            f"{THEN_REPLACE_NODE}",
            severity="warning",
        )
    ),
    GpuCondition(
        Explanation(
            "NVIDIAGRIDStatusInvalid",
            cause="The vGPU driver does not have a valid GRID license, so the GPU is throttled or unusable.",
            remedy=f"Check that the node can reach Azure's license server (outbound rules). If it can, {THEN_REPLACE_NODE}",
        ),
        also=("NVIDIA GRID Status Invalid",),
    ),
    GpuCondition(
        Explanation(
            "IBLinkFlapping",
            cause="An InfiniBand link keeps going down and coming back up, so jobs on several nodes may hang.",
            remedy=REPLACE_NODE,
            severity="warning",
        )
    ),
    GpuCondition(
        Explanation(
            "NVLinkStatusInactive",
            cause="An NVLink is down, so the node's GPUs communicate slowly or not at all.",
            remedy=REPLACE_NODE,
            severity="warning",
        )
    ),
    GpuCondition(
        Explanation(
            "GPUClockThrottling",
            cause="The GPU runs below its clock speed because of heat or power limits.",
            remedy=f"Run a short job again. If the problem persists, {THEN_REPLACE_NODE}",
            severity="warning",
        )
    ),
    # Not of the GPU, but of its machine: https://learn.microsoft.com/azure/aks/node-auto-drain
    GpuCondition(
        Explanation(
            "VMEventScheduled",
            cause="Azure has announced that it will freeze, restart, redeploy or remove the node's machine.",
            remedy="Wait for running work to finish, or move it with 'kubectl drain {node} --ignore-daemonsets'. A spot machine is removed "
            "within 30 seconds.",
            severity="warning",
        )
    ),
)
# What each kind of event takes; the condition names it in its reason, as in RebootScheduled, or in its message.
_SCHEDULED_EVENTS = {
    "Freeze": (
        "Azure is about to pause the node's machine for a few seconds. Memory and open files are kept.",
        "Wait. A job on several nodes may run into a timeout in the meantime.",
    ),
    "Reboot": (
        "Azure is about to restart the node's machine.",
        "Run 'kubectl drain {node} --ignore-daemonsets' now, because AKS does not drain the node for this event. It comes back by itself.",
    ),
    "Redeploy": (
        "Azure is about to move the node's machine to another host. Its temporary disks are lost.",
        "Wait: AKS drains the node. Run what it ran again on another node.",
    ),
    "Preempt": (
        "Azure is taking the node's spot machine back, within 30 seconds.",
        "Wait for a new machine, or use a pool with regular priority (spot: false).",
    ),
    "Terminate": (
        "Azure is about to delete the node's machine, for example because its scale set shrinks.",
        "Wait: AKS drains the node if the scale set has termination notices. Run what it ran again on another node.",
    ),
}
_TEXTS = ("reason", "message", "lastTransitionTime")
_BY_TYPE = {name: row for row in GPU_CONDITIONS for name in (row.explanation.code, *row.also)}


@dataclass(frozen=True)
class NodeCondition:
    """A condition of a Node object, as kubectl describe shows it."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: str = ""  # when it last changed, in Kubernetes' form

    @property
    def known(self) -> GpuCondition | None:
        """What the condition means for GPUs, None if it is not about them."""
        return _BY_TYPE.get(self.type)

    @property
    def explanation(self) -> Explanation | None:
        """What the condition means, in the case of a scheduled event by its kind; None if it is not about GPUs."""
        if self.known is None or self.type != SCHEDULED:
            return None if self.known is None else self.known.explanation
        words = f"{self.reason} {self.message}".lower()
        kind = next((each for each in _SCHEDULED_EVENTS if each.lower() in words), None)
        if kind is None:
            return self.known.explanation
        cause, remedy = _SCHEDULED_EVENTS[kind]
        return replace(self.known.explanation, cause=cause, remedy=remedy)

    @property
    def concerns_gpu(self) -> bool:
        """Whether the condition is about the node's GPUs."""
        return self.known is not None

    @property
    def evidence(self) -> str:
        """The condition with its status, reason and message."""
        said = ": ".join(part for part in (self.reason, self.message) if part)
        return f"condition {self.type} is {self.status}{f' ({said})' if said else ''}"


def telling_conditions(conditions: Iterable[Json] | None) -> tuple[NodeCondition, ...]:
    """The condition Ready and the conditions about GPUs."""
    return tuple(
        NodeCondition(each["type"], str(each.get("status", "Unknown")), *(str(each.get(name) or "") for name in _TEXTS))
        for each in conditions or ()
        if each.get("type") == "Ready" or each.get("type") in _BY_TYPE
    )
