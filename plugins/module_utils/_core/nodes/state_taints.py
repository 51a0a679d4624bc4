# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Taints that come and go with a node's state: no pod should have to tolerate them."""

from __future__ import annotations

import re

from ..shared.findings import Meaning

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
_RESTARTS = Meaning("NodeNotOpen", "warning", "kured is about to restart the node.", "Wait: kured removes its taint after the restart.")
# Kubernetes, its cloud provider, Karpenter, AKS' remediator (its second name is the older: Azure/AKS#2976), Cluster API, NVIDIA/skyhook,
# the autoscaler's FAQ (startup and status taints), and the node readiness controller (kubernetes-sigs/node-readiness-controller).
_OF_STATE = (
    "node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "node.cilium.io/", "karpenter.sh/", "remediator.kubernetes.azure.com/",
    "remediator.aks.microsoft.com/", "node.cluster.x-k8s.io/", "skyhook.nvidia.com",
    "startup-taint.cluster-autoscaler.kubernetes.io/", "status-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/", "readiness.k8s.io/",
)  # fmt: skip
# Whole words by which a controller names the taint that it puts on a node for a time and takes off itself: network and storage drivers
# (cilium, istio-cni, disk.csi.azure.com), kured, medik8s, KubeVirt's node maintenance, cloud providers' handlers of a machine's end.
_WORDS = re.compile(
    r"(?:^|[/._-])(?:not-ready|uninitiali[sz]ed|initiali[sz]ing|kured|reboot(?:ing)?|maintenance|drain(?:ing|ed)?|quarantined?|"
    r"unschedulable|cordon(?:ed)?|disrupt(?:ed|ion)|remediation|remediator|unhealthy|upgrading|terminat(?:ing|ion))(?:$|[/._-])",
    re.IGNORECASE,
)


def is_passing(taint_key: str) -> bool:
    """Whether a taint speaks of a node's state, so that no pod should have to tolerate it."""
    return taint_key in _LEAVING or taint_key.startswith(_OF_STATE) or bool(_WORDS.search(taint_key))


def meaning_of(taint_key: str) -> Meaning:
    """What a taint that speaks of a node's state says of the node."""
    return _LEAVING.get(taint_key, _RESTARTS if "kured" in taint_key else _NOT_OPEN)
