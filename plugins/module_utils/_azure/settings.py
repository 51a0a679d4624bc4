# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .._errors import InvalidInputError

# Parameter → the variables that may give it instead: azure.azcollection's, then azure-identity's own.
ENVIRONMENT = {
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "cloud_environment": ("AZURE_CLOUD_ENVIRONMENT",),
    "auth_source": ("ANSIBLE_AZURE_AUTH_SOURCE",),
}
AUTH_SOURCES = ("auto", "env", "cli", "msi")


@dataclass(frozen=True)
class AzureSettings:
    """How to reach Azure. ca_bundle is a file of CA certificates, "" for the system's."""

    subscription_id: str
    tenant: str
    client_id: str
    secret: str = field(repr=False)
    auth_source: str
    cloud_environment: str
    ca_bundle: str

    @property
    def has_service_principal(self) -> bool:
        """Whether tenant, client and secret are all there."""
        return bool(self.tenant and self.client_id and self.secret)


def azure_settings(params: Mapping[str, Any], environ: Mapping[str, str]) -> AzureSettings:
    """Settings of the task's parameters, completed from its environment. Raises InvalidInputError."""
    values = {name: _value(name, params, environ) for name in ENVIRONMENT}
    settings = AzureSettings(
        **{**values, "auth_source": values["auth_source"] or "auto", "cloud_environment": values["cloud_environment"] or "AzureCloud"},
        ca_bundle=environ.get("REQUESTS_CA_BUNDLE", ""),
    )
    _refuse_incomplete(settings)
    return settings


def _value(name: str, params: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The parameter, else its variable; auth_source: env turns that round for all but itself."""
    parameter_first = name == "auth_source" or params.get("auth_source") != "env"
    if parameter_first and params.get(name):
        return str(params[name])
    given = next((environ[variable] for variable in ENVIRONMENT[name] if environ.get(variable)), "")
    return given or str(params.get(name) or "")


def _refuse_incomplete(settings: AzureSettings) -> None:
    if settings.auth_source not in AUTH_SOURCES:
        raise InvalidInputError(
            f"auth_source is '{settings.auth_source}', which is not one of {', '.join(AUTH_SOURCES)}.",
            code="InvalidAuthSource",
            remedy="Set auth_source, or ANSIBLE_AZURE_AUTH_SOURCE, to one of them.",
        )
    if not settings.subscription_id:
        raise InvalidInputError(
            "No Azure subscription is given.",
            code="MissingSubscription",
            remedy="Set subscription_id, or AZURE_SUBSCRIPTION_ID; 'az account show --query id --output tsv' prints yours.",
        )
    if settings.auth_source == "env" and not settings.has_service_principal:
        raise InvalidInputError(
            "auth_source is env, but the environment holds no complete service principal.",
            code="MissingCredentials",
            remedy="Export AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET.",
        )
