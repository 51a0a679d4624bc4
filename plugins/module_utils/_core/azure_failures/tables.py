# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""All tables of Azure's error messages as one, in search order. A new message goes into the table of its topic."""

from __future__ import annotations

from ..shared.explanation import Explanation
from .capacity import CAPACITY_FAILURES, QUOTA_FAILURES
from .known_failure import first_match, known_failure
from .node_setup import NODE_SETUP_FAILURES
from .operation import OPERATION_FAILURES
from .pool import POOL_FAILURES

REGION_ADVICE = "Set location to a region of the subscription: 'az account list-locations --query [].name --output tsv' lists them."
_REGISTER = (
    "Register it with gpuops.aks.aks_feature (provider: {namespace}, features: [{feature}]). If it is already Registered, add "
    "refresh_provider: true."
)
_SUBSCRIPTION_FAILURES = (
    known_failure(
        code="PreviewFeatureNotRegistered",
        pattern=r"[Ff]eature '?(?P<namespace>Microsoft\.\w{1,60})/(?P<feature>\w{1,100})'? (?:is )?not (?:registered|enabled)"
        r"|'(?P<namespace2>Microsoft\.\w{1,60})/(?P<feature2>\w{1,100})' feature is not (?:registered|enabled)",
        cause="The subscription has not registered the feature {feature}{feature2}, or the provider was not refreshed after the "
        "registration.",
        remedy=_REGISTER.replace("{namespace}", "{namespace}{namespace2}").replace("{feature}", "{feature}{feature2}"),
    ),
    known_failure(
        code="PreviewFeatureNotRegistered",
        pattern=r"Subscription does not enable (?P<feature>\w{1,100})",
        cause="The subscription has not registered the feature {feature} of Microsoft.Compute.",
        remedy=_REGISTER.replace("{namespace}", "Microsoft.Compute"),
    ),
    known_failure(
        code="PreviewFeatureNotRegistered",
        pattern=r"[Ff]eature '?[\w/.-]{1,150}?'? (?:is )?not (?:registered|enabled)|PreviewFeatureNotRegistered|FeatureNotRegistered",
        cause="The subscription has not registered the preview feature, or the provider was not refreshed after the registration.",
        remedy="Run the register step first: gpuops.aks.aks_feature with this feature, and with refresh_provider: true if it is "
        "already Registered.",
    ),
    known_failure(
        code="MissingSubscriptionRegistration",
        pattern=r"not registered to use namespace",
        cause="The subscription has not registered the provider Microsoft.ContainerService.",
        remedy="Run the register step first: gpuops.aks.aks_feature without features registers the provider.",
    ),
    known_failure(
        code="LocationNotAvailable",
        pattern=r"The provided location '(?P<location>[^']{0,80})' is not available for resource (?:group|type)"
        # Azure sends the same message for an unsupported API version; then the region is listed as supported, or no regions are listed.
        r"|resource provider found for location '(?P<elsewhere>[^']{0,80})'(?=.{0,9000}supported locations are ')"
        r"(?!.{0,9000}supported locations are '[^']{0,4000}\b(?P=elsewhere)\b)",
        cause="Azure does not have a region '{location}{elsewhere}', or the region is not available to this subscription or this "
        "resource type.",
        remedy=REGION_ADVICE,
    ),
    known_failure(
        code="ApiVersionNotSupported",
        pattern=r"resource provider found for location '[^']{0,80}' and API version '(?P<version>[^']{1,40})'",
        cause="Azure does not support the API version {version} or has retired it. Preview versions are retired a year after their "
        "release.",
        remedy="Leave out api_version, or set it to a supported version "
        "(https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    known_failure(
        code="ApiVersionNotSupported",
        pattern=r"InvalidResourceType|InvalidApiVersionParameter|NoRegisteredProviderFound|"
        r"api-version '(?P<version>[^']{1,40})' is invalid",
        cause="Azure does not support this API version or has retired it.",
        remedy="Leave out api_version, or set it to a supported version "
        "(https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    known_failure(
        code="WrongTenant",
        pattern=r"access token is from the wrong issuer|InvalidAuthenticationTokenTenant",
        cause="The sign-in is for a different tenant from the subscription's.",
        remedy="Set tenant (AZURE_TENANT) to the subscription's tenant, which 'az account show --subscription ID --query tenantId' prints.",
    ),
    known_failure(
        code="ExpiredToken",
        pattern=r"ExpiredAuthenticationToken|access token expiry|InvalidAuthenticationToken|access token is invalid|token is not valid yet",
        cause="Azure rejected the token and a newly fetched one: this machine's clock is wrong, or the sign-in was revoked.",
        remedy="Check the clock (timedatectl), and sign in again with 'az login' or a new secret.",
    ),
    known_failure(
        code="SubscriptionDisabled",
        pattern=r"subscription '?\S{1,60}'? is disabled|ReadOnlyDisabledSubscription|SubscriptionNotRegistered",
        cause="The subscription is disabled (unpaid, expired or canceled) and allows only reads.",
        remedy="Ask its owner to re-enable it (https://aka.ms/subscription-disabled), or use another subscription_id "
        "(AZURE_SUBSCRIPTION_ID).",
    ),
    known_failure(
        code="InvalidSubscription",
        pattern=r"subscription identifier '[^']{0,100}' is malformed",
        cause="subscription_id is not a subscription's ID.",
        remedy="Set subscription_id (AZURE_SUBSCRIPTION_ID) to the ID. 'az account list --output table' shows names and IDs.",
    ),
    known_failure(
        code="SubscriptionNotFound",
        pattern=r"SubscriptionNotFound|subscription '\S{1,60}' could not be found",
        cause="The tenant does not have this subscription, or the identity has no access to it.",
        remedy="Check subscription_id (AZURE_SUBSCRIPTION_ID) and the identity's role assignments.",
    ),
    known_failure(
        code="FeatureUnregistrationUnsupported",
        pattern=r"FeatureUnregistrationUnsupported|does not support unregistration",
        cause="Azure does not support unregistering this preview feature.",
        remedy="Leave it registered, which has no effect on its own, or ask Azure support to remove it.",
    ),
    known_failure(
        code="FeatureNotFound",
        pattern=r"feature '\S{1,100}' could not be found|FeatureNotFound",
        cause="The provider does not have a preview feature with this name, or no longer has it.",
        remedy="Correct features. 'az feature list --namespace Microsoft.ContainerService --output table' lists the available ones.",
    ),
    known_failure(
        code="UnknownProvider",
        pattern=r"resource namespace '\S{1,100}' is invalid|InvalidResourceNamespace",
        cause="Azure does not have a resource provider with this name.",
        remedy="Correct provider. The provider of AKS is Microsoft.ContainerService.",
    ),
    known_failure(
        code="ResourceGroupBeingDeleted",
        pattern=r"resource group '.{1,100}' is in deprovisioning state|ResourceGroupBeingDeleted",
        cause="The resource group is being deleted, possibly by an interrupted teardown.",
        remedy="Run the same task again after the deletion, or use another resource_group.",
        retriable=True,
    ),
    known_failure(
        code="ResourceGroupNotFound",
        pattern=r"Resource group '.{1,100}' could not be found",
        cause="The resource group does not exist in this subscription.",
        remedy="Check resource_group and subscription_id, or create both with gpuops.aks.aks_cluster.",
    ),
    known_failure(
        code="ClusterNotFound",
        pattern=r"managedClusters/\S{1,100}' under resource group '\S{1,100}' was not found|[Pp]arent resource|"
        r"Could not find managed cluster",
        cause="The resource group does not have an AKS cluster with this name.",
        remedy="Check cluster and resource_group, or create the cluster with gpuops.aks.aks_cluster.",
    ),
    known_failure(
        code="LocalAccountsDisabled",
        pattern=r"cluster is set to disable local accounts",
        cause="The cluster allows only Microsoft Entra ID accounts and has no local admin account.",
        remedy="Fetch the user's kubeconfig instead with admin: false.",
    ),
    known_failure(
        code="AuthorizationFailed",
        pattern=r"does not have authorization to perform action",
        cause="The identity does not have permission for this request.",
        remedy="Assign it the role 'Azure Kubernetes Service Contributor Role' on the resource group, or 'Contributor' to create the "
        "group as well.",
    ),
    known_failure(
        code="LinkedAuthorizationFailed",
        pattern=r"does not have permission to perform action\(s\) .{1,300} on the linked scope|LinkedAuthorizationFailed",
        cause="The identity may change this resource but may not join it to a linked resource (a subnet, an identity).",
        remedy="Grant it permission to use the linked resource. For a subnet, assign the role 'Network Contributor'.",
    ),
    known_failure(
        code="UpgradeNotAllowed",
        pattern=r"Upgrading [\w ]{1,40} version \S{1,20} to \S{1,20} is not allowed\. Available upgrades: \[(?P<versions>[^\]]{0,500})\]",
        cause="Azure upgrades clusters and node pools only to the next minor version.",
        remedy="Set the Kubernetes version to one of {versions}, and upgrade further from there.",
    ),
    known_failure(
        code="PolicyForbids",
        pattern=r"was disallowed by policy|RequestDisallowedByPolicy",
        cause="An Azure Policy of the subscription does not allow this.",
        remedy="Change what the policy names, or ask its owners to exempt the resource group.",
    ),
    known_failure(
        code="ScopeLocked",
        pattern=r"scope\(s\) are locked|ScopeLocked|is locked, please remove (?:the )?lock",
        cause="A lock on the resource, its resource group or the subscription does not allow this.",
        remedy="Remove the lock if its owners agree ('az lock list' shows it).",
    ),
)
# First match wins; the messages are in the AKS error documentation and in the issues that the tests name.
KNOWN_FAILURES = (
    *NODE_SETUP_FAILURES,
    *QUOTA_FAILURES,
    *CAPACITY_FAILURES,
    *POOL_FAILURES,
    *OPERATION_FAILURES,
    *_SUBSCRIPTION_FAILURES,
)


def recognize(message: str) -> Explanation | None:
    """The explanation of an Azure message, None if no row matches."""
    return first_match(KNOWN_FAILURES, message)
