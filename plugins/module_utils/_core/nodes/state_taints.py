# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Taints that reflect a node's current state and that no pod should have to tolerate."""

from __future__ import annotations

import re

from ..shared.explanation import Explanation

_BEING_DELETED = Explanation(
    "NodeBeingDeleted",
    cause="The autoscaler is removing the node.",
    remedy="Wait, or raise min_count. The autoscaler adds a node again for a pod that needs a GPU.",
    severity="warning",
)
_LEAVING = {
    # https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md; a candidate's taint is only a preference
    "ToBeDeletedByClusterAutoscaler": _BEING_DELETED,
    "DeletionCandidateOfClusterAutoscaler": _BEING_DELETED,
    # https://karpenter.sh/docs/concepts/disruption/; the second name is that of versions before 1.0
    "karpenter.sh/disrupted": Explanation(
        "NodeBeingDeleted",
        cause="Karpenter is removing the node.",
        remedy="Wait: Karpenter adds a node again for a pod that needs a GPU. 'kubectl describe node {first}' shows the reason.",
        severity="warning",
    ),
    "karpenter.sh/disruption": Explanation(
        "NodeBeingDeleted",
        cause="Karpenter is removing the node.",
        remedy="Wait: Karpenter adds a node again for a pod that needs a GPU. 'kubectl describe node {first}' shows the reason.",
        severity="warning",
    ),
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown
    "node.cloudprovider.kubernetes.io/shutdown": Explanation(
        "NodeShutDown",
        cause="The node's machine is stopped or deallocated.",
        remedy="Start the pool with 'az aks nodepool start'. With scale-down mode Deallocate, the autoscaler starts the machine for a pod.",
        severity="warning",
    ),
    "node.kubernetes.io/out-of-service": Explanation(
        "NodeShutDown", cause="The node is out of service.", remedy="Replace the node.", severity="warning"
    ),
    # https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    "node.kubernetes.io/disk-pressure": Explanation(
        "NodeUnderPressure",
        cause="The node's disk is full, so the node does not accept new pods.",
        remedy="Use a larger OS disk, or delete images and pods on the node.",
        severity="warning",
    ),
    "node.kubernetes.io/memory-pressure": Explanation(
        "NodeUnderPressure",
        cause="The node is low on memory, so it does not accept new pods.",
        remedy="Delete pods on the node.",
        severity="warning",
    ),
    "node.kubernetes.io/pid-pressure": Explanation(
        "NodeUnderPressure",
        cause="The node is low on process IDs, so it does not accept new pods.",
        remedy="Delete pods on the node.",
        severity="warning",
    ),
}
_NOT_OPEN = Explanation(
    "NodeNotOpen",
    cause="A controller keeps pods off the node while it sets up or repairs the node.",
    remedy="Wait. If the taint remains, check 'kubectl describe node {first}' and replace the node.",
    severity="warning",
)
_RESTARTS = Explanation(
    "NodeNotOpen",
    cause="kured is about to restart the node.",
    remedy="Wait: kured removes its taint after the restart.",
    severity="warning",
)
# The codes of nodes that are leaving or in trouble, and these together with that of nodes that are only closed for now.
LEAVING_CODES = frozenset(each.code for each in _LEAVING.values())
STATE_CODES = LEAVING_CODES | {_NOT_OPEN.code, _RESTARTS.code}
# Kubernetes, its cloud provider, Karpenter, AKS' remediator (its second name is the older: Azure/AKS#2976), Cluster API, NVIDIA/skyhook,
# the autoscaler's FAQ (startup and status taints), and the node readiness controller (kubernetes-sigs/node-readiness-controller).
_OF_STATE = (
    "node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "node.cilium.io/", "karpenter.sh/", "remediator.kubernetes.azure.com/",
    "remediator.aks.microsoft.com/", "node.cluster.x-k8s.io/", "skyhook.nvidia.com",
    "startup-taint.cluster-autoscaler.kubernetes.io/", "status-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/", "readiness.k8s.io/",
)  # fmt: skip
# Words in the names of taints that a controller sets temporarily and removes itself: network and storage drivers
# (cilium, istio-cni, disk.csi.azure.com), kured, medik8s, KubeVirt's node maintenance, cloud providers' handlers of a machine's end.
# With these, a node stays closed until something removes them on purpose, which may be once its GPUs are offered:
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md, NVIDIA/gpu-operator#2573.
_OF_STARTUP = ("startup-taint.cluster-autoscaler.kubernetes.io/", "ignore-taint.cluster-autoscaler.kubernetes.io/", "readiness.k8s.io/")
_WORDS = re.compile(
    r"(?:^|[/._-])(?:not-ready|uninitiali[sz]ed|initiali[sz]ing|kured|reboot(?:ing)?|maintenance|drain(?:ing|ed)?|quarantined?|"
    r"unschedulable|cordon(?:ed)?|disrupt(?:ed|ion)|remediation|remediator|unhealthy|upgrading|terminat(?:ing|ion))(?:$|[/._-])",
    re.IGNORECASE,
)


def is_passing(taint_key: str) -> bool:
    """Whether a taint reflects a node's current state, so that no pod should have to tolerate it."""
    return taint_key in _LEAVING or taint_key.startswith(_OF_STATE) or bool(_WORDS.search(taint_key))


def is_of_startup(taint_key: str) -> bool:
    """Whether a taint keeps a new node closed until something removes it, which may wait for the GPUs."""
    return taint_key.startswith(_OF_STARTUP)


def explanation_of(taint_key: str) -> Explanation:
    """What a taint that reflects a node's current state means."""
    return _LEAVING.get(taint_key, _RESTARTS if "kured" in taint_key else _NOT_OPEN)
