# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the settings of a sign-in are complete, and what to tell the user if they are not."""

from __future__ import annotations

import re
from typing import Mapping

from ..._core.shared.names import checked_subscription
from ..._errors import InvalidInputError

AUTH_SOURCES = ("auto", "env", "credential_file", "cli", "msi", "workload_identity")
# The credentials of a service principal, in order of precedence: the parameter, and the method that it stands for.
CREDENTIAL_METHODS = {"secret": "secret", "x509_certificate_path": "certificate", "federated_token_file": "workload_identity"}
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")  # a directory's ID is one, too


def credential_of(values: Mapping[str, str]) -> str | None:
    """The parameter that makes a complete sign-in with tenant and client_id, None if there is none."""
    if not (values["tenant"] and values["client_id"]):
        return None
    return next((name for name in CREDENTIAL_METHODS if values[name]), None)


def missing_credentials(values: Mapping[str, str]) -> str:
    """What a service principal's sign-in still lacks, as a sentence."""
    missing = [name for name in ("tenant", "client_id") if not values[name]]
    if not any(values[name] for name in CREDENTIAL_METHODS):
        missing.append("a secret, certificate or federated token")
    return f"Missing: {', '.join(missing)}."


def refuse_unknown_source(source: str) -> None:
    """Raises InvalidInputError."""
    if source not in AUTH_SOURCES:
        raise InvalidInputError(
            f"auth_source is '{source}', which is not one of {', '.join(AUTH_SOURCES)}.",
            code="InvalidAuthSource",
            cause="The collection has no other way to sign in.",
            remedy="Set auth_source, or ANSIBLE_AZURE_AUTH_SOURCE, to one of them.",
        )


def refuse_user_sign_in(environ: Mapping[str, str]) -> None:
    """AWX's Azure credential may hold a user instead of a service principal. azure.azcollection accepts it; Azure hardly does anymore.

    Raises InvalidInputError.
    """
    if environ.get("AZURE_AD_USER"):
        raise InvalidInputError(
            "The environment contains a user's name and password (AZURE_AD_USER, AZURE_PASSWORD), which this collection doesn't use.",
            code="UserSignInNotSupported",
            cause="Azure asks users for a second factor, which a playbook cannot provide.",
            remedy="Use a service principal: tenant, client_id and secret, in AWX the fields Tenant ID, Client ID and Client Secret.",
        )


def refuse_incomplete(source: str, auth_method: str, values: Mapping[str, str], *, needs_subscription: bool) -> None:
    """Refuse settings that Azure could not be reached with, before anything is sent. Raises InvalidInputError."""
    if source in ("env", "credential_file") and auth_method == "cli":
        raise _no_service_principal(source, values)
    if auth_method == "workload_identity":
        _refuse_incomplete_workload_identity(values)
    if needs_subscription and not values["subscription_id"]:
        raise InvalidInputError(
            "No Azure subscription is set.",
            code="MissingSubscription",
            cause="The task, the environment, the credential file and the Azure CLI do not name a subscription.",
            remedy="Set subscription_id, or AZURE_SUBSCRIPTION_ID; 'az account show --query id --output tsv' prints yours.",
        )
    if values["subscription_id"]:
        checked_subscription(values["subscription_id"])
    if values["tenant"] and not _DOMAIN.fullmatch(values["tenant"]):
        raise InvalidInputError(
            f"tenant is '{values['tenant']}'.",
            code="InvalidTenant",
            cause="This is neither a directory's ID nor one of its domains.",
            remedy="Correct tenant (AZURE_TENANT).",
        )


def _no_service_principal(source: str, values: Mapping[str, str]) -> InvalidInputError:
    where = "environment" if source == "env" else "credential file's profile"
    return InvalidInputError(
        f"auth_source is {source}, but the {where} does not contain a complete service principal.",
        code="MissingCredentials",
        cause=missing_credentials(values),
        remedy="Set AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET."
        if source == "env"
        else "Add tenant, client_id and secret to it, or choose another one with profile (AZURE_PROFILE).",
    )


def _refuse_incomplete_workload_identity(values: Mapping[str, str]) -> None:
    if all(values[name] for name in ("tenant", "client_id", "federated_token_file")):
        return
    raise InvalidInputError(
        "auth_source is workload_identity, but its settings are not complete.",
        code="MissingCredentials",
        cause=f"{missing_credentials(values)} In a pod, Azure's webhook sets them if the pod has the label "
        "azure.workload.identity/use: 'true'.",
        remedy="Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE.",
    )
