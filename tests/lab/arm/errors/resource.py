# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure Resource Manager says of resources, providers and features that are not there or not ready. Sources: ../FIDELITY.md.

from __future__ import annotations

from tests.lab.arm.errors.gateway import GatewayError


class LocationRequiredError(GatewayError):
    """A resource group or cluster without a location."""

    code = "LocationRequired"

    def __init__(self) -> None:
        super().__init__("The location property is required for this definition.")


class InvalidResourceGroupNameError(GatewayError):
    """A name that no resource group can have."""

    code = "InvalidResourceGroup"

    def __init__(self, name: str) -> None:
        super().__init__(f"The provided resource group name '{name}' has these invalid characters or ends with a period.")


class InvalidResourceGroupLocationError(GatewayError):
    """A PUT of an existing resource group with another location."""

    status = 409
    code = "InvalidResourceGroupLocation"

    def __init__(self, *, existing: str, asked: str) -> None:
        super().__init__(f"Invalid resource group location '{asked}'. The Resource group already exists in location '{existing}'.")


class InvalidResourceLocationError(GatewayError):
    """A PUT of an existing cluster with another location."""

    status = 409
    code = "InvalidResourceLocation"

    def __init__(self, *, name: str, group: str, existing: str, asked: str) -> None:
        super().__init__(
            f"The resource '{name}' already exists in location '{existing}' in resource group '{group}'. "
            f"A resource with the same name cannot be created in location '{asked}'. Please select a new resource name."
        )


class ResourceGroupNotFoundError(GatewayError):
    """An unknown resource group."""

    status = 404
    code = "ResourceGroupNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"Resource group '{name}' could not be found.")


class ResourceGroupBeingDeletedError(GatewayError):
    """A write into a resource group that is being deleted."""

    status = 409
    code = "ResourceGroupBeingDeleted"

    def __init__(self, name: str) -> None:
        super().__init__(f"The resource group '{name}' is in deprovisioning state and cannot perform this operation.")


class ResourceNotFoundError(GatewayError):
    """An unknown cluster."""

    status = 404
    code = "ResourceNotFound"

    def __init__(self, *, resource: str, group: str) -> None:
        super().__init__(
            f"The Resource '{resource}' under resource group '{group}' was not found. "
            "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )


class ParentResourceNotFoundError(GatewayError):
    """A PUT of a pool whose cluster does not exist."""

    status = 404
    code = "ParentResourceNotFound"

    def __init__(self, *, resource: str) -> None:
        super().__init__(
            f"Failed to perform 'write' on resource(s) of type 'managedClusters/agentPools', "
            f"because the parent resource '{resource}' could not be found."
        )


class InvalidResourceNamespaceError(GatewayError):
    """A provider namespace that the lab does not know."""

    status = 404
    code = "InvalidResourceNamespace"

    def __init__(self, namespace: str) -> None:
        super().__init__(f"The resource namespace '{namespace}' is invalid.")


class FeatureNotFoundError(GatewayError):
    """A preview feature that its era does not know."""

    status = 404
    code = "FeatureNotFound"

    def __init__(self, feature: str) -> None:
        super().__init__(f"The feature '{feature}' could not be found.")


class MissingSubscriptionRegistrationError(GatewayError):
    """A write to a provider whose namespace is not registered."""

    status = 409
    code = "MissingSubscriptionRegistration"

    def __init__(self, namespace: str) -> None:
        super().__init__(
            f"The subscription is not registered to use namespace '{namespace}'. "
            "See https://aka.ms/rps-not-found for how to register subscriptions."
        )


class OperationNotFoundError(GatewayError):
    """An operation that the lab never started."""

    status = 404
    code = "NotFound"

    def __init__(self, operation: str) -> None:
        super().__init__(f"The operation '{operation}' was not found.")
