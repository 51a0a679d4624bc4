# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a source cannot be asked at all: it is off, collects nothing about GPUs, or the task does not say where it is."""

from __future__ import annotations

from ..shared.explanation import Explanation

_ENABLE = "az aks update --resource-group GROUP --name CLUSTER"
NO_CLUSTER = Explanation(
    "NotConfigured",
    cause="Managed Prometheus and Container Insights are found by the cluster.",
    remedy="Set resource_group and cluster, or prometheus_url for a Prometheus of your own.",
)
NO_SERIES = Explanation(
    "NoSeries",
    cause="Only a Prometheus keeps the values of the past.",
    remedy="Use source: prometheus, or leave out window.",
)
# https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable
PROMETHEUS_OFF = Explanation(
    "ManagedPrometheusOff",
    cause="Managed Prometheus is not enabled on the cluster.",
    remedy=f"Enable it with '{_ENABLE} --enable-azure-monitor-metrics', or set prometheus_url to a Prometheus of your own.",
)
PROMETHEUS_UNLINKED = Explanation(
    "NoMonitorWorkspace",
    cause="Managed Prometheus is enabled, but no data collection rule of the cluster sends metrics to an Azure Monitor workspace.",
    remedy=f"Enable it again with '{_ENABLE} --enable-azure-monitor-metrics --azure-monitor-workspace-resource-id ID'.",
)
LOGS_OFF = Explanation(
    "ContainerInsightsOff",
    cause="Container Insights is not enabled on the cluster.",
    remedy="Use the source prometheus or exporter. Container Insights has no metrics of what GPUs do any more; to count them, enable it "
    "with 'az aks enable-addons --addons monitoring'.",
)
# https://learn.microsoft.com/azure/azure-monitor/containers/container-insights-cost-config
WITHOUT_GPU_ROWS = Explanation(
    "InsightsMetricsNotCollected",
    cause="The cluster's data collection rule does not collect InsightsMetrics, which has the rows of GPUs. Neither does the default "
    "preset, Logs and events.",
    remedy="Choose the preset Standard in the cluster's monitor settings, or add the stream Microsoft-InsightsMetrics to the rule.",
)
