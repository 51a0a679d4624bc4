# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The role assignment to recommend when Azure reports that the identity lacks a permission."""

from __future__ import annotations

import re

# Azure's message: The client 'x' with object id 'y' does not have authorization to perform action 'a' over scope 's' or the scope is
# invalid. For a resource that another one is joined to: ... it does not have permission to perform action(s) 'a' on the linked scope(s) 's'
_REFUSAL = re.compile(
    r"authorization to perform action '(?P<action>[^']+)' over scope '(?P<scope>[^']+)'"
    r"|permission to perform action\(s\) '(?P<linked_action>[^']+)' on the linked scope\(s\) '(?P<linked_scope>[^']+)'"
)
# Beginning of an action → the narrowest of Azure's built-in roles that has it, first match wins
# (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles).
_ROLES = (
    ("Microsoft.ContainerService/managedClusters/listClusterUserCredential", "Azure Kubernetes Service Cluster User Role"),
    ("Microsoft.ContainerService/managedClusters/listClusterAdminCredential", "Azure Kubernetes Service Cluster Admin Role"),
    ("Microsoft.ContainerService/register", "Contributor"),
    ("Microsoft.ContainerService/", "Azure Kubernetes Service Contributor Role"),
    ("Microsoft.Network/", "Network Contributor"),
    ("Microsoft.ManagedIdentity/", "Managed Identity Operator"),
)


def grant_advice(message: str) -> str:
    """Which role to grant at which scope, if the message reports a missing permission; "" for any other message."""
    found = _REFUSAL.search(message)
    if found is None:
        return ""
    action = found["action"] or found["linked_action"]
    scope = found["scope"] or found["linked_scope"]
    return (
        f"Grant it the role '{role_for(action)}', which has {action}: az role assignment create --assignee CLIENT_ID "
        f"--role '{role_for(action)}' --scope {scope}. A role that was granted just now takes some minutes to be known."
    )


def role_for(action: str) -> str:
    """The narrowest built-in role that has an action."""
    known = next((role for beginning, role in _ROLES if action.lower().startswith(beginning.lower())), "")
    return known or ("Reader" if action.lower().endswith("/read") else "Contributor")
