# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the cluster autoscaler and Karpenter report about a pending pod or a pool, as findings.

Their events and status ConfigMap are the only place where they say why no node comes; verify and workload both ask here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Iterator, Sequence

from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json

_REASONS = ("NotTriggerScaleUp", "TriggeredScaleUp", "Nominated", "FailedScheduling")


@dataclass(frozen=True)
class PoolSize:
    """A node pool as the cluster autoscaler sees it. failure: why its last scale-up failed, None when none did."""

    target: int
    minimum: int
    maximum: int
    failure: str | None = None

    def __str__(self) -> str:
        """How evidence shows it."""
        return f"cluster-autoscaler-status: cloudProviderTarget {self.target}, minSize {self.minimum}, maxSize {self.maximum}"


# One section a node group, in the text form (microsoft/tyger#59 shows AKS') and in the YAML that kubernetes/autoscaler#6375 made of it.
_GROUP = re.compile(
    r"^[ \t]{0,20}(?:- )?name:[ \t]{1,20}aks-(?P<pool>[a-z0-9]{1,60})-\d{1,20}-vmss[ \t]{0,20}\r?$", re.IGNORECASE | re.MULTILINE
)
_SIZES = tuple(re.compile(rf"{name}[=:] {{0,20}}(\d{{1,9}})") for name in ("cloudProviderTarget", "minSize", "maxSize"))
_FAILURE = re.compile(r"errorMessage: {0,20}(?P<message>[^\s].{0,2000})")


def pool_sizes(status: str) -> dict[str, PoolSize]:
    """The pools in `status` of the ConfigMap kube-system/cluster-autoscaler-status, by name; those it doesn't scale are not in it."""
    starts = list(_GROUP.finditer(status))
    ends = [*(match.start() for match in starts[1:]), len(status)]
    sizes = {match["pool"]: _pool_size(status[match.start() : ends[number]]) for number, match in enumerate(starts)}
    return {pool: size for pool, size in sizes.items() if size is not None}


def _pool_size(section: str) -> PoolSize | None:
    target, minimum, maximum = (pattern.search(section) for pattern in _SIZES)
    if target is None or minimum is None or maximum is None:
        return None
    failure = _FAILURE.search(section)
    message = failure["message"].strip().strip("\"'") if failure else None
    return PoolSize(int(target[1]), int(minimum[1]), int(maximum[1]), message or None)


AT_MAXIMUM = Explanation(
    "AutoscalerAtMaximum",
    cause="The node pool that could run the pod has reached its maximum number of nodes.",
    remedy="Raise max_count of gpuops.aks.aks_gpu_nodepool, or wait until another pod releases its GPUs.",
    severity="warning",
)
_CANNOT_HELP = Explanation(
    "AutoscalerCannotHelp",
    cause="No autoscaled pool can provide a node that fits the pod.",
    remedy="Compare the pod's GPUs, tolerations and node_selector with the pool's vm_size, node_taints and node_labels.",
)
# NVIDIA/gpu-operator#693; Azure/AKS#5161, kubernetes/autoscaler#8095
_KNOWS_NO_SLICES = Explanation(
    "AutoscalerCannotHelp",
    cause="The autoscaler does not know that a new node of the pool offers this resource, because MIG slices and renamed GPUs "
    "appear only on a running node.",
    remedy="Keep min_count of gpuops.aks.aks_gpu_nodepool at 1 or more, or scale manually with 'az aks nodepool scale'.",
)
_BACKS_OFF = Explanation(
    "AutoscalerBacksOff",
    cause="The autoscaler could not add a node because of quota or capacity and is waiting before it tries again.",
    remedy="Read errorMessage in 'kubectl -n kube-system get configmap cluster-autoscaler-status -o yaml', and check the quota "
    "with gpu_preflight_info.",
)
_CLUSTER_FULL = Explanation(
    "AutoscalerAtMaximum",
    cause="The cluster has reached its maximum number of nodes, CPUs or memory, although the node pool could still grow.",
    remedy="Remove nodes from other pools, or raise the cluster's limit: https://learn.microsoft.com/azure/aks/quotas-skus-regions.",
    severity="warning",
)
_NO_QUOTA = Explanation(
    "AutoscalerLacksQuota",
    cause="The remaining quota is too small for another node of the pool.",
    remedy="Check quota and usage with gpuops.aks.gpu_preflight_info, request more from Azure, or use another vm_size or region.",
)
_NOT_READY = Explanation(
    "AutoscalerNotReady",
    cause="The autoscaler does not scale the pool because its nodes are unhealthy or not registered yet.",
    remedy="Check 'kubectl get nodes' for nodes that are not Ready, and the pool's health in 'kubectl -n kube-system get configmap "
    "cluster-autoscaler-status -o yaml'.",
    severity="warning",
)
# kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling; Azure/karpenter-provider-azure#181
_NO_NODE_POOL = Explanation(
    "KarpenterCannotHelp",
    cause="No Karpenter NodePool (node auto-provisioning) can provide a node that fits the pod.",
    remedy="Compare the pod's GPUs, tolerations and node_selector with the taints and requirements in 'kubectl get nodepools -o "
    "yaml'. karpenter.azure.com/sku-gpu-name or node.kubernetes.io/instance-type must allow a size with GPUs.",
)
# kubernetes/autoscaler#5692; the second wording is that of 1.18 and before: kubernetes/autoscaler#3268
_AT_MAXIMUM = re.compile(r"max (?:node group size|limit) reached")
# kubernetes/autoscaler core/scaleup/orchestrator (skippedreasons.go, orchestrator.go, newNodeCount), resourcequotas
_AT_CLUSTERS_MAXIMUM = re.compile(
    r"max (?:total nodes in cluster|node total count|cluster size) (?:already )?reached|max cluster [\w, ./-]{1,60} limit reached|"
    r"exceeds cluster node count limit"
)
_OVER_QUOTA = re.compile(r"[Ii]nsufficient quota|exceed(?:ed|s|ing)\b.{0,80}\b[Qq]uota|QuotaExceeded|exceeding approved")
_HELD_BACK = re.compile(r"not ready for scale-?up")
_IN_BACKOFF = re.compile(r"in backoff after failed scale-up")  # 2i2c-org/infrastructure#2185
_SLICES = re.compile(r"Insufficient nvidia\.com/(?!gpu(?:[^.\w]|$))")
# Of a pool that the pod itself rules out: it says nothing of those that would take it.
_NOT_FOR_IT = re.compile(
    r"didn't match|didn't tolerate|untolerated taint|had taint|node\(s\) (?:were )?not ready|unschedulable|Insufficient nvidia\.com/gpu$"
)
_KARPENTER = re.compile(r"^Failed to schedule pod\b|incompatible with (?:nodepool|provisioner)|no instance type (?:satisfied|which)")

