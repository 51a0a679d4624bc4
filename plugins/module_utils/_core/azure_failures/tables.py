# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""All tables of Azure's error texts as one, in the order in which they are searched; a new text goes into the table that fits."""

from __future__ import annotations

from ..shared.explanation import Explanation
from .capacity import CAPACITY_FAILURES, QUOTA_FAILURES
from .known_failure import first_match, known_failure
from .node_setup import NODE_SETUP_FAILURES
from .operation import OPERATION_FAILURES
from .pool import POOL_FAILURES

REGION_ADVICE = "Set location to a region that the subscription has: 'az account list-locations --query [].name --output tsv' prints them."
_REGISTER = (
    "Register it with gpuops.aks.aks_feature (provider: {namespace}, features: [{feature}]); if it is Registered already, with "
    "refresh_provider: true."
)
_SUBSCRIPTION_FAILURES = (
    known_failure(
        code="PreviewFeatureNotRegistered",
        pattern=r"[Ff]eature '?(?P<namespace>Microsoft\.\w{1,60})/(?P<feature>\w{1,100})'? (?:is )?not (?:registered|enabled)"
        r"|'(?P<namespace2>Microsoft\.\w{1,60})/(?P<feature2>\w{1,100})' feature is not (?:registered|enabled)",
        cause="The subscription has not registered the feature {feature}{feature2}, or the provider was not refreshed after it.",
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
        cause="The subscription has not registered the preview feature, or the provider was not refreshed after it.",
        remedy="Run the register step first: gpuops.aks.aks_feature with this feature, and refresh_provider: true if it is Registered.",
    ),
    known_failure(
        code="MissingSubscriptionRegistration",
        pattern=r"not registered to use namespace",
        cause="The subscription has never used Microsoft.ContainerService.",
        remedy="Run the register step first: gpuops.aks.aks_feature without features registers the provider.",
    ),
    known_failure(
        code="LocationNotAvailable",
        pattern=r"The provided location '(?P<location>[^']{0,80})' is not available for resource (?:group|type)"
        # The same text is said of an API version that a region doesn't know, which then is among the supported ones, or none are listed.
        r"|resource provider found for location '(?P<elsewhere>[^']{0,80})'(?=.{0,9000}supported locations are ')"
        r"(?!.{0,9000}supported locations are '[^']{0,4000}\b(?P=elsewhere)\b)",
        cause="Azure has no region '{location}{elsewhere}', or it is closed to this subscription or this kind of resource.",
        remedy=REGION_ADVICE,
    ),
    known_failure(
        code="ApiVersionNotSupported",
        pattern=r"resource provider found for location '[^']{0,80}' and API version '(?P<version>[^']{1,40})'",
        cause="Azure doesn't have the version {version} of this API, or no longer: previews are retired a year after they appear.",
        remedy="Leave api_version out, or set it to one that Azure still has (https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    known_failure(
        code="ApiVersionNotSupported",
        pattern=r"InvalidResourceType|InvalidApiVersionParameter|NoRegisteredProviderFound|"
        r"api-version '(?P<version>[^']{1,40})' is invalid",
        cause="Azure doesn't have this version of its API, or no longer.",
        remedy="Leave api_version out, or set it to one that Azure still has (https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    known_failure(
        code="WrongTenant",
        pattern=r"access token is from the wrong issuer|InvalidAuthenticationTokenTenant",
        cause="The subscription belongs to another tenant than the one that was signed in to.",
        remedy="Set tenant (AZURE_TENANT) to the subscription's: 'az account show --subscription ID --query tenantId' prints it.",
    ),
    known_failure(
        code="ExpiredToken",
        pattern=r"ExpiredAuthenticationToken|access token expiry|InvalidAuthenticationToken|access token is invalid|token is not valid yet",
        cause="Azure took neither the token nor a fresh one that was fetched then: this machine's clock is off, or the "
        "sign-in was revoked.",
        remedy="Check the clock (timedatectl), and sign in anew: 'az login', or a new secret.",
    ),
    known_failure(
        code="SubscriptionDisabled",
        pattern=r"subscription '?\S{1,60}'? is disabled|ReadOnlyDisabledSubscription|SubscriptionNotRegistered",
        cause="The subscription is disabled (unpaid, expired or canceled), and only reads are allowed.",
        remedy="Let its owner re-enable it (https://aka.ms/subscription-disabled), or use another subscription_id (AZURE_SUBSCRIPTION_ID).",
    ),
    known_failure(
        code="InvalidSubscription",
        pattern=r"subscription identifier '[^']{0,100}' is malformed",
        cause="subscription_id is no subscription's ID.",
        remedy="Set subscription_id (AZURE_SUBSCRIPTION_ID) to the ID; 'az account list --output table' shows names and IDs.",
    ),
    known_failure(
        code="SubscriptionNotFound",
        pattern=r"SubscriptionNotFound|subscription '\S{1,60}' could not be found",
        cause="The tenant has no such subscription, or the identity may not see it.",
        remedy="Check subscription_id (AZURE_SUBSCRIPTION_ID) and the identity's role assignments.",
    ),
    known_failure(
        code="FeatureUnregistrationUnsupported",
        pattern=r"FeatureUnregistrationUnsupported|does not support unregistration",
        cause="Azure has no way back for this preview feature.",
        remedy="Leave it registered: it does nothing by itself. Azure support can remove it.",
    ),
    known_failure(
        code="FeatureNotFound",
        pattern=r"feature '\S{1,100}' could not be found|FeatureNotFound",
        cause="The provider has no preview feature of this name (any more).",
        remedy="Check features; 'az feature list --namespace Microsoft.ContainerService --output table' lists them.",
    ),
    known_failure(
        code="UnknownProvider",
        pattern=r"resource namespace '\S{1,100}' is invalid|InvalidResourceNamespace",
        cause="There is no resource provider of this name.",
        remedy="Check provider; AKS' is Microsoft.ContainerService.",
    ),
    known_failure(
        code="ResourceGroupBeingDeleted",
        pattern=r"resource group '.{1,100}' is in deprovisioning state|ResourceGroupBeingDeleted",
        cause="Somebody, or a teardown that was interrupted, is deleting the resource group.",
        remedy="Run the same task again when it is gone, or use another resource_group.",
        retriable=True,
    ),
    known_failure(
        code="ResourceGroupNotFound",
        pattern=r"Resource group '.{1,100}' could not be found",
        cause="The resource group doesn't exist in this subscription.",
        remedy="Check resource_group and subscription_id, or create both with gpuops.aks.aks_cluster.",
    ),
    known_failure(
        code="ClusterNotFound",
        pattern=r"managedClusters/\S{1,100}' under resource group '\S{1,100}' was not found|[Pp]arent resource|"
        r"Could not find managed cluster",
        cause="There is no AKS cluster of this name in the resource group.",
        remedy="Check cluster and resource_group, or create the cluster with gpuops.aks.aks_cluster.",
    ),
    known_failure(
        code="LocalAccountsDisabled",
        pattern=r"cluster is set to disable local accounts",
        cause="The cluster has no admin account besides those of Microsoft Entra ID.",
        remedy="Fetch the user's kubeconfig instead: admin: false.",
    ),
    known_failure(
        code="AuthorizationFailed",
        pattern=r"does not have authorization to perform action",
        cause="The identity lacks a right that this request needs.",
        remedy="Give it the role 'Azure Kubernetes Service Contributor Role' on the resource group, or 'Contributor' to "
        "create the group as well.",
    ),
    known_failure(
        code="LinkedAuthorizationFailed",
        pattern=r"does not have permission to perform action\(s\) .{1,300} on the linked scope|LinkedAuthorizationFailed",
        cause="The identity may change this resource, but not join it to the other one (a subnet, an identity).",
        remedy="Grant it the right to use that other resource, for a subnet the role 'Network Contributor'.",
    ),
    known_failure(
        code="UpgradeNotAllowed",
        pattern=r"Upgrading [\w ]{1,40} version \S{1,20} to \S{1,20} is not allowed\. Available upgrades: \[(?P<versions>[^\]]{0,500})\]",
        cause="Azure upgrades clusters and node pools to the next minor version only.",
        remedy="Set the Kubernetes version to one of these, and go on from there: {versions}.",
    ),
    known_failure(
        code="PolicyForbids",
        pattern=r"was disallowed by policy|RequestDisallowedByPolicy",
        cause="An Azure Policy of the subscription forbids this.",
        remedy="Change what the policy names, or let its owners exempt the resource group.",
    ),
    known_failure(
        code="ScopeLocked",
        pattern=r"scope\(s\) are locked|ScopeLocked|is locked, please remove (?:the )?lock",
        cause="A lock on the resource, its resource group or the subscription forbids this.",
        remedy="Remove the lock ('az lock list' shows it), if its owners agree.",
    ),
)
# First match wins; the texts are in the AKS error documentation and in the issues that the tests name.
KNOWN_FAILURES = (
    *NODE_SETUP_FAILURES,
    *QUOTA_FAILURES,
    *CAPACITY_FAILURES,
    *POOL_FAILURES,
    *OPERATION_FAILURES,
    *_SUBSCRIPTION_FAILURES,
)


def recognize(message: str) -> Explanation | None:
    """The explanation of Azure's text, None for a text that no table has."""
    return first_match(KNOWN_FAILURES, message)
