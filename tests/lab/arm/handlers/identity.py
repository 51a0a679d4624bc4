# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The endpoints of a managed identity, as a virtual machine and an App Service have them. In life both are plain HTTP on an address of
# the machine's own; here they are the simulator's, over TLS.

from __future__ import annotations

import time
from typing import ClassVar

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.routing import Call, Reply, Route
from tests.lab.arm.tokens import LIFETIME_S
from tests.lab.config import IDENTITY_HEADER


class MachineError(ArmError):
    """A refusal by IMDS, in OAuth's shape."""

    code: ClassVar[str] = "invalid_request"

    def body(self) -> dict[str, object]:
        return {"error": self.code, "error_description": self.message}


class AppServiceError(ArmError):
    """A refusal by App Service, in the shape that MSAL reads."""

    code: ClassVar[str] = "BadRequest"

    def body(self) -> dict[str, object]:
        return {"statusCode": self.status, "message": self.message}


class WrongHeaderError(AppServiceError):
    """A missing X-IDENTITY-HEADER, or one that is not from this process' environment."""

    status = 401

    def __init__(self) -> None:
        super().__init__("The X-IDENTITY-HEADER is missing or not valid.")


def machine_token(call: Call) -> Reply:
    """IMDS: a token for the resource in the query."""
    if call.headers.get("Metadata", "").lower() != "true":
        raise MachineError("Required metadata header not specified")
    if not _has_identity(call):
        raise MachineError("Identity not found")
    return _token(call)


def app_service_token(call: Call) -> Reply:
    """App Service's IDENTITY_ENDPOINT."""
    if call.headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
        raise WrongHeaderError
    if not _has_identity(call):
        raise AppServiceError("No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
    return _token(call)


def _has_identity(call: Call) -> bool:
    """Whether the machine has the requested identity: the principal's, or any if the query names none."""
    asked = call.query.get("client_id") or call.query.get("object_id")
    return asked is None or asked.lower() == call.state.principal.client_id.lower()


def _token(call: Call) -> Reply:
    principal, resource = call.state.principal, call.query.get("resource", "")
    access = call.tokens.issue(audience=resource, issuer=f"{call.base_url}/{principal.tenant_id}/")
    now = int(time.time())
    return Reply(
        body={
            "access_token": access,
            "client_id": principal.client_id,
            "expires_in": str(LIFETIME_S),
            "expires_on": str(now + LIFETIME_S),
            "ext_expires_in": str(LIFETIME_S),
            "not_before": str(now),
            "resource": resource,
            "token_type": "Bearer",
        }
    )


ROUTES = (
    Route("GET", "/metadata/identity/oauth2/token", machine_token, public=True),
    Route("GET", "/msi/token", app_service_token, public=True),
)