# What stands for every pool, whichever would take the pod.
_ITS_REASONS = ((_OVER_QUOTA, _NO_QUOTA), (_AT_CLUSTERS_MAXIMUM, _CLUSTER_FULL))


def event_time(event: Json) -> str:
    """When an event was last seen, "" if it does not say."""
    series = event.get("series") or {}
    created = (event.get("metadata") or {}).get("creationTimestamp")
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or created or "")


def newest(events: Iterable[Json], *reasons: str) -> Json | None:
    """The newest event with one of these reasons."""
    return max((event for event in events if event.get("reason") in reasons), key=event_time, default=None)


def scaling(pod: str, events: Iterable[Json], pools: Iterable[PoolSize] = ()) -> Iterator[Finding]:
    """What the autoscaler last said of a pending pod. pools: those with GPUs that it scales, where its status was read.

    Known by reason; no taint is read out of its text.
    """
    last = newest((event for event in events if _is_autoscalers(event)), *_REASONS)
    if last is None:
        return
    reason, message = str(last["reason"]), str(last.get("message") or "")
    shown = [(pod, f"event {reason}: {message}")]
    if reason == "FailedScheduling":
        yield finding(_NO_NODE_POOL, shown)
    elif reason == "NotTriggerScaleUp":
        sizes = list(pools)
        failure = _failure(sizes) if _IN_BACKOFF.search(message) else None
        yield finding(_refusal(message, sizes), [(pod, f"{shown[0][1]}; errorMessage {failure}")] if failure else shown)
    else:
        yield finding(
            Explanation(
                "StillScaling",
                cause="The autoscaler is adding a node for the pod.",
                remedy="Wait: a new GPU node needs 5 to 15 minutes until it offers its GPUs. Raise wait_timeout if necessary.",
                severity="warning",
            ),
            shown,
        )


def _failure(pools: Iterable[PoolSize]) -> str | None:
    """Why the first of the pools could not grow the last time."""
    return next((size.failure for size in pools if size.failure), None)


def _is_autoscalers(event: Json) -> bool:
    """Karpenter's event has the reason of the scheduler's own."""
    return event.get("reason") != "FailedScheduling" or bool(_KARPENTER.search(str(event.get("message") or "")))


def _refusal(message: str, pools: Sequence[PoolSize]) -> Explanation:
    """What it means that the autoscaler adds no node.

    It counts the pools by reason and names none. That one is at its maximum is the cause if the pools with GPUs say so themselves;
    where they are not known, if it is all that is said of pools that would take the pod.
    """
    for pattern, explanation in _ITS_REASONS:
        if pattern.search(message):
            return explanation
    if _IN_BACKOFF.search(message):
        return _why_backing_off(pools)
    if _AT_MAXIMUM.search(message) and _are_at_maximum(message, pools):
        return AT_MAXIMUM
    if _HELD_BACK.search(message):
        return _NOT_READY
    return _KNOWS_NO_SLICES if _SLICES.search(message) else _CANNOT_HELP


def _why_backing_off(pools: Iterable[PoolSize]) -> Explanation:
    return _NO_QUOTA if any(_OVER_QUOTA.search(size.failure or "") for size in pools) else _BACKS_OFF


def _are_at_maximum(message: str, pools: Sequence[PoolSize]) -> bool:
    """Whether the pools with GPUs are at their maximum; where they are not known, whether that is all that keeps other pools back."""
    if pools:
        return all(size.target >= size.maximum for size in pools)
    reasons = message.partition(": ")[2].split(", ")
    return all(_AT_MAXIMUM.search(part) or _NOT_FOR_IT.search(part) for part in reasons)
