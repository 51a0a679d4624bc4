# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Mapping, NoReturn

from .._clock import Clock
from .._errors import AzureError, InvalidInputError
from .clouds import Cloud, find_cloud
from .failures import azure_error, code_and_message
from .settings import AzureSettings

try:
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError
    from azure.core.pipeline import PipelineResponse
    from azure.core.rest import HttpRequest, HttpResponse
    from azure.identity import AzureCliCredential, ClientSecretCredential, CredentialUnavailableError, ManagedIdentityCredential
    from azure.mgmt.containerservice import ContainerServiceClient

    from .transport import ClockedTransport
except ImportError:  # the door reports what is missing
    pass


@dataclass(frozen=True)
class Answer:
    """What Azure answered: a status below 400, headers by lower-case name, and the decoded body ({} for none)."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Session:
    """Requests to one subscription's Azure Resource Manager, through the AKS SDK's pipeline: sign-in, retries, throttling.

    One pipeline serves every provider, so that features and resource groups need no further SDK.
    poll_interval: seconds between two looks at an operation, where the user has said so; 0 leaves the pace to Azure.
    """

    def __init__(self, settings: AzureSettings, clock: Clock, *, poll_interval: float = 0) -> None:
        cloud = find_cloud(settings.cloud_environment, ca_bundle=settings.ca_bundle)
        self.subscription_id = settings.subscription_id
        self.clock = clock
        self.poll_interval = poll_interval
        self._credential = _credential(settings, cloud, clock)
        self._client = ContainerServiceClient(
            self._credential,
            settings.subscription_id,
            base_url=cloud.resource_manager,
            credential_scopes=[cloud.scope],
            transport=ClockedTransport(clock, ca_bundle=settings.ca_bundle),
        )

    def send(
        self, method: str, path: str, *, what: str, api: str = "", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. path is relative to the Resource Manager, or the absolute URL of an operation (then without api).

        what says what is done, for the error. Raises AzureError.
        """
        request = HttpRequest(method, path, params={"api-version": api} if api else None, json=body, headers=dict(headers or {}))
        try:
            response = self._client.send_request(request, raw_response_hook=partial(_refuse_unregistered, what))
        except ClientAuthenticationError as error:
            if isinstance(error.__cause__, (ServiceRequestError, ServiceResponseError)):  # the sign-in was not even answered
                _fail_unreachable(what, error)
            _fail_sign_in(what, error)
        except CoreError as error:
            _fail_unreachable(what, error)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise _refusal(what, response)
        content = _decoded(response.text())
        found = content if isinstance(content, Mapping) else {}
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, found)

    def find(self, path: str, *, what: str, api: str) -> Mapping[str, Any] | None:
        """The resource at a path, None where there is none."""
        try:
            return self.send("GET", path, what=what, api=api).body
        except AzureError as error:
            if is_missing(error):
                return None
            raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._credential.close()


def is_missing(error: AzureError) -> bool:
    """Whether the resource doesn't exist; a subscription that doesn't is a mistake in the settings instead."""
    return error.status == HTTPStatus.NOT_FOUND and error.code != "SubscriptionNotFound"


def _credential(
    settings: AzureSettings, cloud: Cloud, clock: Clock
) -> ClientSecretCredential | ManagedIdentityCredential | AzureCliCredential:
    transport = ClockedTransport(clock, ca_bundle=settings.ca_bundle)
    if settings.auth_source == "msi":
        return ManagedIdentityCredential(client_id=settings.client_id or None, transport=transport)
    if settings.auth_source != "cli" and settings.has_service_principal:
        try:
            return ClientSecretCredential(
                settings.tenant,
                settings.client_id,
                settings.secret,
                authority=cloud.authority,
                disable_instance_discovery=not cloud.well_known,
                transport=transport,
            )
        except ValueError as error:  # a tenant that can't be one
            raise InvalidInputError(
                f"tenant is '{settings.tenant}'.",
                code="InvalidTenant",
                cause="It is neither the ID of a directory nor one of its domains.",
                remedy="Check tenant (AZURE_TENANT).",
            ) from error
    return AzureCliCredential(tenant_id=settings.tenant)


def _refuse_unregistered(what: str, response: PipelineResponse[Any, Any]) -> None:
    """Refuse here what the SDK would go on with: it registers a provider by itself, and waits for that without an end.

    Nobody asked for that change, no check mode would show it, and it waits by no clock of ours.
    """
    error = _refusal(what, response.http_response)
    if response.http_response.status_code == HTTPStatus.CONFLICT and error.code == "MissingSubscriptionRegistration":
        raise error


def _refusal(what: str, response: HttpResponse) -> AzureError:
    code, message = code_and_message(_decoded(response.text()))
    return azure_error(what, status=response.status_code, code=code, message=message)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _fail_sign_in(what: str, error: ClientAuthenticationError) -> NoReturn:
    known = azure_error(f"{what}: signing in to Azure failed", status=401, code="", message=error.message.splitlines()[0])
    if not known.cause:
        nothing = isinstance(error, CredentialUnavailableError)
        known.code = "MissingCredentials" if nothing else "SignInFailed"
        known.cause = "There is nothing to sign in with." if nothing else "Azure doesn't accept the credentials."
        known.remedy = "Give tenant, client_id and secret of a service principal, or sign in with 'az login' and set auth_source: cli."
    raise known from error


def _fail_unreachable(what: str, error: CoreError) -> NoReturn:
    raise AzureError(
        f"{what}: no answer from Azure: {error.message}",
        code="AzureUnreachable",
        cause="The address, the network or the proxy is wrong, or the server's certificate is signed by an unknown CA.",
        remedy="Check cloud_environment, HTTPS_PROXY and REQUESTS_CA_BUNDLE.",
        retriable=True,
    ) from error
