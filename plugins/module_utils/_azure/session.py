# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping, NoReturn

from .._clock import Clock
from .._errors import AzureError, InvalidInputError
from .clouds import Cloud, find_cloud
from .failures import azure_error, code_and_message
from .settings import AzureSettings

try:
    from azure.core.credentials import TokenCredential
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import ClientAuthenticationError
    from azure.core.pipeline.transport import RequestsTransport
    from azure.core.rest import HttpRequest
    from azure.identity import AzureCliCredential, ClientSecretCredential, ManagedIdentityCredential
    from azure.mgmt.containerservice import ContainerServiceClient
except ImportError:  # the door reports what is missing
    pass
else:

    class _ClockedTransport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it lazily, untyped
        """Sleeps by our clock wherever the SDK would sleep: between retries."""

        def __init__(self, clock: Clock, *, ca_bundle: str) -> None:
            super().__init__(connection_verify=ca_bundle or True)
            self._clock = clock

        def sleep(self, duration: float) -> None:
            self._clock.sleep(duration)


@dataclass(frozen=True)
class Answer:
    """What Azure answered: a status below 400, headers by lower-case name, and the decoded body ({} for none)."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Session:
    """Requests to one subscription's Azure Resource Manager, through the AKS SDK's pipeline: sign-in, retries, throttling.

    One pipeline serves every provider, so that features and resource groups need no further SDK.
    """

    def __init__(self, settings: AzureSettings, clock: Clock) -> None:
        cloud = find_cloud(settings.cloud_environment, ca_bundle=settings.ca_bundle)
        self.subscription_id = settings.subscription_id
        self.clock = clock
        self._client = ContainerServiceClient(
            _credential(settings, cloud),
            settings.subscription_id,
            base_url=cloud.resource_manager,
            credential_scopes=[cloud.scope],
            transport=_ClockedTransport(clock, ca_bundle=settings.ca_bundle),
        )

    def send(
        self, method: str, path: str, *, what: str, api: str = "", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. path is relative to the Resource Manager, or the absolute URL of an operation (then without api).

        what says what is done, for the error. Raises AzureError.
        """
        request = HttpRequest(method, path, params={"api-version": api} if api else None, json=body, headers=dict(headers or {}))
        try:
            response = self._client.send_request(request)
        except ClientAuthenticationError as error:
            _fail_sign_in(what, error)
        except CoreError as error:
            _fail_unreachable(what, error)
        content = _decoded(response.text())
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            code, message = code_and_message(content)
            raise azure_error(what, status=response.status_code, code=code, message=message)
        found = content if isinstance(content, Mapping) else {}
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, found)

    def find(self, path: str, *, what: str, api: str) -> Mapping[str, Any] | None:
        """The resource at a path, None where there is none."""
        try:
            return self.send("GET", path, what=what, api=api).body
        except AzureError as error:
            if error.status == HTTPStatus.NOT_FOUND and error.code != "SubscriptionNotFound":
                return None
            raise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _credential(settings: AzureSettings, cloud: Cloud) -> TokenCredential:
    verify = settings.ca_bundle or True
    if settings.auth_source == "msi":
        return ManagedIdentityCredential(client_id=settings.client_id or None)
    if settings.auth_source != "cli" and settings.has_service_principal:
        try:
            return ClientSecretCredential(
                settings.tenant,
                settings.client_id,
                settings.secret,
                authority=cloud.authority,
                disable_instance_discovery=not cloud.well_known,
                connection_verify=verify,
            )
        except ValueError as error:  # a tenant that can't be one
            raise InvalidInputError(str(error), code="InvalidTenant", remedy="Check tenant (AZURE_TENANT).") from error
    return AzureCliCredential(tenant_id=settings.tenant)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _fail_sign_in(what: str, error: ClientAuthenticationError) -> NoReturn:
    known = azure_error(f"{what}: signing in to Azure failed", status=401, code="", message=error.message.splitlines()[0])
    if not known.cause:
        known.code = "SignInFailed"
        known.cause = "Azure accepts none of the credentials that were tried."
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
