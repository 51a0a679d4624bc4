# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Explains why there is no token: a refused sign-in, or a sign-in server that does not answer."""

from __future__ import annotations

from typing import NoReturn

from ..._core.azure_failures.sign_in import recognize_sign_in
from ..._core.shared.url_passwords import without_password
from ..._errors import AzureError
from ..limits import OutOfTimeError
from .settings import AzureSettings

try:
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import (
        ClientAuthenticationError,
        ServiceRequestError,
        ServiceRequestTimeoutError,
        ServiceResponseError,
        ServiceResponseTimeoutError,
    )
except ImportError:  # the entry point reports what is missing
    pass

_METHOD_PHRASES = {
    "secret": "with a secret",
    "certificate": "with a certificate",
    "workload_identity": "by workload identity",
    "msi": "with the machine's managed identity",
    "cli": "as the Azure CLI",
}
# The codes of azure-identity's errors if there is no Azure CLI to fall back on.
_NO_CLI = ("AzureCliMissing", "AzureCliNotSignedIn")


def fail_sign_in(what: str, settings: AzureSettings, error: ClientAuthenticationError) -> NoReturn:
    """Report why there is no token. Raises AzureError."""
    unanswered = isinstance(error.__cause__, (ServiceRequestError, ServiceResponseError))
    if unanswered and settings.auth_method != "msi":  # for msi, no response means that this is not an Azure machine
        fail_unreachable(what, settings, error)
    text = _relevant_sentence(error)
    known = recognize_sign_in(text)
    message = f"{what}: signing in to Azure {_METHOD_PHRASES[settings.auth_method]} failed: {text}"
    if known is None:
        raise AzureError(
            message,
            code="SignInFailed",
            status=401,
            cause="Azure rejected the credentials.",
            remedy="Look up the code that begins with AADSTS at https://login.microsoftonline.com/error, and check the credentials.",
        ) from error
    if settings.missing and known.code in _NO_CLI:
        raise AzureError(
            f"{what}: no credentials for Azure were found.",
            code="MissingCredentials",
            status=401,
            cause=f"Parameters, environment and ~/.azure/credentials do not contain a service principal. {settings.missing} {known.cause}",
            remedy="Set tenant, client_id and secret of a service principal, or sign in with 'az login', or set auth_source: msi.",
        ) from error
    raise AzureError(message, status=401, **known.error_fields()) from error


def _relevant_sentence(error: ClientAuthenticationError) -> str:
    """The sentence that matters: Entra adds trace IDs, the Azure CLI interactive instructions."""
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    first = lines[0] if lines else "no reason given"
    return next((line for line in lines if "AADSTS" in line), first).split(" Trace ID:")[0]


def fail_unreachable(what: str, settings: AzureSettings, error: CoreError | OutOfTimeError) -> NoReturn:
    """Report that nothing responded. Raises AzureError."""
    overdue = isinstance(error, (ServiceRequestTimeoutError, ServiceResponseTimeoutError))
    raise AzureError(
        f"{what}: no answer from Azure: {without_password(str(error.message))}",
        code="AzureUnreachable",
        cause="The server, or a proxy on the way, did not send a complete response within the task's time."
        if overdue
        else "The address, the network or the proxy is wrong, or the server's certificate is signed by an unknown CA.",
        remedy="Check cloud_environment, HTTPS_PROXY and REQUESTS_CA_BUNDLE" + (_more_time(settings) if overdue else "."),
        retriable=True,
    ) from error


def _more_time(settings: AzureSettings) -> str:
    """What a remedy adds for a slow connection, with an option that the task has."""
    return f"; if the connection is slow, {'raise wait_timeout' if settings.has_wait_timeout else 'run the same task again'}."


def out_of_time_in(error: BaseException | None) -> OutOfTimeError | None:
    """The OutOfTimeError that the sign-in's libraries may have wrapped in their own errors, None if there is none."""
    while error is not None and not isinstance(error, OutOfTimeError):
        error = error.__cause__ or error.__context__
    return error
