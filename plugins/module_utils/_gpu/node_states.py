# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Taints that come and go with a node's state: no pod should have to tolerate them."""

from __future__ import annotations

import re

from .findings import Meaning

_BEING_DELETED = Meaning(
    "NodeBeingDeleted", "warning", "The autoscaler is removing the node.",
    "Wait, or raise min_count; a pod that needs a GPU brings a node back.",
)  # fmt: skip
_LEAVING = {
    # https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md; a candidate's taint is only a preference
    "ToBeDeletedByClusterAutoscaler": _BEING_DELETED,
    "DeletionCandidateOfClusterAutoscaler": _BEING_DELETED,
    # https://karpenter.sh/docs/concepts/disruption/; the second name is that of versions before 1.0
    "karpenter.sh/disrupted": Meaning(
        "NodeBeingDeleted", "warning", "Karpenter is removing the node.",
        "Wait: a pod that needs a GPU brings a node back. 'kubectl describe node {first}' has the reason.",
    ),
    "karpenter.sh/disruption": Meaning(
        "NodeBeingDeleted", "warning", "Karpenter is removing the node.",
        "Wait: a pod that needs a GPU brings a node back. 'kubectl describe node {first}' has the reason.",
    ),
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown
    "node.cloudprovider.kubernetes.io/shutdown": Meaning(
        "NodeShutDown", "warning", "The node's machine is stopped or deallocated.",
        "Start the pool: 'az aks nodepool start'; with scale-down mode Deallocate the autoscaler starts it for a pod.",
    ),
    "node.kubernetes.io/out-of-service": Meaning("NodeShutDown", "warning", "The node is out of service.", "Replace the node."),
    # https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    "node.kubernetes.io/disk-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node's disk is full: it takes no new pods.",
        "Use a bigger os disk, or delete images and pods there.",
    ),
    "node.kubernetes.io/memory-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node is short of memory: it takes no new pods.", "Delete pods there."
    ),
    "node.kubernetes.io/pid-pressure": Meaning(
        "NodeUnderPressure", "warning", "The node lacks process IDs: it takes no new pods.", "Delete pods there."
    ),
}  # fmt: skip
_NOT_OPEN = Meaning(
    "NodeNotOpen", "warning", "A controller keeps pods off the node while it sets it up or repairs it.",
    "Wait; a node that stays so is best replaced: 'kubectl describe node {first}'.",
)  # fmt: skip
# Kubernetes, its cloud provider, Karpenter, AKS' remediator, the autoscaler's FAQ (startup and status taints), and the node readiness
# controller (kubernetes-sigs/node-readiness-controller).
_OF_STATE = (
    "node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "node.cilium.io/", "karpenter.sh/", "remediator.kubernetes.azure.com/",
    "startup-taint.cluster-autoscaler.kubernetes.io/", "status-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/", "readiness.k8s.io/",
)  # fmt: skip
# As network and storage drivers name the taint that they lift when they are up: cilium, istio-cni, disk.csi.azure.com, ebs.csi.aws.com.
_NOT_READY = re.compile(r"(?:^|[/.-])(?:not-ready|uninitialized)$")


def is_passing(taint_key: str) -> bool:
    """Whether a taint speaks of a node's state, so that no pod should have to tolerate it."""
    return taint_key in _LEAVING or taint_key.startswith(_OF_STATE) or bool(_NOT_READY.search(taint_key))


def meaning_of(taint_key: str) -> Meaning:
    """What a taint that speaks of a node's state says of the node."""
    return _LEAVING.get(taint_key, _NOT_OPEN)
