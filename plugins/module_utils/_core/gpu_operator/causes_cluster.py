# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that the GPU Operator as a whole shows: it is not installed, has been uninstalled, ignores a resource, or keeps failing."""

from __future__ import annotations

from typing import Iterator

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import DEPLOY_PREFIX, OPERANDS_LABEL, PRESENT
from ..scheduling.pods import container_troubles, pod_name
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..verify.causes_pools import no_nodes
from .view import OperatorView, condition_of, state_of

_REFUSALS = ("ReconcileFailed", "PrerequisiteNotMet", "ConflictingNodeSelector")
_OUT_OF_MEMORY = "OOMKilled"
_SHOWN = 3


def not_installed(view: OperatorView) -> Iterator[Finding]:
    """Neither a ClusterPolicy nor anything else of the operator exists."""
    if not view.policies and not _left(view):
        kind = "the cluster does not have the resource ClusterPolicy" if view.policies is None else "there is no ClusterPolicy"
        yield finding(
            Explanation(
                "OperatorNotInstalled",
                cause="The GPU Operator is not installed in the cluster.",
                remedy="Install NVIDIA's chart gpu-operator with the values that the filter gpuops.aks.gpu_operator_values computes.",
            ),
            [("the cluster", kind)],
        )


# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/uninstall.html: Helm deletes neither labels nor CRDs
def leftovers(view: OperatorView) -> Iterator[Finding]:
    """The operator has been uninstalled, and left labels or DaemonSets."""
    left = [] if view.policies else _left(view)
    if left:
        yield finding(
            Explanation(
                "OperatorLeftovers",
                cause="The GPU Operator has been uninstalled, but some of what it created is still in the cluster.",
                remedy="Install it again, or remove the rest: 'kubectl label nodes --all "
                f"{PRESENT}-' removes a label, 'kubectl delete crd clusterpolicies.nvidia.com nvidiadrivers.nvidia.com' its resources.",
                severity="warning",
            ),
            left,
        )


def _left(view: OperatorView) -> list[tuple[str, str]]:
    labels = [(node.name, f"labels {joined_names(_labels(node), _SHOWN)}") for node in view.snapshot.nodes if _labels(node)]
    return [*((str(operand), "still there") for operand in view.operands), *labels]


def _labels(node: GpuNode) -> list[str]:
    """The labels that only the operator sets; a person sets the switches."""
    return sorted(name for name in node.labels if name == PRESENT or (name.startswith(DEPLOY_PREFIX) and node.labels[name] == "true"))


# NVIDIA/gpu-operator controllers/clusterpolicy_controller.go: one ClusterPolicy is followed, every other has the state ignored
def ignored(view: OperatorView) -> Iterator[Finding]:
    """A ClusterPolicy to which the operator does not pay attention."""
    shown = [
        (f"ClusterPolicy {each['metadata']['name']}", "state is ignored") for each in view.policies or () if state_of(each) == "ignored"
    ]
    if shown:
        followed = f" It follows {view.policy['metadata']['name']}." if view.policy else ""
        yield finding(
            Explanation(
                "ClusterPolicyIgnored",
                cause=f"The GPU Operator follows only one ClusterPolicy, and this is another one.{followed}",
                remedy="Delete the one that you do not need: 'kubectl delete clusterpolicies.nvidia.com NAME'. Helm creates the one named "
                "cluster-policy.",
            ),
            shown,
        )


def refused(view: OperatorView) -> Iterator[Finding]:
    """The operator cannot do what a resource says."""
    kinds = [*(("ClusterPolicy", each) for each in view.policies or ()), *(("NVIDIADriver", each) for each in view.drivers)]
    conditions = [(f"{kind} {each['metadata']['name']}", condition_of(each, "Error")) for kind, each in kinds]
    shown = [
        (subject, f"{condition['reason']}: {condition.get('message', '')}")
        for subject, condition in conditions
        if condition.get("status") == "True" and condition.get("reason") in _REFUSALS
    ]
    if shown:
        yield finding(
            Explanation(
                "OperatorReconcileFailed",
                cause="The GPU Operator cannot do what its resource says.",
                remedy="Correct the value that the message names. The operator's log says more: "
                f"'kubectl logs -n {view.namespace} -l app=gpu-operator --tail 50'.",
            ),
            shown,
        )


# NVIDIA/gpu-operator: the chart's limit of 350Mi is too small for clusters with hundreds of nodes
def out_of_memory(view: OperatorView) -> Iterator[Finding]:
    """The operator itself is killed."""
    shown = [
        (pod_name(pod), _OUT_OF_MEMORY)
        for pod in view.controllers()
        if any(reason == _OUT_OF_MEMORY for reason, _message in container_troubles(pod))
    ]
    if shown:
        yield finding(
            Explanation(
                "OperatorOutOfMemory",
                cause="The GPU Operator needs more memory than its limit allows, which grows with the number of nodes.",
                remedy="Raise operator.resources.limits.memory in the chart's values, for example to 1Gi.",
            ),
            shown,
        )


def nothing_to_serve(view: OperatorView) -> Iterator[Finding]:
    """No node could have a GPU, or all are excluded, which the operator calls ready."""
    if not view.policies:
        return
    if not view.snapshot.nodes:
        yield from no_nodes(view.snapshot)
    elif not view.served:
        yield finding(
            Explanation(
                "OperatorServesNoNode",
                cause="Every GPU node is excluded from the GPU Operator by a label.",
                remedy=f"Remove the label from the nodes that it should serve: 'kubectl label node {{first}} {OPERANDS_LABEL}-'. If the "
                "pool sets it, remove it from node_labels of gpuops.aks.aks_gpu_nodepool.",
            ),
            [(node.name, f"label {OPERANDS_LABEL} is false") for node in view.snapshot.nodes],
        )


CLUSTER_CAUSES = (not_installed, leftovers, ignored, refused, out_of_memory, nothing_to_serve)
