# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure Monitor has of a cluster, by the cluster's own properties and the lab's settings. Sources: ../../FIDELITY.md.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.lab.arm.model.resources import Cluster

METRICS_READER, LOG_READER = "Monitoring Data Reader", "Log Analytics Reader"
PRESETS = {
    "standard": ("Microsoft-ContainerInsights-Group-Default",),
    "logs-and-events": ("Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory"),
}
ROWS = ("now", "stopped", "never", "none")


@dataclass
class Monitoring:
    """url: where both query endpoints are. rows: whether Log Analytics has rows about GPUs; none: not even the table.

    linked: whether the cluster has the data collection rules that Azure's tools make. roles: those of the lab's principal.
    logs_audience: of which tokens Log Analytics takes; by default its own address, which the cloud's metadata name.
    """

    url: str = ""
    preset: str = "logs-and-events"
    rows: str = "now"
    linked: bool = True
    partial: bool = False
    throttled: bool = False
    logs_audience: str = ""
    roles: set[str] = field(default_factory=lambda: {METRICS_READER, LOG_READER})

    def prometheus_enabled(self, cluster: Cluster | None) -> bool:
        """Whether managed Prometheus is enabled on the cluster."""
        return bool(_profile(cluster).get("metrics", {}).get("enabled"))

    def logs_enabled(self, cluster: Cluster | None) -> bool:
        """Whether Container Insights is, in the profile of 2026 or as the addon."""
        addons = {} if cluster is None else cluster.document["properties"].get("addonProfiles", {})
        addon = {name.lower(): value for name, value in addons.items()}.get("omsagent", {})
        return bool(_profile(cluster).get("containerInsights", {}).get("enabled") or addon.get("enabled"))


def _profile(cluster: Cluster | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if cluster is None else cluster.document["properties"].get("azureMonitorProfile", {})
    return found
