# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Error texts of Microsoft Entra ID and of the sign-in libraries, one row per meaning.

A table of its own: these texts come before any request to Azure, and only the sign-in looks here.
"""

from __future__ import annotations

from .known_failure import KnownFailure, first_match

_SAME_DIRECTORY = "Check client_id (AZURE_CLIENT_ID) and tenant (AZURE_TENANT): both must belong to the same directory."
_SIGN_IN_AGAIN = "Run 'az login' (with --tenant for another directory) as the user who runs the task, or use a service principal."

# One row a meaning, first match wins. Entra ID names the meaning by a number, listed in
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes; the other texts are azure-identity's and the Azure CLI's own.
SIGN_IN_FAILURES = (
    KnownFailure(
        "InvalidClientSecret",
        r"AADSTS7000215\b",
        "The service principal's secret is wrong.",
        "Set secret (or AZURE_SECRET) to the secret's value, not to its ID; 'az ad app credential reset' makes a new one.",
    ),
    KnownFailure(
        "ExpiredClientSecret",
        r"AADSTS7000222\b",
        "The service principal's secret has expired.",
        "Make a new one with 'az ad app credential reset --id CLIENT_ID' and set secret (AZURE_SECRET) to it.",
    ),
    KnownFailure("UnknownClient", r"AADSTS700016\b", "The tenant has no application of this client_id.", _SAME_DIRECTORY),
    KnownFailure("UnknownClient", r"AADSTS700038\b", "client_id is no application's ID.", _SAME_DIRECTORY),
    KnownFailure(
        "DisabledClient",
        r"AADSTS7000112\b|AADSTS50057\b",
        "The application, or its user, is disabled in the directory.",
        "Let an administrator of the directory enable it, or use another client_id (AZURE_CLIENT_ID).",
    ),
    KnownFailure(
        "UnknownTenant",
        r"AADSTS90002\b|AADSTS900023\b|AADSTS900021\b",
        "There is no tenant of this name in the cloud.",
        "Check tenant (AZURE_TENANT) and cloud_environment (AZURE_CLOUD_ENVIRONMENT).",
    ),
    KnownFailure(
        "UnknownTenant",
        r"Unable to get authority configuration",
        "There is no tenant of this name in the cloud, or something on the way answers in Entra ID's stead, such as a proxy.",
        "Check tenant (AZURE_TENANT), cloud_environment (AZURE_CLOUD_ENVIRONMENT) and HTTPS_PROXY.",
    ),
    KnownFailure(  # MSAL's words for an answer that is none of Entra ID's (msal/authority.py, msal/oauth2cli)
        "NoSignInService",
        r"Unable to complete OIDC Discovery|JSON is invalid|HTTP Error: 5\d\d",
        "Something on the way answers in Entra ID's stead, such as a proxy, or Entra ID is out of order.",
        "Check HTTPS_PROXY, NO_PROXY and cloud_environment (AZURE_CLOUD_ENVIRONMENT), or try later.",
        retriable=True,
    ),
    KnownFailure(
        "OtherCloud",
        r"AADSTS900382\b|AADSTS900432\b|AADSTS500011\b",
        "The tenant belongs to another cloud than the one that was asked.",
        "Check cloud_environment (AZURE_CLOUD_ENVIRONMENT): AzureCloud, AzureChinaCloud or AzureUSGovernment.",
    ),
    KnownFailure(
        "UnknownCertificate",
        r"AADSTS700027\b",
        "The application has no certificate of this thumbprint, or that has expired.",
        "Register it with 'az ad app credential reset --id CLIENT_ID --cert @FILE --append', or use the one that is registered.",
    ),
    KnownFailure(
        "FederationMismatch",
        r"AADSTS70021\b|AADSTS70021[123]\b|AADSTS7002138?\b",
        "No federated credential of the identity fits the token's issuer, subject or audience.",
        "Compare them with 'az identity federated-credential list' (or 'az ad app federated-credential list'): the subject is "
        "system:serviceaccount:NAMESPACE:NAME, the issuer the cluster's OIDC issuer URL.",
    ),
    KnownFailure(
        "InvalidAssertion",
        r"AADSTS50027\d{0,4}\b",
        "The federated token is not as its issuer signed it.",
        "Check that federated_token_file (AZURE_FEDERATED_TOKEN_FILE) holds the token alone, unchanged.",
    ),
    KnownFailure(
        "AssertionNotValidNow",
        r"AADSTS700024\b|AADSTS50013\b",
        "The federated token, or what the certificate signed, has expired or is not valid yet.",
        "Check this machine's clock (timedatectl), and that federated_token_file is renewed.",
    ),
    KnownFailure(
        "CliSignInExpired",
        r"AADSTS(70043|700082|700084|50173|50078|50132|70008|50076|50079|50158)\b",
        "The Azure CLI's sign-in has expired, was revoked, or needs another factor.",
        _SIGN_IN_AGAIN,
    ),
    KnownFailure(
        "ConditionalAccess",
        r"AADSTS5300[0-9]\b|AADSTS530004\b",
        "A Conditional Access policy of the directory forbids this sign-in, for example from this network.",
        "Ask the directory's administrators which one it is (the portal's sign-in logs name it), or run the task from an allowed place.",
    ),
    KnownFailure(
        "AzureCliMissing",
        r"Azure CLI not found on path",
        "The command az is not on the PATH of the user who runs the task.",
        "Install the Azure CLI there, or use a service principal: tenant, client_id and secret.",
    ),
    KnownFailure("AzureCliNotSignedIn", r"Please run 'az login'", "The Azure CLI is not signed in.", _SIGN_IN_AGAIN),
    KnownFailure(
        "SubscriptionNotFound",
        r"[Ss]ubscription '?\S{1,100}'? not found",
        "The Azure CLI's sign-in doesn't know the subscription.",
        "Check subscription_id (AZURE_SUBSCRIPTION_ID) against 'az account list', or sign in to its tenant with 'az login --tenant'.",
    ),
    KnownFailure(
        "AzureCliFailed",
        r"Failed to (invoke|execute) .{0,200}(Azure CLI|az)|Unexpected output from Azure CLI",
        "The command az didn't answer with a token.",
        "Run 'az account get-access-token' as the same user and see what it says.",
        retriable=True,
    ),
    KnownFailure(
        "NoManagedIdentity",
        r"No identity has been assigned|Identity not found",
        "This machine has no managed identity, or not the user-assigned one that client_id names.",
        "Assign it ('az vm identity assign'), or check client_id (AZURE_CLIENT_ID): leave it out for the system-assigned identity.",
    ),
    KnownFailure(
        "NoManagedIdentity",
        r"no response from the IMDS endpoint|[Mm]anaged [Ii]dentity.{0,200} unavailable|managed identity configuration not found",
        "No managed identity endpoint answers: this is no machine of Azure's, or a proxy is between (NO_PROXY=169.254.169.254).",
        "Run the task on an Azure machine with a managed identity, or use another auth_source.",
    ),
)


def recognize_sign_in(message: str) -> KnownFailure | None:
    """The meaning of a refused sign-in, None for a text that the table doesn't have."""
    return first_match(SIGN_IN_FAILURES, message)
