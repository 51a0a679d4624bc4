# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Error messages of Microsoft Entra ID and of the sign-in libraries, one row per meaning.

A separate table, because these messages come before any request to Azure and only the sign-in searches them.
"""

from __future__ import annotations

from ..shared.explanation import Explanation
from .known_failure import first_match, known_failure

_SAME_DIRECTORY = "Check client_id (AZURE_CLIENT_ID) and tenant (AZURE_TENANT): both must belong to the same directory."
_SIGN_IN_AGAIN = "Run 'az login' (with --tenant for another directory) as the user who runs the task, or use a service principal."

# One row per meaning, first match wins. Entra ID identifies the meaning by a number, listed in
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes; the other messages come from azure-identity and the Azure CLI.
SIGN_IN_FAILURES = (
    known_failure(
        code="InvalidClientSecret",
        pattern=r"AADSTS7000215\b",
        cause="The service principal's secret is wrong.",
        remedy="Set secret (AZURE_SECRET) to the secret's value, not to its ID, or create a new secret with 'az ad app credential reset'.",
    ),
    known_failure(
        code="ExpiredClientSecret",
        pattern=r"AADSTS7000222\b",
        cause="The service principal's secret has expired.",
        remedy="Create a new secret with 'az ad app credential reset --id CLIENT_ID' and set secret (AZURE_SECRET) to it.",
    ),
    known_failure(
        code="UnknownClient",
        pattern=r"AADSTS700016\b",
        cause="The tenant does not have an application with this client_id.",
        remedy=_SAME_DIRECTORY,
    ),
    known_failure(
        code="UnknownClient",
        pattern=r"AADSTS700038\b",
        cause="client_id is not an application's ID.",
        remedy=_SAME_DIRECTORY,
    ),
    known_failure(
        code="DisabledClient",
        pattern=r"AADSTS7000112\b|AADSTS50057\b",
        cause="The application or its user is disabled in the directory.",
        remedy="Ask an administrator of the directory to enable it, or use another client_id (AZURE_CLIENT_ID).",
    ),
    known_failure(
        code="UnknownTenant",
        pattern=r"AADSTS90002\b|AADSTS900023\b|AADSTS900021\b",
        cause="The cloud does not have a tenant with this name.",
        remedy="Check tenant (AZURE_TENANT) and cloud_environment (AZURE_CLOUD_ENVIRONMENT).",
    ),
    known_failure(
        code="UnknownTenant",
        pattern=r"Unable to get authority configuration",
        cause="The cloud does not have a tenant with this name, or something on the network path, such as a proxy, answered instead "
        "of Entra ID.",
        remedy="Check tenant (AZURE_TENANT), cloud_environment (AZURE_CLOUD_ENVIRONMENT) and HTTPS_PROXY.",
    ),
    # MSAL's message for a response that does not come from Entra ID (msal/authority.py, msal/oauth2cli)
    known_failure(
        code="NoSignInService",
        pattern=r"Unable to complete OIDC Discovery|JSON is invalid|HTTP Error: 5\d\d",
        cause="Something on the network path, such as a proxy, answered instead of Entra ID, or Entra ID is unavailable.",
        remedy="Check HTTPS_PROXY, NO_PROXY and cloud_environment (AZURE_CLOUD_ENVIRONMENT), or try again later.",
        retriable=True,
    ),
    known_failure(
        code="OtherCloud",
        pattern=r"AADSTS900382\b|AADSTS900432\b|AADSTS500011\b",
        cause="The tenant belongs to a different cloud.",
        remedy="Set cloud_environment (AZURE_CLOUD_ENVIRONMENT) to the tenant's cloud: AzureCloud, AzureChinaCloud or AzureUSGovernment.",
    ),
    known_failure(
        code="UnknownCertificate",
        pattern=r"AADSTS700027\b",
        cause="The application does not have a certificate with this thumbprint, or the certificate has expired.",
        remedy="Register it with 'az ad app credential reset --id CLIENT_ID --cert @FILE --append', or use a registered certificate.",
    ),
    known_failure(
        code="FederationMismatch",
        pattern=r"AADSTS70021\b|AADSTS70021[123]\b|AADSTS7002138?\b",
        cause="No federated credential of the identity matches the token's issuer, subject or audience.",
        remedy="Compare them with 'az identity federated-credential list' (or 'az ad app federated-credential list'): the subject must "
        "be system:serviceaccount:NAMESPACE:NAME, and the issuer must be the cluster's OIDC issuer URL.",
    ),
    known_failure(
        code="InvalidAssertion",
        pattern=r"AADSTS50027\d{0,4}\b",
        cause="The federated token is not the one that its issuer signed.",
        remedy="Check that federated_token_file (AZURE_FEDERATED_TOKEN_FILE) contains only the unchanged token.",
    ),
    known_failure(
        code="AssertionNotValidNow",
        pattern=r"AADSTS700024\b|AADSTS50013\b",
        cause="The federated token or the certificate's signed assertion has expired or is not valid yet.",
        remedy="Check this machine's clock (timedatectl) and that federated_token_file is renewed.",
    ),
    known_failure(
        code="CliSignInExpired",
        pattern=r"AADSTS(70043|700082|700084|50173|50078|50132|70008|50076|50079|50158)\b",
        cause="The Azure CLI's sign-in has expired, was revoked, or needs multi-factor authentication.",
        remedy=_SIGN_IN_AGAIN,
    ),
    known_failure(
        code="ConditionalAccess",
        pattern=r"AADSTS5300[0-9]\b|AADSTS530004\b",
        cause="A Conditional Access policy of the directory does not allow this sign-in, for example from this network.",
        remedy="Ask the directory's administrators which policy it is (the sign-in logs in the portal name it), or run the task from "
        "an allowed network.",
    ),
    known_failure(
        code="AzureCliMissing",
        pattern=r"Azure CLI not found on path",
        cause="The command az is not on the PATH of the user who runs the task.",
        remedy="Install the Azure CLI on this machine, or use a service principal: tenant, client_id and secret.",
    ),
    known_failure(
        code="AzureCliNotSignedIn",
        pattern=r"Please run 'az login'",
        cause="The Azure CLI is not signed in.",
        remedy=_SIGN_IN_AGAIN,
    ),
    known_failure(
        code="SubscriptionNotFound",
        pattern=r"[Ss]ubscription '?\S{1,100}'? not found",
        cause="The Azure CLI's sign-in does not have access to the subscription.",
        remedy="Check subscription_id (AZURE_SUBSCRIPTION_ID) against 'az account list', or sign in to its tenant with "
        "'az login --tenant'.",
    ),
    known_failure(
        code="AzureCliFailed",
        pattern=r"Failed to (invoke|execute) .{0,200}(Azure CLI|az)|Unexpected output from Azure CLI",
        cause="The command az did not return a token.",
        remedy="Run 'az account get-access-token' as the same user and read its output.",
        retriable=True,
    ),
    known_failure(
        code="NoManagedIdentity",
        pattern=r"No identity has been assigned|Identity not found",
        cause="This machine has no managed identity, or not the user-assigned identity that client_id names.",
        remedy="Assign it with 'az vm identity assign', or correct client_id (AZURE_CLIENT_ID). Leave it out for the system-assigned "
        "identity.",
    ),
    known_failure(
        code="NoManagedIdentity",
        pattern=r"no response from the IMDS endpoint|[Mm]anaged [Ii]dentity.{0,200} unavailable|managed identity configuration not found",
        cause="The managed identity endpoint does not respond: this is not an Azure machine, or a proxy intercepts the request "
        "(NO_PROXY=169.254.169.254).",
        remedy="Run the task on an Azure machine with a managed identity, or use another auth_source.",
    ),
)


def recognize_sign_in(message: str) -> Explanation | None:
    """The explanation of a rejected sign-in, None if no row matches."""
    return first_match(SIGN_IN_FAILURES, message)
