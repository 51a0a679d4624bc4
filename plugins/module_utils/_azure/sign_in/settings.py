# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How to reach Azure: which of parameters, environment, credential file and Azure CLI gives each value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from ..._core.shared.names import checked_subscription
from ..._errors import InvalidInputError
from .profiles import CliAccount, cli_account, credential_profile

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
AUTH_SOURCES = ("auto", "env", "credential_file", "cli", "msi", "workload_identity")
# What proves who client_id is, in the order in which it counts: the parameter and the way in that it opens.
_PROOF_METHODS = {"secret": "secret", "x509_certificate_path": "certificate", "federated_token_file": "workload_identity"}
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")  # a directory's ID is one, too


@dataclass(frozen=True)
class AzureSettings:
    """How to reach Azure.

    auth_method: what the sign-in takes: secret, certificate, workload_identity, msi or cli.
    missing: why it is cli although the user did not ask for that, "" if they did.
    ca_bundle: a file or directory of CA certificates, "" for those that requests trusts. has_wait_timeout: whether
    the task has the option.
    """

    auth_method: str
    missing: str
    subscription_id: str
    tenant: str
    client_id: str
    secret: str = field(repr=False)
    x509_certificate_path: str
    certificate_password: str = field(repr=False)
    thumbprint: str
    federated_token_file: str
    cloud_environment: str
    ca_bundle: str
    has_wait_timeout: bool


def azure_settings(params: Mapping[str, Any], environ: Mapping[str, str]) -> AzureSettings:
    """Settings of the task's parameters, completed from its environment and from the files that these name. Raises InvalidInputError."""
    named = {name: str(params.get(name) or "") for name in ENVIRONMENT}
    exported = {name: next((environ[key] for key in keys if environ.get(key)), "") for name, keys in ENVIRONMENT.items()}
    source = named["auth_source"] or exported["auth_source"] or "auto"
    _refuse_unknown_source(source)
    values = _values(source, named, exported, environ)
    auth_method = _auth_method(source, values)
    if auth_method == "cli":
        if source != "cli":
            _refuse_user_sign_in(environ)
        values = _completed_by_cli(values, environ)
    _refuse_incomplete(source, auth_method, values)
    values["cloud_environment"] = values["cloud_environment"] or "AzureCloud"
    return AzureSettings(
        auth_method=auth_method,
        missing=_missing(values) if auth_method == "cli" != source else "",
        ca_bundle=ca_bundle_of(environ),
        **{name: value for name, value in values.items() if name not in ("auth_source", "profile")},
        has_wait_timeout="wait_timeout" in params,
    )


def ca_bundle_of(environ: Mapping[str, str]) -> str:
    """The CA certificates that the environment names, as requests looks for them; "" for those that requests trusts."""
    return environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE", "")


