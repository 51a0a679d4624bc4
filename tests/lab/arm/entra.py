# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The part of Microsoft Entra ID that a service principal with a secret needs.

from __future__ import annotations

import hmac
from typing import ClassVar
from urllib.parse import parse_qs

from tests.lab.arm.errors import ArmError
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.tokens import LIFETIME_S


class EntraError(ArmError):
    """A refusal by the token endpoint: OAuth's JSON with Entra's AADSTS number."""

    error: ClassVar[str]
    number: ClassVar[int]

    def body(self) -> dict[str, object]:
        return {"error": self.error, "error_description": f"AADSTS{self.number}: {self.message}", "error_codes": [self.number]}


class TenantNotFoundError(EntraError):
    """Another tenant than the lab's."""

    code = error = "invalid_tenant"
    number = 90002

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "
            "Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        )


class ApplicationNotFoundError(EntraError):
    """A client that the tenant does not know."""

    code = error = "unauthorized_client"
    number = 700016

    def __init__(self, *, client: str, tenant: str) -> None:
        super().__init__(
            f"Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has "
            "not been installed by the administrator of the tenant or consented to by any user in the tenant. "
            "You may have sent your authentication request to the wrong tenant."
        )


class InvalidClientSecretError(EntraError):
    """A known client with a wrong secret."""

    status = 401
    code = error = "invalid_client"
    number = 7000215

    def __init__(self, client: str) -> None:
        super().__init__(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client}'."
        )


class UnsupportedGrantTypeError(EntraError):
    """Any way to sign in but client_credentials."""

    code = error = "unsupported_grant_type"
    number = 70003

    def __init__(self, grant: str) -> None:
        super().__init__(f"The app requested an unsupported grant type '{grant}'.")


def openid_configuration(call: Call) -> Reply:
    """Where the tenant's endpoints are: all under the name that the client used."""
    tenant = _tenant(call)
    base = f"{call.base_url}/{tenant}"
    return Reply(
        body={
            "issuer": f"{base}/v2.0",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
    )


def token(call: Call) -> Reply:
    """An access token for the lab's service principal."""
    tenant = _tenant(call)
    form = {name: values[0] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    _check_client(call, form)
    audience = form.get("scope", "").removesuffix("/.default")
    access = call.tokens.issue(audience=audience, issuer=f"{call.base_url}/{tenant}/")
    return Reply(body={"token_type": "Bearer", "expires_in": LIFETIME_S, "ext_expires_in": LIFETIME_S, "access_token": access})


def _tenant(call: Call) -> str:
    tenant = call.params["tenant"]
    if tenant.lower() != call.state.principal.tenant_id.lower():
        raise TenantNotFoundError(tenant)
    return tenant


def _check_client(call: Call, form: dict[str, str]) -> None:
    principal = call.state.principal
    grant = form.get("grant_type", "")
    if grant != "client_credentials":
        raise UnsupportedGrantTypeError(grant)
    client = form.get("client_id", "")
    if client.lower() != principal.client_id.lower():
        raise ApplicationNotFoundError(client=client, tenant=principal.tenant_id)
    if not hmac.compare_digest(form.get("client_secret", "").encode(), principal.secret.encode()):
        raise InvalidClientSecretError(client)


ROUTES = (
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", openid_configuration, public=True),
    Route("POST", "/{tenant}/oauth2/v2.0/token", token, public=True),
)
