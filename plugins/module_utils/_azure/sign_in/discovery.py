# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Answers MSAL's question for the addresses of public Azure's sign-in, which are documented, without sending it.

MSAL asks Entra ID for them before each process's first token: one of the three requests of a task that changes nothing.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

try:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter
except ImportError:  # the entry point reports what is missing
    pass
else:

    class _Body(BytesIO):
        """A body that azure-core may set attributes of, as of any other."""

    class _Addresses(HTTPAdapter):
        """Answers each request itself, with the addresses that Entra ID gives for a tenant."""

        def __init__(self, tenant_url: str) -> None:
            super().__init__()
            # https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
            self._document = {
                "issuer": f"{tenant_url}/v2.0",
                "authorization_endpoint": f"{tenant_url}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tenant_url}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{tenant_url}/oauth2/v2.0/devicecode",
            }

        def send(self, request: PreparedRequest, *_arguments: Any, **_options: Any) -> Response:
            response = Response()
            response.request, response.url = request, str(request.url)
            response.status_code, response.headers["Content-Type"] = HTTPStatus.OK, "application/json"
            response.raw = _Body(json.dumps(self._document).encode())
            return response


if TYPE_CHECKING:
    from ..transport import BoundedTransport

_PUBLIC = "https://login.microsoftonline.com"


def answer_discovery(transport: BoundedTransport, authority: str, tenant: str) -> None:
    """Have a sign-in's transport answer for a tenant of public Azure; other clouds are asked, because their addresses differ."""
    if authority == _PUBLIC:
        tenant_url = f"{authority}/{tenant}"
        transport.session.mount(f"{tenant_url}/v2.0/.well-known/openid-configuration", _Addresses(tenant_url))