def _values(source: str, named: Mapping[str, str], exported: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """What counts of parameters, environment and credential file.

    A parameter comes before its variable, with auth_source: env after it. A profile that is asked for stands in for the environment; the
    default one only for what is nowhere else. Of the environment, a profile is then completed by the subscription and the cloud alone.
    """
    given = _first(exported, named) if source == "env" else _first(named, exported)
    place = {name: exported[name] for name in ("subscription_id", "cloud_environment")}
    if _profile_is_asked_for(source, named, exported):
        return _first(named, credential_profile(given["profile"] or "default", environ, required=True), place)
    if source == "auto" and not _proof(given):
        default = credential_profile("default", environ, required=False)
        return _first(named, default, place) if _proof(_first(named, default)) else given
    return given


def _first(*layers: Mapping[str, str]) -> dict[str, str]:
    """Each value from the first layer that has one."""
    return {name: next((layer[name] for layer in layers if layer.get(name)), "") for name in ENVIRONMENT}


def _profile_is_asked_for(source: str, named: Mapping[str, str], exported: Mapping[str, str]) -> bool:
    if source == "auto":
        return bool(named["profile"] or (exported["profile"] and not named["client_id"]))
    return source == "credential_file" or (source == "env" and bool(exported["profile"]))


def _proof(values: Mapping[str, str]) -> str:
    """The parameter that, with tenant and client_id, makes a complete sign-in; "" when there is none."""
    if not (values["tenant"] and values["client_id"]):
        return ""
    return next((name for name in _PROOF_METHODS if values[name]), "")


def _auth_method(source: str, values: Mapping[str, str]) -> str:
    if source in ("cli", "msi", "workload_identity"):
        return source
    return _PROOF_METHODS.get(_proof(values), "cli")


def _completed_by_cli(values: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """As the Azure CLI would: its default subscription, and the cloud that this is in."""
    account = cli_account(values["subscription_id"], environ) or CliAccount("", "")
    return {
        **values,
        "subscription_id": values["subscription_id"] or account.subscription_id,
        "cloud_environment": values["cloud_environment"] or account.cloud,
    }


def _refuse_unknown_source(source: str) -> None:
    if source not in AUTH_SOURCES:
        raise InvalidInputError(
            f"auth_source is '{source}', which is not one of {', '.join(AUTH_SOURCES)}.",
            code="InvalidAuthSource",
            cause="The collection knows no other way to sign in.",
            remedy="Set auth_source, or ANSIBLE_AZURE_AUTH_SOURCE, to one of them.",
        )


def _refuse_user_sign_in(environ: Mapping[str, str]) -> None:
    """AWX's Azure credential may hold a user instead of a service principal; azure.azcollection takes it, Azure hardly does any more."""
    if environ.get("AZURE_AD_USER"):
        raise InvalidInputError(
            "The environment holds a user's name and password (AZURE_AD_USER, AZURE_PASSWORD), which this collection doesn't use.",
            code="UserSignInNotSupported",
            cause="Azure asks users for a second factor, which no playbook can give.",
            remedy="Use a service principal: tenant, client_id and secret, in AWX the fields Tenant ID, Client ID and Client Secret.",
        )


def _refuse_incomplete(source: str, auth_method: str, values: Mapping[str, str]) -> None:
    if source in ("env", "credential_file") and auth_method == "cli":
        where = "environment" if source == "env" else "credential file's profile"
        raise InvalidInputError(
            f"auth_source is {source}, but the {where} holds no complete service principal.",
            code="MissingCredentials",
            cause=_missing(values),
            remedy="Give AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET."
            if source == "env"
            else "Give it tenant, client_id and secret, or name another with profile (AZURE_PROFILE).",
        )
    if auth_method == "workload_identity" and not all(values[name] for name in ("tenant", "client_id", "federated_token_file")):
        raise InvalidInputError(
            "auth_source is workload_identity, but its settings are not complete.",
            code="MissingCredentials",
            cause=f"{_missing(values)} In a pod they come from Azure's webhook, by the label azure.workload.identity/use: 'true'.",
            remedy="Give AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE.",
        )
    if not values["subscription_id"]:
        raise InvalidInputError(
            "No Azure subscription is given.",
            code="MissingSubscription",
            cause="Neither the task, the environment, the credential file nor the Azure CLI names one.",
            remedy="Set subscription_id, or AZURE_SUBSCRIPTION_ID; 'az account show --query id --output tsv' prints yours.",
        )
    checked_subscription(values["subscription_id"])
    if values["tenant"] and not _DOMAIN.fullmatch(values["tenant"]):
        raise InvalidInputError(
            f"tenant is '{values['tenant']}'.",
            code="InvalidTenant",
            cause="It is neither the ID of a directory nor one of its domains.",
            remedy="Check tenant (AZURE_TENANT).",
        )


def _missing(values: Mapping[str, str]) -> str:
    """What a service principal's sign-in still lacks, for an error."""
    lacking = [name for name in ("tenant", "client_id") if not values[name]]
    if not any(values[name] for name in _PROOF_METHODS):
        lacking.append("a secret, certificate or federated token")
    return f"Missing: {', '.join(lacking)}."
