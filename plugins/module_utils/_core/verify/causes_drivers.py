# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes concerning the owner of a node's driver: there are two, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import DRIVER_LABEL
from ..owners.cluster_resources import driver_owners, is_preinstalled, is_unselected
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding

NO_DRIVER = Explanation(
    "NoDriver",
    cause="Neither AKS nor the GPU Operator brings a driver to the node, so no device plugin can find its GPU.",
    remedy="Decide who does. The GPU Operator: set driver.enabled in its values, and have an NVIDIADriver select the node if "
    "driver.nvidiaDriverCRD is enabled. AKS: remove gpu.mode: None from the AKSNodeClass, and delete the node so that Karpenter creates a "
    "new one.",
)


# Azure/AKS#5362, NVIDIA/aicr#1757: the driver of AKS and that of the operator exclude each other
def two_drivers(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """AKS and the GPU Operator would both bring a driver."""
    nodes = snapshot.nodes if snapshot.resources.policies else ()  # without the operator, nobody but AKS brings one
    shown = {node.name: driver_owners(node.labels, node.image_version, snapshot.resources) for node in nodes}
    both = [(name, "; ".join(each.evidence for each in found)) for name, found in shown.items() if len(found) > 1]
    if both:
        yield finding(
            Explanation(
                "TwoDriverOwners",
                cause="The node has a driver of AKS, and the GPU Operator is set up to install another one.",
                remedy="Keep the operator's driver off the node: "
                f"'kubectl label node {{all}} {DRIVER_LABEL}=false --overwrite'. If Karpenter creates the nodes, set the label in the "
                "NodePool, or set gpu.mode: None in the AKSNodeClass, so that new nodes only get the driver of the operator.",
            ),
            both,
        )


def no_driver(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Nothing installs a driver, and the node offers no GPU."""
    lacking = [(node.name, evidence) for node in snapshot.nodes if (evidence := snapshot.lacks_driver(node)) is not None]
    if lacking:
        yield finding(NO_DRIVER, lacking)
    others = [(node.name, "no NVIDIADriver selects it") for node in snapshot.nodes if _is_unselected(snapshot, node)]
    if others:
        yield finding(replace(NO_DRIVER, severity="warning"), others)


def _is_unselected(snapshot: ClusterSnapshot, node: GpuNode) -> bool:
    return snapshot.needs_plugin(node) and is_unselected(node.labels, node.image_version, snapshot.resources)


# NVIDIA/k8s-driver-manager: the label says that it has found a driver of the host, and the operator's driver then leaves the node
def preinstalled(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The node has a driver, but the operator is to install one."""
    shown = [(node.name, f"label {DRIVER_LABEL} is pre-installed") for node in snapshot.nodes if _is_preinstalled(snapshot, node)]
    if shown:
        yield finding(
            Explanation(
                "DriverPreinstalled",
                cause="AKS has installed a driver on the node, but the GPU Operator is set up to install one, so its container runtime "
                "does not match the node's.",
                remedy="Install the operator with the values that the filter gpuops.aks.gpu_operator_values computes for driver: aks, or "
                "create the pool with gpu_driver: None, or gpu.mode: None in the AKSNodeClass of Karpenter.",
            ),
            shown,
        )


def _is_preinstalled(snapshot: ClusterSnapshot, node: GpuNode) -> bool:
    return is_preinstalled(node.labels, snapshot.resources)


DRIVER_CAUSES = (two_drivers, no_driver, preinstalled)
