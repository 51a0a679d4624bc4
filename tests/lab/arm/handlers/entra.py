# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The part of Microsoft Entra ID that a service principal needs: with a secret, a certificate or a federated token.

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs

from tests.lab.arm.assertions import check_assertion
from tests.lab.arm.errors.entra import (
    ApplicationNotFoundError,
    InvalidClientSecretError,
    NothingToProveError,
    TenantNotFoundError,
    UnsupportedGrantTypeError,
)
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.tokens import LIFETIME_S


def openid_configuration(call: Call) -> Reply:
    """The tenant's endpoints, all under the host name that the client used."""
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
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
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


def _check_client(call: Call, form: Mapping[str, str]) -> None:
    principal = call.state.principal
    grant = form.get("grant_type", "")
    if grant != "client_credentials":
        raise UnsupportedGrantTypeError(grant)
    client = form.get("client_id", "")
    if client.lower() != principal.client_id.lower():
        raise ApplicationNotFoundError(client=client, tenant=principal.tenant_id)
    if "client_assertion" in form:
        check_assertion(form["client_assertion"], principal=principal, trust=call.state.trust, endpoint=f"{call.base_url}{call.path}")
    elif "client_secret" not in form:
        raise NothingToProveError
    elif not hmac.compare_digest(form["client_secret"].encode(), principal.secret.encode()):
        raise InvalidClientSecretError(client)


ROUTES = (
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", openid_configuration, public=True),
    Route("POST", "/{tenant}/oauth2/v2.0/token", token, public=True),
)
