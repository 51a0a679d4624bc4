# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.known_failure import KnownFailure
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.sign_in import SIGN_IN_FAILURES, recognize_sign_in

# Entra ID's texts by its own documentation, azure-identity's and the Azure CLI's by their sources; what varies in them is shortened.
TEXTS = [
    ("InvalidClientSecret", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the client secret value."),
    ("ExpiredClientSecret", "AADSTS7000222: The provided client secret keys for app '0000' are expired."),
    ("UnknownClient", "AADSTS700016: Application with identifier 'x' was not found in the directory 'y'."),
    ("UnknownClient", "AADSTS700038: x is not a valid application identifier."),
    ("DisabledClient", "AADSTS7000112: Application 'x'(name) is disabled."),
    ("UnknownTenant", "AADSTS90002: Tenant 'nowhere' not found. Check to make sure you have the correct tenant ID."),
    ("UnknownTenant", "AADSTS900023: Specified tenant identifier 'x' is neither a valid DNS name, nor a valid external domain."),
    ("UnknownTenant", "Unable to get authority configuration for https://login.microsoftonline.com/nowhere."),
    ("NoSignInService", "Authentication failed: Unable to complete OIDC Discovery: 302, <html>"),
    ("NoSignInService", "Authentication failed: JSON is invalid: Unterminated string starting at: line 1 column 8 (char 7)"),
    ("NoSignInService", "Authentication failed: HTTP Error: 502"),
    ("OtherCloud", "AADSTS900382: Confidential Client is not supported in Cross Cloud request."),
    ("OtherCloud", "AADSTS500011: The resource principal named https://management.x was not found in the tenant named y."),
    ("UnknownCertificate", "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered."),
    ("FederationMismatch", "AADSTS70021: No matching federated identity record found for presented assertion."),
    ("FederationMismatch", "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'."),
    ("InvalidAssertion", "AADSTS50027: JWT token is invalid or malformed."),
    ("AssertionNotValidNow", "AADSTS700024: Client assertion is not within its valid time range."),
    ("CliSignInExpired", "AADSTS700082: The refresh token has expired due to inactivity."),
    (
        "CliSignInExpired",
        "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication.",
    ),
    ("ConditionalAccess", "AADSTS53003: Access has been blocked by Conditional Access policies."),
    ("AzureCliMissing", "Azure CLI not found on path"),
    ("AzureCliNotSignedIn", "Please run 'az login' to set up an account"),
    ("SubscriptionNotFound", "ERROR: Subscription '0000' not found. Check the spelling and casing and try again."),
    ("AzureCliFailed", "Failed to invoke the Azure CLI"),
    ("NoManagedIdentity", "ManagedIdentityCredential authentication unavailable. No identity has been assigned to this resource."),
    ("NoManagedIdentity", "ManagedIdentityCredential authentication unavailable, no response from the IMDS endpoint."),
    ("NoManagedIdentity", "App Service managed identity configuration not found in environment. "),
]


@pytest.mark.parametrize(("code", "text"), TEXTS, ids=[f"{code}-{number}" for number, (code, _unused) in enumerate(TEXTS)])
def test_refused_sign_in_is_recognized_with_cause_and_remedy(code: str, text: str) -> None:
    known = recognize_sign_in(text)
    assert known is not None, text
    assert known.code == code
    assert known.cause
    assert known.remedy


@pytest.mark.parametrize("known", SIGN_IN_FAILURES, ids=lambda known: known.explanation.code)
def test_each_meaning_has_a_text_in_the_table_above(known: KnownFailure) -> None:
    assert any(re.search(known.pattern, text) for code, text in TEXTS if code == known.explanation.code)


def test_error_number_is_not_matched_by_its_prefix() -> None:
    assert recognize_sign_in("AADSTS7000161: something else") is None
    assert recognize_sign_in("AADSTS70021999: something else") is None
