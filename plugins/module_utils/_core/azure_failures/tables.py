# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""All tables of Azure's error texts as one, in the order in which they are searched; a new text goes into the table that fits."""

from __future__ import annotations

from .capacity import CAPACITY_FAILURES, QUOTA_FAILURES
from .known_failure import KnownFailure, first_match
from .node_setup import NODE_SETUP_FAILURES
from .operation import OPERATION_FAILURES
from .pool import POOL_FAILURES

REGION_ADVICE = "Set location to a region that the subscription has: 'az account list-locations --query [].name --output tsv' prints them."
_REGISTER = (
    "Register it with gpuops.aks.aks_feature (provider: {namespace}, features: [{feature}]); if it is Registered already, with "
    "refresh_provider: true."
)
_SUBSCRIPTION_FAILURES = (
    KnownFailure(
        "PreviewFeatureNotRegistered",
        r"[Ff]eature '?(?P<namespace>Microsoft\.\w{1,60})/(?P<feature>\w{1,100})'? (?:is )?not (?:registered|enabled)"
        r"|'(?P<namespace2>Microsoft\.\w{1,60})/(?P<feature2>\w{1,100})' feature is not (?:registered|enabled)",
        "The subscription has not registered the feature {feature}{feature2}, or the provider was not refreshed after it.",
        _REGISTER.replace("{namespace}", "{namespace}{namespace2}").replace("{feature}", "{feature}{feature2}"),
    ),
    KnownFailure(
        "PreviewFeatureNotRegistered",
        r"Subscription does not enable (?P<feature>\w{1,100})",
        "The subscription has not registered the feature {feature} of Microsoft.Compute.",
        _REGISTER.replace("{namespace}", "Microsoft.Compute"),
    ),
    KnownFailure(
        "PreviewFeatureNotRegistered",
        r"[Ff]eature '?[\w/.-]{1,150}?'? (?:is )?not (?:registered|enabled)|PreviewFeatureNotRegistered|FeatureNotRegistered",
        "The subscription has not registered the preview feature, or the provider was not refreshed after it.",
        "Run the register step first: gpuops.aks.aks_feature with this feature, and refresh_provider: true if it is Registered.",
    ),
    KnownFailure(
        "MissingSubscriptionRegistration",
        r"not registered to use namespace",
        "The subscription has never used Microsoft.ContainerService.",
        "Run the register step first: gpuops.aks.aks_feature without features registers the provider.",
    ),
    KnownFailure(
        "LocationNotAvailable",
        r"The provided location '(?P<location>[^']{0,80})' is not available for resource (?:group|type)"
        # The same text is said of an API version that a region doesn't know, which then is among the supported ones, or none are listed.
        r"|resource provider found for location '(?P<elsewhere>[^']{0,80})'(?=.{0,9000}supported locations are ')"
        r"(?!.{0,9000}supported locations are '[^']{0,4000}\b(?P=elsewhere)\b)",
        "Azure has no region '{location}{elsewhere}', or it is closed to this subscription or this kind of resource.",
        REGION_ADVICE,
    ),
    KnownFailure(
        "ApiVersionNotSupported",
        r"resource provider found for location '[^']{0,80}' and API version '(?P<version>[^']{1,40})'",
        "Azure doesn't have the version {version} of this API, or no longer: previews are retired a year after they appear.",
        "Leave api_version out, or set it to one that Azure still has (https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    KnownFailure(
        "ApiVersionNotSupported",
        r"InvalidResourceType|InvalidApiVersionParameter|NoRegisteredProviderFound|api-version '(?P<version>[^']{1,40})' is invalid",
        "Azure doesn't have this version of its API, or no longer.",
        "Leave api_version out, or set it to one that Azure still has (https://learn.microsoft.com/azure/aks/concepts-preview-api-life-cycle).",
    ),
    KnownFailure(
        "WrongTenant",
        r"access token is from the wrong issuer|InvalidAuthenticationTokenTenant",
        "The subscription belongs to another tenant than the one that was signed in to.",
        "Set tenant (AZURE_TENANT) to the subscription's: 'az account show --subscription ID --query tenantId' prints it.",
    ),
    KnownFailure(
        "ExpiredToken",
        r"ExpiredAuthenticationToken|access token expiry|InvalidAuthenticationToken|access token is invalid|token is not valid yet",
        "Azure took neither the token nor a fresh one that was fetched then: this machine's clock is off, or the sign-in was revoked.",
        "Check the clock (timedatectl), and sign in anew: 'az login', or a new secret.",
    ),
    KnownFailure(
        "SubscriptionDisabled",
        r"subscription '?\S{1,60}'? is disabled|ReadOnlyDisabledSubscription|SubscriptionNotRegistered",
        "The subscription is disabled (unpaid, expired or canceled), and only reads are allowed.",
        "Let its owner re-enable it (https://aka.ms/subscription-disabled), or use another subscription_id (AZURE_SUBSCRIPTION_ID).",
    ),
    KnownFailure(
        "InvalidSubscription",
        r"subscription identifier '[^']{0,100}' is malformed",
        "subscription_id is no subscription's ID.",
        "Set subscription_id (AZURE_SUBSCRIPTION_ID) to the ID; 'az account list --output table' shows names and IDs.",
    ),
    KnownFailure(
        "SubscriptionNotFound",
        r"SubscriptionNotFound|subscription '\S{1,60}' could not be found",
        "The tenant has no such subscription, or the identity may not see it.",
        "Check subscription_id (AZURE_SUBSCRIPTION_ID) and the identity's role assignments.",
    ),
    KnownFailure(
        "FeatureUnregistrationUnsupported",
        r"FeatureUnregistrationUnsupported|does not support unregistration",
        "Azure has no way back for this preview feature.",
        "Leave it registered: it does nothing by itself. Azure support can remove it.",
    ),
    KnownFailure(
        "FeatureNotFound",
        r"feature '\S{1,100}' could not be found|FeatureNotFound",
        "The provider has no preview feature of this name (any more).",
        "Check features; 'az feature list --namespace Microsoft.ContainerService --output table' lists them.",
    ),
    KnownFailure(
        "UnknownProvider",
        r"resource namespace '\S{1,100}' is invalid|InvalidResourceNamespace",
        "There is no resource provider of this name.",
        "Check provider; AKS' is Microsoft.ContainerService.",
    ),
    KnownFailure(
        "ResourceGroupBeingDeleted",
        r"resource group '.{1,100}' is in deprovisioning state|ResourceGroupBeingDeleted",
        "Somebody, or a teardown that was interrupted, is deleting the resource group.",
        "Run the same task again when it is gone, or use another resource_group.",
        retriable=True,
    ),
    KnownFailure(
        "ResourceGroupNotFound",
        r"Resource group '.{1,100}' could not be found",
        "The resource group doesn't exist in this subscription.",
        "Check resource_group and subscription_id, or create both with gpuops.aks.aks_cluster.",
    ),
    KnownFailure(
        "ClusterNotFound",
        r"managedClusters/\S{1,100}' under resource group '\S{1,100}' was not found|[Pp]arent resource|Could not find managed cluster",
        "There is no AKS cluster of this name in the resource group.",
        "Check cluster and resource_group, or create the cluster with gpuops.aks.aks_cluster.",
    ),
    KnownFailure(
        "LocalAccountsDisabled",
        r"cluster is set to disable local accounts",
        "The cluster has no admin account besides those of Microsoft Entra ID.",
        "Fetch the user's kubeconfig instead: admin: false.",
    ),
    KnownFailure(
        "AuthorizationFailed",
        r"does not have authorization to perform action",
        "The identity lacks a right that this request needs.",
        "Give it the role 'Azure Kubernetes Service Contributor Role' on the resource group, or 'Contributor' to create the group as well.",
    ),
    KnownFailure(
        "LinkedAuthorizationFailed",
        r"does not have permission to perform action\(s\) .{1,300} on the linked scope|LinkedAuthorizationFailed",
        "The identity may change this resource, but not join it to the other one (a subnet, an identity).",
        "Grant it the right to use that other resource, for a subnet the role 'Network Contributor'.",
    ),
    KnownFailure(
        "UpgradeNotAllowed",
        r"Upgrading [\w ]{1,40} version \S{1,20} to \S{1,20} is not allowed\. Available upgrades: \[(?P<versions>[^\]]{0,500})\]",
        "Azure upgrades clusters and node pools to the next minor version only.",
        "Set the Kubernetes version to one of these, and go on from there: {versions}.",
    ),
    KnownFailure(
        "PolicyForbids",
        r"was disallowed by policy|RequestDisallowedByPolicy",
        "An Azure Policy of the subscription forbids this.",
        "Change what the policy names, or let its owners exempt the resource group.",
    ),
    KnownFailure(
        "ScopeLocked",
        r"scope\(s\) are locked|ScopeLocked|is locked, please remove (?:the )?lock",
        "A lock on the resource, its resource group or the subscription forbids this.",
        "Remove the lock ('az lock list' shows it), if its owners agree.",
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


def recognize(message: str) -> KnownFailure | None:
    """The meaning of Azure's text, None for a text that the table doesn't have."""
    return first_match(KNOWN_FAILURES, message)
