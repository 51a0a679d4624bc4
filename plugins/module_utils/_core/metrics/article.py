# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The seven names of GPU metrics of Container Insights, as the article of 2021 has them: four are there, three are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding

# https://learn.microsoft.com/azure/azure-monitor/containers/container-insights-gpu-monitoring
# Why three are gone: kubernetes/enhancements KEP-1867 (the kubelet's accelerator metrics); Azure/AgentBaker pkg/agent/baker.go keeps the
# feature gate DisableAcceleratorUsageMetrics only for versions before 1.25.


@dataclass(frozen=True)
class ArticleMetric:
    """A name of the article. here: the names of the same in this collection's result, which is all there is of it if it is gone."""

    name: str
    here: tuple[str, ...]
    gone: bool = False


_ROWS = (
    ArticleMetric("containerGpuDutyCycle", ("utilization_percent", "graphics_engine_active_ratio"), gone=True),
    ArticleMetric("containerGpuLimits", ("limits",)),
    ArticleMetric("containerGpumemoryTotalBytes", ("memory_total_mib",), gone=True),
    ArticleMetric("containerGpumemoryUsedBytes", ("memory_used_mib",), gone=True),
    ArticleMetric("containerGpuRequests", ("requests",)),
    ArticleMetric("nodeGpuAllocatable", ("allocatable",)),
    ArticleMetric("nodeGpuCapacity", ("capacity",)),
)
ARTICLE = {each.name: each for each in _ROWS}
GONE = tuple(each.name for each in _ROWS if each.gone)
READ = tuple(each.name for each in _ROWS if not each.gone)


def gone(names: Iterable[str]) -> list[Finding]:
    """The findings about the names that no source has any more."""
    return [_gone(ARTICLE[name]) for name in names]


def _gone(metric: ArticleMetric) -> Finding:
    explanation = Explanation(
        "MetricGone",
        cause=f"No cluster has {metric.name} any more: the kubelet measured it until Kubernetes 1.24, and NVIDIA's DCGM exporter measures "
        "GPUs today.",
        remedy=f"Read {' or '.join(metric.here)} from the source exporter or prometheus instead.",
        severity="warning",
    )
    return finding(explanation, [(metric.name, "removed with the kubelet's accelerator metrics in Kubernetes 1.25")])
