# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sends one attempt of a request, with the task's proxies, certificate authorities and time limit."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._clock import Clock, Deadline
from .._errors import InvalidInputError
from .limits import CONNECT_SECONDS, SILENT_SECONDS, OutOfTimeError, OverdueError, attempt_seconds, within
from .pace import drop_unreadable_pauses

try:
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import ServiceResponseTimeoutError
    from azure.core.pipeline.transport import RequestsTransport
    from requests import PreparedRequest, Response, Session
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
except ImportError:  # the entry point reports what is missing
    pass
else:

    class _TrustingAdapter(HTTPAdapter):
        """Verifies servers with an existing TLS context; requests would read all authorities again for each connection."""

        def __init__(self, context: ssl.SSLContext) -> None:
            self._context = context
            super().__init__()

        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=self._context, **options)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            to_the_proxy = {"proxy_ssl_context": self._context} if proxy.lower().startswith("https:") else {}
            # With urllib3's defaults a proxy waits for more data: 40 ms for each request with a body, such as the token's.
            at_once = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
            return super().proxy_manager_for(proxy, ssl_context=self._context, socket_options=at_once, **to_the_proxy, **options)

        def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
            return super().send(request, *arguments, **{**options, "verify": True})

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            """Nothing to add: the context knows the authorities and asks for a certificate."""

    class _OwnSession(Session):
        """Uses the proxies of the environment, looked up once per host, and nothing else from it.

        requests would replace the token with the password of a ~/.netrc that has an entry for the host, or for any host.
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

    class BoundedTransport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it lazily, untyped
        """azure-core's transport within a task's time; sleeps by the task's clock between retries.

        A client closes its transport, so two clients can't share one.
        """

        def __init__(self, wire: Wire) -> None:
            session = _OwnSession()
            session.mount("https://", _TrustingAdapter(tls_context(wire.ca_bundle)))
            super().__init__(session=session)
            self._wire = wire
            self._request: Any = None
            self._answer: Any = None
            self._failure: CoreError | None = None

        def send(self, request: Any, **options: Any) -> Any:
            """One attempt. azure-core retries with the same request object, which is refused once the time is over."""
            again = request is self._request
            if again and self._wire.deadline.passed:
                raise OutOfTimeError(self._answer, self._failure)
            self._request, self._answer, self._failure = request, None, None
            limit = attempt_seconds(self._wire.deadline.remaining)
            options["connection_timeout"] = min(options.get("connection_timeout", limit), limit, CONNECT_SECONDS)
            options["read_timeout"] = min(options.get("read_timeout", limit), limit, SILENT_SECONDS)
            try:
                answer = within(limit, partial(super().send, request, **options))
            except (OverdueError, ServiceResponseTimeoutError) as error:
                seconds = limit if isinstance(error, OverdueError) else options["read_timeout"]
                self._failure = ServiceResponseTimeoutError(
                    f"{host_of(request.url)} did not send a complete response within {seconds:.0f} s"
                )
                raise self._failure from error
            except CoreError as error:
                self._failure = error
                raise
            drop_unreadable_pauses(answer.headers)
            self._answer = answer
            return answer

        def sleep(self, duration: float) -> None:
            """Wait before a retry, unless that would take longer than the task may."""
            if duration > self._wire.deadline.remaining:
                raise OutOfTimeError(self._answer, self._failure)
            self._wire.clock.sleep(duration)


@dataclass(frozen=True)
class Wire:
    """What all requests of a task share: its clock, its deadline, and the CA certificates (None for those that requests trusts)."""

    clock: Clock
    deadline: Deadline
    ca_bundle: str | None

    def transport(self) -> BoundedTransport:
        """A transport for one client."""
        return BoundedTransport(self)


def host_of(url: str) -> str:
    """The host and port of a URL, without a password before them."""
    return urlsplit(url).netloc.rpartition("@")[2]


@lru_cache(maxsize=8)
def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """A TLS context that trusts the authorities in a file or directory, read once per process: there are some 140 of them.

    Raises InvalidInputError.
    """
    bundle = Path(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    try:
        return ssl.create_default_context(capath=bundle) if bundle.is_dir() else ssl.create_default_context(cafile=bundle)
    except OSError as error:  # ssl.SSLError is one
        raise InvalidInputError(
            f"The CA certificates in {bundle} can't be read: {error.strerror or error}.",
            code="UnreadableFile",
            cause="REQUESTS_CA_BUNDLE is not a file of PEM certificates that the user who runs the task can read.",
            remedy="Correct REQUESTS_CA_BUNDLE, or unset it if the servers' certificates come from public authorities.",
        ) from error
