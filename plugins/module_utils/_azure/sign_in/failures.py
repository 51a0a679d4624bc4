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

_BY_ITSELF = {
    "secret": "with a secret",
    "certificate": "with a certificate",
    "workload_identity": "by workload identity",
    "msi": "with the machine's managed identity",
    "cli": "as the Azure CLI",
}
# What azure-identity says when there is no Azure CLI to fall back on.
_NO_CLI = ("AzureCliMissing", "AzureCliNotSignedIn")


def fail_sign_in(what: str, settings: AzureSettings, error: ClientAuthenticationError) -> NoReturn:
    """Say why there is no token. Raises AzureError."""
    unanswered = isinstance(error.__cause__, (ServiceRequestError, ServiceResponseError))
    if unanswered and settings.auth_method != "msi":  # only an Azure machine has an endpoint that answers for its identity
        fail_unreachable(what, settings, error)
    text = _relevant_sentence(error)
    known = recognize_sign_in(text)
    message = f"{what}: signing in to Azure {_BY_ITSELF[settings.auth_method]} failed: {text}"
    if known is None:
        raise AzureError(
            message,
            code="SignInFailed",
            status=401,
            cause="Azure doesn't accept the credentials.",
            remedy="Look the number that begins with AADSTS up at https://login.microsoftonline.com/error, and check the credentials.",
        ) from error
    if settings.missing and known.code in _NO_CLI:
        raise AzureError(
            f"{what}: there is nothing to sign in to Azure with.",
            code="MissingCredentials",
            status=401,
            cause=f"Parameters, environment and ~/.azure/credentials hold no service principal. {settings.missing} {known.cause}",
            remedy="Give tenant, client_id and secret of a service principal, or sign in with 'az login', or set auth_source: msi.",
        ) from error
    raise AzureError(message, status=401, **known.error_fields()) from error


def _relevant_sentence(error: ClientAuthenticationError) -> str:
    """The sentence that matters: Entra adds trace ids, the Azure CLI what to do interactively."""
    lines = [line.strip() for line in str(error.message).splitlines() if line.strip()]
    numbered = next((line for line in lines if "AADSTS" in line), "")
    return (numbered or (lines[0] if lines else "no reason is given")).split(" Trace ID:")[0]


def fail_unreachable(what: str, settings: AzureSettings, error: CoreError | OutOfTimeError) -> NoReturn:
    """Say that nothing answered. Raises AzureError."""
    overdue = isinstance(error, (ServiceRequestTimeoutError, ServiceResponseTimeoutError))
    raise AzureError(
        f"{what}: no answer from Azure: {without_password(str(error.message))}",
        code="AzureUnreachable",
        cause="The server, or a proxy on the way, doesn't answer, or not in full, in the time that the task has."
        if overdue
        else "The address, the network or the proxy is wrong, or the server's certificate is signed by an unknown CA.",
        remedy="Check cloud_environment, HTTPS_PROXY and REQUESTS_CA_BUNDLE" + (_more_time(settings) if overdue else "."),
        retriable=True,
    ) from error


def _more_time(settings: AzureSettings) -> str:
    """What a remedy adds for a slow connection: an option that the task has."""
    return f", or {'raise wait_timeout' if settings.has_wait_timeout else 'run the same task again'} where the connection is slow."


def out_of_time_in(error: BaseException | None) -> OutOfTimeError | None:
    """The end of the task's time, which the sign-in's libraries may have wrapped in errors of their own."""
    while error is not None and not isinstance(error, OutOfTimeError):
        error = error.__cause__ or error.__context__
    return error
