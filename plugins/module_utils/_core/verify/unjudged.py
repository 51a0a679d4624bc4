# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What cannot be judged about a cluster of which files do not have all kinds of objects, and which findings would only be guesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Iterable, Sequence

from ..shared.findings import Finding
from ..shared.mappings import Json


@dataclass(frozen=True)
class Needed:
    """A kind that the diagnosis reads.

    Attributes:
        plural: Its name, as kubectl and RBAC write it.
        what: What cannot be judged without it.
        codes: The findings that its absence would bring about.
    """

    plural: str
    what: str
    codes: tuple[str, ...] = ()


_NEEDED = (
    Needed("pods", "how many GPUs are in use, and the state of device plugins", ("NoPluginPod", "OperandNotReady")),
    Needed(
        "daemonsets",
        "whether a device plugin is installed, and whether it tolerates the taints of the nodes",
        (
            "NoDevicePlugin", "PluginLacksToleration", "PluginSelectorMisses", "NoPluginPod", "OperatorPluginOff", "DevicesWithdrawn",
            "TwoDevicePlugins",
        ),
    ),
    Needed("events", "why a pod of a device plugin was not created, and what AKS has repaired"),
    Needed("configmaps", "what the autoscaler does with the pools"),
)  # fmt: skip
# Only needed where a node or a device plugin shows that it concerns the nodes.
_OF_SOME_NODES = (
    Needed("resourceslices", "whether a DRA driver hands out the GPUs of nodes that offer none"),
    Needed("resourceclaims", "how many GPUs of a DRA driver are in use"),
    Needed("deviceclasses", "which resource names pods can use to request the GPUs of a DRA driver", ("DraOnly",)),
    Needed("clusterpolicies", "whether the GPU Operator brings the driver, the device plugin and the metrics"),
    Needed("nvidiadrivers", "which nodes get their driver from the GPU Operator, if NVIDIADrivers select them"),
    Needed("aksnodeclasses", "whether the nodes of Karpenter get a driver from AKS"),
)
_LOGS = {"kind": "logs", "unjudged": "why a device plugin serves no GPU"}
_SYSTEM = frozenset({"default", "kube-system"})
_NAMESPACES = {"kind": "pods", "unjudged": "what pods of other namespaces than default and kube-system use"}


def unjudged(present: Container[str], namespaces: Iterable[str], *, logs: bool, concerning: Container[str] = ()) -> list[Json]:
    """What cannot be judged, by the kind that is missing.

    Args:
        present: The plurals of the kinds that the files have.
        namespaces: The namespaces of the pods in the files; 'kubectl cluster-info dump' writes two of them unless it is told otherwise.
        logs: Whether the files have logs.
        concerning: The plurals of the kinds that concern some of the nodes only.
    """
    needed = (*_NEEDED, *(each for each in _OF_SOME_NODES if each.plural in concerning))
    found = [{"kind": each.plural, "unjudged": each.what} for each in needed if each.plural not in present]
    partial = "pods" in present and set(namespaces) <= _SYSTEM
    return [*found, *([_NAMESPACES] if partial else []), *([] if logs else [_LOGS])]


def without_guesses(findings: Sequence[Finding], present: Container[str]) -> list[Finding]:
    """The findings that do not rest on the absence of a kind that the files do not have."""
    guesses = {code for each in (*_NEEDED, *_OF_SOME_NODES) if each.plural not in present for code in each.codes}
    return [finding for finding in findings if finding.code not in guesses]
