# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping

from .findings import Finding, Meaning, finding, meant

Json = Mapping[str, Any]


@dataclass(frozen=True)
class PoolSize:
    """A node pool as the cluster autoscaler sees it. failure: why its last scale-up came to nothing, "" when none failed."""

    target: int
    minimum: int
    maximum: int
    failure: str = ""

    def __str__(self) -> str:
        """How evidence shows it."""
        return f"cluster-autoscaler-status: cloudProviderTarget {self.target}, minSize {self.minimum}, maxSize {self.maximum}"


# One section a node group, in the text form (microsoft/tyger#59 shows AKS') and in the YAML that kubernetes/autoscaler#6375 made of it.
_GROUP = re.compile(r"^\s*(?:- )?name:\s+aks-(?P<pool>[a-z0-9]+)-\d+-vmss\s*$", re.IGNORECASE | re.MULTILINE)
_SIZES = tuple(re.compile(rf"{name}[=:]\s*(\d+)") for name in ("cloudProviderTarget", "minSize", "maxSize"))
_FAILURE = re.compile(r"errorMessage:\s*(?P<message>\S.*)")


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
    message = failure["message"].strip().strip("\"'") if failure else ""
    return PoolSize(int(target[1]), int(minimum[1]), int(maximum[1]), message)


AT_MAXIMUM = Meaning(
    "AutoscalerAtMaximum", "warning", "The node pool that would take the pod has its maximum of nodes.",
    "Raise max_count of gpuops.aks.aks_gpu_nodepool, or wait until a pod gives its GPUs back.",
)  # fmt: skip
_CANNOT_HELP = Meaning(
    "AutoscalerCannotHelp", "error", "A new node of no pool that the autoscaler scales would take the pod.",
    "Compare the pod's GPUs, tolerations and node_selector with the pool's vm_size, node_taints and node_labels.",
)  # fmt: skip
# What the autoscaler says of a pod that it could not help; first match wins.
_REFUSALS = (
    # kubernetes/autoscaler#5692; the second wording is that of 1.18 and before: kubernetes/autoscaler#3268
    (r"max node group size reached|max limit reached|max cluster (cpu|memory|\S+) limit reached", AT_MAXIMUM),
    # 2i2c-org/infrastructure#2185
    (r"in backoff after failed scale-up", Meaning(
        "AutoscalerBacksOff", "error",
        "The autoscaler has tried to add a node, Azure gave none, and it waits before it tries again: quota or capacity.",
        "'kubectl -n kube-system get configmap cluster-autoscaler-status -o yaml' has errorMessage; gpu_preflight_info checks the quota.",
    )),
    # kubernetes/autoscaler#2506, #3869; Azure/AKS#2832
    (r"", _CANNOT_HELP),
)  # fmt: skip


def _time(event: Json) -> str:
    series = event.get("series") or {}
    created = (event.get("metadata") or {}).get("creationTimestamp")
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or created or "")


def newest(events: Iterable[Json], *reasons: str) -> Json | None:
    """The newest event with one of these reasons."""
    return max((event for event in events if event.get("reason") in reasons), key=_time, default=None)


def scaling(pod: str, events: Iterable[Json]) -> Iterator[Finding]:
    """What the autoscaler last said of a pending pod. Known by reason; no taint is read out of its text."""
    last = newest(events, "NotTriggerScaleUp", "TriggeredScaleUp", "Nominated")
    if last is None:
        return
    reason, message = str(last["reason"]), str(last.get("message") or "")
    shown = [(pod, f"event {reason}: {message}")]
    if reason != "NotTriggerScaleUp":
        yield finding(
            "StillScaling", "warning", shown, "The autoscaler is adding a node for the pod.",
            "Wait: a GPU node takes 5 to 15 minutes until it offers its GPUs; raise wait_timeout if need be.",
        )  # fmt: skip
        return
    yield meant(_refusal(message), shown)


def _refusal(message: str) -> Meaning:
    """What it means that the autoscaler adds no node; the table's last row takes every text."""
    return next(meaning for pattern, meaning in _REFUSALS if re.search(pattern, message))
