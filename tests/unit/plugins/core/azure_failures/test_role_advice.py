# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.failures import azure_error
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.role_advice import grant_advice, role_for

GROUP = "/subscriptions/0000/resourceGroups/rg"


@pytest.mark.parametrize(
    ("action", "role"),
    [
        ("Microsoft.ContainerService/managedClusters/write", "Azure Kubernetes Service Contributor Role"),
        ("Microsoft.ContainerService/managedClusters/agentPools/delete", "Azure Kubernetes Service Contributor Role"),
        ("microsoft.containerservice/managedclusters/listclusterusercredential/action", "Azure Kubernetes Service Cluster User Role"),
        ("Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action", "Azure Kubernetes Service Cluster Admin Role"),
        ("Microsoft.ContainerService/register/action", "Contributor"),
        ("Microsoft.Features/providers/features/register/action", "Contributor"),
        ("Microsoft.Features/providers/features/read", "Reader"),
        ("Microsoft.Compute/skus/read", "Reader"),
        ("Microsoft.Resources/subscriptions/resourceGroups/write", "Contributor"),
        ("Microsoft.Network/virtualNetworks/subnets/join/action", "Network Contributor"),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Managed Identity Operator"),
    ],
)
def test_narrowest_role_with_the_action_is_named(action: str, role: str) -> None:
    assert role_for(action) == role


def test_refusal_names_action_scope_role_and_command() -> None:
    text = (
        "The client 'app' with object id 'app' does not have authorization to perform action "
        f"'Microsoft.ContainerService/managedClusters/write' over scope '{GROUP}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )
    error = azure_error("Creating the cluster aks", status=403, code="AuthorizationFailed", message=text)
    assert (error.code, error.retriable) == ("AuthorizationFailed", False)
    assert "Microsoft.ContainerService/managedClusters/write" in error.remedy
    assert f"--role 'Azure Kubernetes Service Contributor Role' --scope {GROUP}" in error.remedy


def test_refusal_of_a_join_names_the_other_resource() -> None:
    subnet = "/subscriptions/0000/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
    text = (
        "The client 'app' with object id 'app' has permission to perform action 'Microsoft.ContainerService/managedClusters/write' on "
        "scope 'x'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on "
        f"the linked scope(s) '{subnet}' (respectively) or the linked scope(s) are invalid."
    )
    error = azure_error("Creating the cluster aks", status=403, code="LinkedAuthorizationFailed", message=text)
    assert error.code == "LinkedAuthorizationFailed"
    assert f"--role 'Network Contributor' --scope {subnet}" in error.remedy


def test_other_texts_get_no_advice() -> None:
    assert grant_advice("The resource group 'rg' could not be found.") == ""
