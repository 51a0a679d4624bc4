# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A node of a managed pool: how it is recognized, and what AKS reports of the services that offer and measure its GPUs."""

from __future__ import annotations

from typing import Iterable, Mapping

from .conditions import NodeCondition

# AKS sets it before the kubelet registers the node, in both driver modes, and on no other node (Azure/AgentBaker cse_config.sh). It does
# not say that the exporter runs.
MANAGED_LABEL = "kubernetes.azure.com/dcgm-exporter"
PLUGIN_CONDITION = "UnhealthyNvidiaDevicePlugin"
DCGM_CONDITION = "UnhealthyNvidiaDCGMServices"

HEALTHY, UNHEALTHY, UNKNOWN = "healthy", "unhealthy", "unknown"
_BY_STATUS = {"False": HEALTHY, "True": UNHEALTHY}
_SERVICES = {"device_plugin": PLUGIN_CONDITION, "dcgm": DCGM_CONDITION}


def is_managed(labels: Mapping[str, str]) -> bool:
    """Whether AKS runs the device plugin, or the DRA driver, as a service of the node."""
    return labels.get(MANAGED_LABEL) == "enabled"


def service_states(labels: Mapping[str, str], conditions: Iterable[NodeCondition]) -> dict[str, str]:
    """The states of a managed node's services by name; empty for any other node.

    A condition that is missing says nothing: it comes minutes after the node, and never where no node problem detector runs.
    """
    if not is_managed(labels):
        return {}
    reported = {each.type: _BY_STATUS.get(each.status, UNKNOWN) for each in conditions}
    return {service: reported.get(condition, UNKNOWN) for service, condition in _SERVICES.items()}
