# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The client of one API server, which every operation on Kubernetes uses: raw requests, with retries, within the task's deadline."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import partial
from http import HTTPStatus
from typing import Any, Callable, Iterator, Mapping, Sequence, TypeVar
from urllib.parse import urlencode

from .._clock import Deadline, SystemClock
from .._core.schemas.validation import FormError
from .._core.shared.mappings import Json
from .._core.shared.unexpected_response import is_page
from .._core.shared.url_passwords import without_password
from .._errors import KubernetesError
from .._writes import Writes
from .connection.connection import connection
from .connection.proxies import socks_proxy_problem
from .connection.settings import KubeSettings
from .decode import JSON_MEDIA_TYPE, Decoder, Page, decoded_item, decoded_object
from .failures import interrupted, is_missing, kubernetes_error, timed_out, tls_refused, unexpected_response, unreachable
from .limits import Limit
from .pace import Pace
from .resources import Kind

try:
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError, ReadTimeoutError
    from urllib3.util import Timeout
except ImportError:  # the entry point reports what is missing
    pass

T = TypeVar("T")
WHOLE = Decoder()
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"


class KubeClient:
    """Raw requests to one API server. A request that may be repeated is retried while that is useful, until the deadline.

    Objects are plain decoded JSON: building the official client's typed models takes 30 times as long, and they reject unknown fields.

    Args:
        settings: how to reach the API server.
        deadline: when the task's time is over; without one, each request has a time limit of its own.
        writes: records that something was changed.
    """

    def __init__(self, settings: KubeSettings, deadline: Deadline | None = None, writes: Writes | None = None) -> None:
        self.deadline = deadline or Deadline(SystemClock(), math.inf)
        self._writes = writes or Writes()
        self._connection = connection(settings, self._pace.seconds)
        self.server = without_password(self._connection.server)

    @property
    def _pace(self) -> Pace:
        return Pace(self.deadline)

    def within(self, seconds: float) -> KubeClient:
        """The same client with a deadline this many seconds from now, or the task's if that is sooner."""
        limited = copy(self)
        limited.deadline = self.deadline.within(seconds)
        return limited

    @contextmanager
    def exchange(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: str = JSON_MEDIA_TYPE,
        accept: str = JSON_MEDIA_TYPE,
        silence: float = _READ_SECONDS,
        limit: Limit | None = None,
    ) -> Iterator[BaseHTTPResponse]:
        """Send one request; its response can be read in the context. Raises KubernetesError.

        Args:
            method: the HTTP method.
            path: the path of the resource.
            what: what the request does, for error messages, such as "Listing nodes".
            query: query parameters.
            body: the content, sent as JSON.
            content: the media type of the content.
            accept: the media type of the response.
            silence: for how many seconds the server may send nothing.
            limit: the time limit for the whole exchange, after which the connection is cut.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip", **({"Content-Type": content} if body is not None else {})}
        limit = limit or Limit(self._pace.seconds())
        if limit.seconds <= 0.0:
            raise timed_out(what, self.server, limit.seconds)
        timeout = Timeout(connect=min(_CONNECT_SECONDS, limit.seconds), read=min(silence, limit.seconds))
        opened, writes = ExitStack(), _is_write(method, query)
        with opened, limit, self._whole_response(what, limit, writes=writes):
            response = self._request(method, _with_query(path, query), headers, body, timeout)
            opened.push(partial(_close_after_failure, response))
            if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise self._refusal(what, response)
            if writes:
                self._writes.note()
            yield response

    @contextmanager
    def _whole_response(self, what: str, limit: Limit, *, writes: bool) -> Iterator[None]:
        """Raise KubernetesError if the connection fails in the context, or is cut by the limit. Note a write that may have been applied."""
        try:
            yield
        except HTTPError as error:
            failure = self._without_response(what, error, limit)
            if writes and failure.may_have_been_applied:
                self._writes.note()
            raise failure from error
        if limit.passed:  # a response without a length seems to end where it was cut
            raise timed_out(what, self.server, limit.seconds)

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: Any, timeout: Timeout) -> BaseHTTPResponse:
        """Send a request with credentials; its response has not been read yet."""
        response: BaseHTTPResponse = self._connection.pools.request(
            method,
            f"{self._connection.server}{path}",
            headers=self._connection.headers(headers),
            body=None if body is None else json.dumps(body).encode(),
            preload_content=False,
            retries=False,
            timeout=timeout,
        )
        return response

    def send(self, method: str, path: str, *, what: str, repeatable: bool = True, **options: Any) -> BaseHTTPResponse:
        """Send a request, with retries, and read its whole response; options are those of exchange. Raises KubernetesError.

        Args:
            method: the HTTP method.
            path: the path of the resource.
            what: what the request does, for error messages.
            repeatable: whether the request may be retried even if it may have been applied.
            options: those of exchange.
        """
        since, tries = self._pace.now, 0
        while True:
            try:
                with self.exchange(method, path, what=what, **options) as response:
                    response.read(cache_content=True)
                return response
            except KubernetesError as error:
                if (error.may_have_been_applied and not repeatable) or not self._pace.waited(error, since=since, tries=tries):
                    raise
            tries += 1

    def stream(self, path: str, *, what: str, silence: float, **options: Any) -> BaseHTTPResponse:
        """Open a response that stays open, such as a watch; options are those of exchange. Raises KubernetesError.

        Args:
            path: the path of the resource.
            what: what the request does, for error messages.
            silence: for how many seconds the server may send nothing, before and during the response.
            options: those of exchange.
        """
        with self.exchange("GET", path, what=what, silence=silence, limit=Limit(silence), **options) as response:
            return response

    def limit(self, most: float) -> Limit:
        """A time limit of this many seconds, or of the task's remaining time if that is less."""
        return Limit(self._pace.seconds(most))

    def _without_response(self, what: str, error: HTTPError, limit: Limit) -> KubernetesError:
        """The error for a request without a complete response."""
        if limit.passed or isinstance(error, ReadTimeoutError):
            return timed_out(what, self.server, limit.seconds)
        problem = socks_proxy_problem(error) or f"{type(error).__name__}: {without_password(str(error))}"
        not_sent = isinstance(error, (NewConnectionError, ConnectTimeoutError, ProxyError)) or tls_refused(problem)
        return (unreachable if not_sent else interrupted)(what, self.server, problem)

    def call(self, method: str, path: str, *, what: str, shape: Any = None, **options: Any) -> Any:
        """Send a request and decode its response, an object of this shape; options are those of send. Raises KubernetesError."""
        return self._read(self.send(method, path, what=what, **options), partial(decoded_object, shape=shape), what=what)

    def _item(self, method: str, path: str, kind: Kind, *, what: str, **options: Any) -> Json:
        """The same for a response that is a Kubernetes object of this kind."""
        return self._read(self.send(method, path, what=what, **options), partial(decoded_item, shape=kind.shape), what=what)

    def _read(self, response: BaseHTTPResponse, decode: Callable[[bytes], T], *, what: str) -> T:
        """Decode a response. Raises KubernetesError if it is not an API server's."""
        try:
            return decode(response.data)
        except (RecursionError, ValueError) as error:
            raise self._unexpected(what, response) from error

    def _refusal(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        """The error for a response with an error status. An API server never returns a web page or a redirect."""
        response.read(cache_content=True)
        if response.status < HTTPStatus.BAD_REQUEST or is_page(response.headers.get("Content-Type", "")):
            return self._unexpected(what, response)
        body, retry_after = response.data.decode(errors="replace"), response.headers.get("Retry-After", "")
        return kubernetes_error(what, status=response.status, body=body, retry_after=retry_after)

    def malformed(self, what: str, response: BaseHTTPResponse, problem: FormError) -> KubernetesError:
        """The error for a response with a field of the wrong type."""
        kind = response.headers.get("Content-Type", "")
        return unexpected_response(what, self.server, status=response.status, content_type=kind, body=b"", problem=str(problem))

    def _unexpected(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        kind = response.headers.get("Content-Type", "")
        return unexpected_response(what, self.server, status=response.status, content_type=kind, body=response.data)

    def find(self, kind: Kind, name: str, namespace: str | None = None) -> Json | None:
        """The object of this name; None if it does not exist."""
        try:
            return self._item("GET", kind.object(name, namespace), kind, what=f"Reading {kind.plural}/{name}")
        except KubernetesError as error:
            if is_missing(error):
                return None
            raise

    def pages(self, kind: Kind, *, namespace: str | None = None, decoder: Decoder = WHOLE, **query: str) -> Iterator[Page]:
        """A consistent list of a kind, page by page.

        Args:
            kind: the kind to list.
            namespace: the namespace to list; all by default.
            decoder: which fields of the objects to keep.
            query: labelSelector and fieldSelector.
        """
        token: str | None = None
        while True:
            parameters = {
                "limit": decoder.page_size,
                **{name: value for name, value in query.items() if value},
                **({"continue": token} if token else {}),
            }
            what = f"Listing {kind.plural}"
            response = self.send("GET", kind.collection(namespace), what=what, query=parameters, accept=decoder.accept)
            page = self._read(response, partial(decoder.page, shape=kind.shape), what=what)
            yield page
            token = page.token
            if token is None:
                return

    def list(self, kind: Kind, *, namespace: str | None = None, decoder: Decoder = WHOLE, **query: str) -> list[Json]:
        """All objects of a kind; arguments are those of pages."""
        return [item for page in self.pages(kind, namespace=namespace, decoder=decoder, **query) for item in page.items]

    def create(self, kind: Kind, manifest: Json, *, dry_run: bool = False) -> Json:
        """Create an object, or with dry_run return what would be created.

        If the response is lost, the object is read: one that matches the manifest is taken for the one created by this request.
        """
        metadata = manifest["metadata"]
        query = {"fieldValidation": "Strict", **_dry_run(dry_run)}
        path, what = kind.collection(metadata.get("namespace")), f"Creating {kind.plural}/{metadata['name']}"
        since, tries = self._pace.now, 0
        while True:
            try:
                return self._item("POST", path, kind, what=what, query=query, body=manifest, repeatable=dry_run)
            except KubernetesError as error:
                if dry_run or not error.may_have_been_applied:
                    raise
                found = self.find(kind, metadata["name"], metadata.get("namespace"))
                if found is not None and _includes(found, manifest):
                    return found
                if found is not None or not self._pace.waited(error, since=since, tries=tries):
                    raise
            tries += 1

    def apply(self, kind: Kind, manifest: Json, *, manager: str, force: bool = False, dry_run: bool = False) -> Json:
        """Server-side apply: set the manifest's fields, which the manager then owns.

        Raises KubernetesError, with status 409 if another manager owns one of the fields.

        Args:
            kind: the kind of the object.
            manifest: the fields to set.
            manager: the field manager.
            force: whether to take over fields that other managers own.
            dry_run: whether only to return what the object would be.
        """
        metadata = manifest["metadata"]
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower(), **_dry_run(dry_run)}
        path = kind.object(metadata["name"], metadata.get("namespace"))
        return self._item(
            "PATCH", path, kind, what=f"Applying {kind.plural}/{metadata['name']}", query=query, body=manifest, content=_APPLY
        )

    def replace(self, kind: Kind, manifest: Json, *, manager: str, dry_run: bool = False) -> Json:
        """Replace the live object by this manifest."""
        metadata = manifest["metadata"]
        path = kind.object(metadata["name"], metadata.get("namespace"))
        query = {"fieldManager": manager, **_dry_run(dry_run)}
        return self._item("PUT", path, kind, what=f"Replacing {kind.plural}/{metadata['name']}", query=query, body=manifest)

    def json_patch(self, kind: Kind, live: Json, patch: Sequence[Json]) -> None:
        """Patch an object with JSON Patch (RFC 6902)."""
        metadata = live["metadata"]
        path = kind.object(metadata["name"], metadata.get("namespace"))
        self.call("PATCH", path, what=f"Patching {kind.plural}/{metadata['name']}", body=patch, content=_JSON_PATCH)

    def delete(
        self,
        kind: Kind,
        name: str,
        namespace: str | None = None,
        *,
        uid: str | None = None,
        version: str | None = None,
        dry_run: bool = False,
    ) -> None:
        """Delete an object, if it exists, and in the background what it owns.

        Args:
            kind: the kind of the object.
            name: its name.
            namespace: its namespace, if the kind has namespaces.
            uid: the uid that it must have, so that a newer object of the same name is kept.
            version: the resourceVersion that it must have, so that one that others have changed is kept: KubernetesError with status 409.
            dry_run: whether only to check the request.
        """
        asked = {name: value for name, value in {"uid": uid, "resourceVersion": version}.items() if value}
        options = {"propagationPolicy": "Background", **({"preconditions": asked} if asked else {})}
        try:
            path = kind.object(name, namespace)
            self.call("DELETE", path, what=f"Deleting {kind.plural}/{name}", query=_dry_run(dry_run), body=options)
        except KubernetesError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def delete_all(self, kind: Kind, namespace: str, **query: str) -> None:
        """Delete the selected objects of a namespace, and in the background what they own; query is labelSelector or fieldSelector."""
        what, options = f"Deleting {kind.plural}", {"propagationPolicy": "Background"}
        self.call("DELETE", kind.collection(namespace), what=what, query=query, body=options)

    def until(self, deadline: Deadline) -> KubeClient:
        """The same client with another deadline, such as one for the cleanup after the task's has passed."""
        limited = copy(self)
        limited.deadline = deadline
        return limited

    def close(self) -> None:
        """Close all connections, also those that are in use when they are given back. PoolManager.clear would only forget them."""
        managed = self._connection.pools.pools
        for pool in map(managed.__getitem__, managed.keys()):
            pool.close()


def _close_after_failure(response: BaseHTTPResponse, kind: type[BaseException] | None, *_unused: object) -> None:
    """Close the connection of a response that is not read to its end."""
    if kind is not None:
        response.close()


def _is_write(method: str, query: Mapping[str, Any] | None) -> bool:
    return method != "GET" and "dryRun" not in (query or {})


def _with_query(path: str, query: Mapping[str, Any] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _includes(live: Any, wanted: Any) -> bool:
    """Whether a live object has all fields of a manifest; the API server adds defaults."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(name in live and _includes(live[name], value) for name, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return isinstance(live, list) and len(live) == len(wanted) and all(map(_includes, live, wanted))
    return bool(live == wanted)


def _dry_run(asked: bool) -> dict[str, str]:
    return {"dryRun": "All"} if asked else {}
