# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import importlib
import os
import socket
import ssl
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._clock import Clock
from .._errors import InvalidInputError

try:
    from azure.core.pipeline.transport import RequestsTransport
    from requests import PreparedRequest, Response, Session
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
except ImportError:  # the door reports what is missing
    pass
else:

    class _TrustingAdapter(HTTPAdapter):
        """Verifies servers by a TLS context that is there already; requests would read all authorities anew for each connection."""

        def __init__(self, context: ssl.SSLContext) -> None:
            self._context = context
            super().__init__()

        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=self._context, **options)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            to_the_proxy = {"proxy_ssl_context": self._context} if proxy.lower().startswith("https:") else {}
            # urllib3 has a proxy wait for the rest of a packet: 40 ms for each request with a body, the token's above all.
            at_once = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
            return super().proxy_manager_for(proxy, ssl_context=self._context, socket_options=at_once, **to_the_proxy, **options)

        def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
            return super().send(request, *arguments, **{**options, "verify": True})

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            """Nothing to add: the context knows the authorities and asks for a certificate."""

    class _OwnSession(Session):
        """Takes the proxies of the environment, looked up once a host, and nothing else of it.

        requests would put the password of a ~/.netrc that has an entry for the host, or for any host, in the place of the token.
        """

        def __init__(self) -> None:
            super().__init__()
            self.trust_env = False
            self._proxies_of: dict[str, dict[str, str]] = {}

        def merge_environment_settings(self, url: Any, proxies: Any, *settings: Any) -> Any:
            host = urlsplit(url).netloc
            if host not in self._proxies_of:
                self._proxies_of[host] = dict(get_environ_proxies(url))
            return super().merge_environment_settings(url, {**self._proxies_of[host], **(proxies or {})}, *settings)

    class VerifyingTransport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it lazily, untyped
        """azure-core's transport, with the authorities of a bundle ("" for requests' own). A client closes its own; two can't share one."""

        def __init__(self, *, ca_bundle: str) -> None:
            session = _OwnSession()
            session.mount("https://", _TrustingAdapter(_context(ca_bundle)))
            super().__init__(session=session)

    class ClockedTransport(VerifyingTransport):
        """Sleeps by our clock wherever the SDK would sleep: between retries."""

        def __init__(self, clock: Clock, *, ca_bundle: str) -> None:
            super().__init__(ca_bundle=ca_bundle)
            self._clock = clock

        def sleep(self, duration: float) -> None:
            self._clock.sleep(duration)


@cache
def _context(ca_bundle: str) -> ssl.SSLContext:
    """A TLS context that trusts the authorities in a file or directory. Raises InvalidInputError."""
    bundle = Path(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    try:
        return ssl.create_default_context(capath=bundle) if bundle.is_dir() else ssl.create_default_context(cafile=bundle)
    except OSError as error:  # ssl.SSLError is one
        raise InvalidInputError(
            f"The CA certificates in {bundle} can't be read: {error.strerror or error}.",
            code="UnreadableFile",
            cause="REQUESTS_CA_BUNDLE names no file of PEM certificates that the user who runs the task may read.",
            remedy="Correct REQUESTS_CA_BUNDLE, or unset it where the servers' certificates are of public authorities.",
        ) from error


# With the import, so that workers which Ansible forks have it already: to read 140 authorities takes as long as all else that a task does,
# and these would be imported with the first request.
with suppress(InvalidInputError, NameError):
    _context(os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE", ""))
for _late in ("azure.core.rest._requests_basic", "encodings.utf_8_sig", "msal_extensions"):
    with suppress(ImportError):
        importlib.import_module(_late)
