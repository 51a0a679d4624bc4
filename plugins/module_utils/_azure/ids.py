# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Resource paths and API versions of the Azure resources that this collection uses."""

from __future__ import annotations

# The newest stable versions that azure-mgmt-containerservice 41 and the Azure CLI use.
AKS_API = "2026-08-01"
FEATURES_API = "2021-07-01"
RESOURCES_API = "2021-04-01"
SUBSCRIPTIONS_API = "2022-12-01"


def group_id(subscription: str, group: str) -> str:
    """Path of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def cluster_id(subscription: str, group: str, cluster: str) -> str:
    """Path of an AKS cluster."""
    return f"{group_id(subscription, group)}/providers/Microsoft.ContainerService/managedClusters/{cluster}"


def pool_id(subscription: str, group: str, cluster: str, pool: str) -> str:
    """Path of a cluster's agent pool."""
    return f"{cluster_id(subscription, group, cluster)}/agentPools/{pool}"


def provider_id(subscription: str, namespace: str) -> str:
    """Path of a subscription's registration of a resource provider."""
    return f"/subscriptions/{subscription}/providers/{namespace}"


def feature_id(subscription: str, namespace: str, feature: str) -> str:
    """Path of a preview feature's registration."""
    return f"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features/{feature}"
