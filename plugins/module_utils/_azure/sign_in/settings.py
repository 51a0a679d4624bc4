# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How to reach Azure: which of parameters, environment, credential file and Azure CLI gives each value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from .completeness import (
    CREDENTIAL_METHODS,
    credential_of,
    missing_credentials,
    refuse_incomplete,
    refuse_unknown_source,
    refuse_user_sign_in,
)
from .profiles import cli_account, credential_profile

# Parameter → the variables that may give it instead: azure.azcollection's, then azure-identity's own.
ENVIRONMENT = {
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "x509_certificate_path": ("AZURE_X509_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
    "certificate_password": ("AZURE_CLIENT_CERTIFICATE_PASSWORD",),
    "thumbprint": ("AZURE_THUMBPRINT",),
    "federated_token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
    "profile": ("AZURE_PROFILE",),
    "cloud_environment": ("AZURE_CLOUD_ENVIRONMENT",),
    "auth_source": ("ANSIBLE_AZURE_AUTH_SOURCE",),
}


@dataclass(frozen=True)
class AzureSettings:
    """How to reach Azure. Of the credentials, those that auth_method doesn't use may be empty.

    auth_method: how to sign in: secret, certificate, workload_identity, msi or cli.
    missing: what a service principal lacks, if the sign-in falls back to the Azure CLI; None if the user chose how to sign in.
    ca_bundle: a file or directory of CA certificates, None for those that requests trusts.
    has_wait_timeout: whether the task has this option.
    """

    auth_method: str
    missing: str | None
    subscription_id: str
    tenant: str
    client_id: str
    secret: str = field(repr=False)
    x509_certificate_path: str
    certificate_password: str = field(repr=False)
    thumbprint: str
    federated_token_file: str
    cloud_environment: str
    ca_bundle: str | None
    has_wait_timeout: bool


def azure_settings(params: Mapping[str, Any], environ: Mapping[str, str], *, needs_subscription: bool = True) -> AzureSettings:
    """Settings of the task's parameters, completed from its environment and the files that these name. Raises InvalidInputError.

    Args:
        params: the task's parameters.
        environ: its environment.
        needs_subscription: whether to refuse settings without a subscription.
    """
    named = {name: str(params.get(name) or "") for name in ENVIRONMENT}
    exported = {name: _exported(variables, environ) for name, variables in ENVIRONMENT.items()}
    source = named["auth_source"] or exported["auth_source"] or "auto"
    refuse_unknown_source(source)
    values = _values(source, named, exported, environ)
    auth_method = _auth_method(source, values)
    if auth_method == "cli":
        values = _completed_by_cli(source, values, environ)
    refuse_incomplete(source, auth_method, values, needs_subscription=needs_subscription)
    return AzureSettings(
        auth_method=auth_method,
        missing=missing_credentials(values) if auth_method == "cli" != source else None,
        subscription_id=values["subscription_id"],
        tenant=values["tenant"],
        client_id=values["client_id"],
        secret=values["secret"],
        x509_certificate_path=values["x509_certificate_path"],
        certificate_password=values["certificate_password"],
        thumbprint=values["thumbprint"],
        federated_token_file=values["federated_token_file"],
        cloud_environment=values["cloud_environment"] or "AzureCloud",
        ca_bundle=ca_bundle_of(environ),
        has_wait_timeout="wait_timeout" in params,
    )


def ca_bundle_of(environ: Mapping[str, str]) -> str | None:
    """The CA certificates that the environment names, looked up as requests does; None for those that requests trusts."""
    return environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or None


def _exported(variables: Sequence[str], environ: Mapping[str, str]) -> str:
    """The value of the first of these variables that is set."""
    return next((environ[name] for name in variables if environ.get(name)), "")


def _values(source: str, named: Mapping[str, str], exported: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The values of parameters, environment and credential file that take effect.

    A parameter overrides its variable; with auth_source: env it is the other way round. A profile that is asked for replaces the
    environment; the default profile is used only if nothing else makes a complete sign-in. Of the environment, only the subscription and
    the cloud then complete a profile.
    """
    given = _first(exported, named) if source == "env" else _first(named, exported)
    place = {name: exported[name] for name in ("subscription_id", "cloud_environment")}
    if _profile_is_asked_for(source, named, exported):
        return _first(named, credential_profile(given["profile"] or "default", environ, required=True), place)
    if source == "auto" and not credential_of(given):
        default = credential_profile("default", environ, required=False)
        return _first(named, default, place) if credential_of(_first(named, default)) else given
    return given


def _first(*layers: Mapping[str, str]) -> dict[str, str]:
    """Each value from the first layer that has one."""
    return {name: next((layer[name] for layer in layers if layer.get(name)), "") for name in ENVIRONMENT}


def _profile_is_asked_for(source: str, named: Mapping[str, str], exported: Mapping[str, str]) -> bool:
    if source == "auto":
        return bool(named["profile"] or (exported["profile"] and not named["client_id"]))
    return source == "credential_file" or (source == "env" and bool(exported["profile"]))


def _auth_method(source: str, values: Mapping[str, str]) -> str:
    if source in ("cli", "msi", "workload_identity"):
        return source
    credential = credential_of(values)
    return CREDENTIAL_METHODS[credential] if credential else "cli"


def _completed_by_cli(source: str, values: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Completed as the Azure CLI would: with its default subscription, and the cloud of that. Raises InvalidInputError."""
    if source != "cli":
        refuse_user_sign_in(environ)
    account = cli_account(values["subscription_id"], environ)
    if account is None:
        return dict(values)
    return {
        **values,
        "subscription_id": values["subscription_id"] or account.subscription_id,
        "cloud_environment": values["cloud_environment"] or account.cloud,
    }
