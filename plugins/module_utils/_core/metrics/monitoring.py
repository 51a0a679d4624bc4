# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What of Azure Monitor a cluster has, by its own properties, its data collection rules and its workspaces."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, Mapping

from ..shared.mappings import Json

# Names of the associations that Azure's tools make (https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable).
METRICS_ASSOCIATION = "ContainerInsightsMetricsExtension"
LOGS_ASSOCIATION = "ContainerInsightsExtension"
# Each of the two has the rows of GPUs; the preset "Logs and events", which is the default, has neither.
# https://learn.microsoft.com/azure/azure-monitor/containers/container-insights-cost-config
GPU_STREAMS = ("microsoft-insightsmetrics", "microsoft-containerinsights-group-default")
# Public Azure, and the clouds of China and of the US government: .com, .cn, .us.
_AZURES = re.compile(r"https://[a-z0-9.-]{1,200}\.(?P<audience>prometheus\.monitor\.azure\.[a-z]{2,5})(?:[:/]|$)", re.IGNORECASE)
_PUBLIC_AUDIENCE = "https://prometheus.monitor.azure.com"


def collects_prometheus(cluster: Json) -> bool:
    """Whether managed Prometheus is enabled on the cluster."""
    profile = _properties(cluster).get("azureMonitorProfile") or {}
    return bool((profile.get("metrics") or {}).get("enabled"))


def collects_logs(cluster: Json) -> bool:
    """Whether Container Insights is enabled on the cluster: in the profile that it has since 2026, or as the addon omsagent."""
    properties = _properties(cluster)
    insights = (properties.get("azureMonitorProfile") or {}).get("containerInsights") or {}
    addons = {name.lower(): addon for name, addon in (properties.get("addonProfiles") or {}).items()}  # the case varies
    return bool(insights.get("enabled") or (addons.get("omsagent") or {}).get("enabled"))


def rules_of(associations: Iterable[Json], name: str) -> list[str]:
    """The data collection rules of the associations of this name."""
    found = (_properties(each).get("dataCollectionRuleId") for each in associations if str(each.get("name", "")).lower() == name.lower())
    return [str(rule) for rule in found if rule]


def accounts_of(rule: Json) -> list[str]:
    """The Azure Monitor workspaces to which a rule sends metrics."""
    accounts = (_properties(rule).get("destinations") or {}).get("monitoringAccounts") or ()
    return [str(each["accountResourceId"]) for each in accounts if each.get("accountResourceId")]


def query_endpoint(account: Json) -> str:
    """Where an Azure Monitor workspace is queried, "" if it does not tell."""
    metrics: Mapping[str, Any] = _properties(account).get("metrics") or {}
    return str(metrics.get("prometheusQueryEndpoint") or "").rstrip("/")


def collects_gpu_rows(rule: Json) -> bool:
    """Whether a rule of Container Insights collects the table that has the rows of GPUs."""
    return any(stream.lower() in GPU_STREAMS for stream in streams_of(rule))


def streams_of(rule: Json) -> Iterator[str]:
    """The streams that a rule's extension of Container Insights collects."""
    for extension in (_properties(rule).get("dataSources") or {}).get("extensions") or ():
        if str(extension.get("extensionName", extension.get("name", ""))).lower().startswith("containerinsights"):
            yield from map(str, extension.get("streams") or ())


def audience_of(endpoint: str) -> str:
    """What a token for a query endpoint of an Azure Monitor workspace is made for: the same of all workspaces of a cloud."""
    match = _AZURES.match(endpoint)
    return f"https://{match['audience']}" if match else _PUBLIC_AUDIENCE


def is_azures(endpoint: str) -> bool:
    """Whether a URL is that of an Azure Monitor workspace."""
    return _AZURES.match(endpoint) is not None


def _properties(resource: Json) -> Mapping[str, Any]:
    return resource.get("properties") or {}
