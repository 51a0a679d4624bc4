# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sends raw requests to one API server, again where that can help, within the task's deadline.

Every operation that talks to Kubernetes uses a KubeClient.
"""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
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
from .decode import Decoder, Page, decoded_item, decoded_object
from .failures import broken_off, foreign_answer, kubernetes_error, tls_refused, too_slow, unreachable
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
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"


class KubeClient:
    """Raw requests to one API server. What may be sent twice is sent again while trying again may help, within the deadline.

    Objects are plain decoded JSON: the official client's typed models cost 30 times as much to make and reject what they don't know.
    deadline is the task's; without one, each request has a time of its own. writes is told of what is changed.
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
        """The same client, for requests that together have so many seconds, or what is left of the task's time."""
        hurried = copy(self)
        hurried.deadline = self.deadline.within(seconds)
        return hurried

    @contextmanager
    def exchange(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: str = _JSON,
        accept: str = _JSON,
        silence: float = _READ_SECONDS,
        limit: Limit | None = None,
    ) -> Iterator[BaseHTTPResponse]:
        """One request, whose answer can be read while the context lasts; it is cut when the limit passes. Raises KubernetesError.

        what says what is done, for the error. silence: for how many seconds the server may send nothing.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip", **({"Content-Type": content} if body is not None else {})}
        limit = limit or Limit(self._pace.seconds())
        writes = method != "GET" and "dryRun" not in (query or {})
        if limit.seconds <= 0.0:
            raise too_slow(what, self.server, limit.seconds)
        with limit:
            try:
                response: BaseHTTPResponse = self._connection.pools.request(
                    method,
                    f"{self._connection.server}{path}" + (f"?{urlencode(query)}" if query else ""),
                    headers=self._connection.headers(headers),
                    body=None if body is None else json.dumps(body).encode(),
                    preload_content=False,
                    retries=False,
                    timeout=Timeout(connect=min(_CONNECT_SECONDS, limit.seconds), read=min(silence, limit.seconds)),
                )
                if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise self._refusal(what, response)
                if writes:
                    self._writes.note()
                yield response
            except HTTPError as error:
                unanswered = self._no_answer(what, error, limit)
                if writes and unanswered.may_have_been_applied:
                    self._writes.note()
                raise unanswered from error
            if limit.passed:  # an answer of no told length seems to end where it is cut
                raise too_slow(what, self.server, limit.seconds)

    def send(self, method: str, path: str, *, what: str, repeatable: bool = True, **options: Any) -> BaseHTTPResponse:
        """One request and its whole answer; options are those of exchange. Raises KubernetesError.

        It is sent again where that may help; one that is not repeatable only where it has not been carried out for sure.
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
        """An answer that grows for as long as somebody reads it. It begins, and goes on, after so much silence at most.

        Raises KubernetesError.
        """
        with self.exchange("GET", path, what=what, silence=silence, limit=Limit(silence), **options) as response:
            return response

    def limit(self, most: float) -> Limit:
        """A limit of so many seconds, or of what is left of the task's time."""
        return Limit(self._pace.seconds(most))

    def _no_answer(self, what: str, error: HTTPError, limit: Limit) -> KubernetesError:
        if limit.passed or isinstance(error, ReadTimeoutError):
            return too_slow(what, self.server, limit.seconds)
        problem = socks_proxy_problem(error) or f"{type(error).__name__}: {without_password(str(error))}"
        nothing_sent = isinstance(error, (NewConnectionError, ConnectTimeoutError, ProxyError)) or tls_refused(problem)
        return (unreachable if nothing_sent else broken_off)(what, self.server, problem)

    def call(self, method: str, path: str, *, what: str, shape: Any = None, **options: Any) -> Any:
        """One request and its decoded answer, an object of that shape; options are those of send. Raises KubernetesError."""
        return self._read(self.send(method, path, what=what, **options), partial(decoded_object, shape=shape), what=what)

    def _item(self, method: str, path: str, kind: Kind, *, what: str, **options: Any) -> Json:
        """The same for an answer that is an object of Kubernetes."""
        return self._read(self.send(method, path, what=what, **options), partial(decoded_item, shape=kind.shape), what=what)

    def _read(self, response: BaseHTTPResponse, decode: Callable[[bytes], T], *, what: str) -> T:
        """What an answer says. Raises KubernetesError for one that is no API server's."""
        try:
            return decode(response.data)
        except (RecursionError, ValueError) as error:
            raise self._foreign(what, response) from error

    def _refusal(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        """The error for a status that tells of one. An API server's text may be plain, but it is never a page, and leads nowhere else."""
        response.read(cache_content=True)
        if response.status < HTTPStatus.BAD_REQUEST or is_page(response.headers.get("Content-Type", "")):
            return self._foreign(what, response)
        body, retry_after = response.data.decode(errors="replace"), response.headers.get("Retry-After", "")
        return kubernetes_error(what, status=response.status, body=body, retry_after=retry_after)

    def misfit(self, what: str, response: BaseHTTPResponse, problem: FormError) -> KubernetesError:
        """The error for an answer in another form than the API has."""
        kind = response.headers.get("Content-Type", "")
        return foreign_answer(what, self.server, status=response.status, content_type=kind, body=b"", problem=str(problem))

    def _foreign(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        kind = response.headers.get("Content-Type", "")
        return foreign_answer(what, self.server, status=response.status, content_type=kind, body=response.data)

    def find(self, kind: Kind, name: str, namespace: str = "") -> Json | None:
        """The object of this name, None where there is none."""
        try:
            return self._item("GET", kind.object(name, namespace), kind, what=f"Reading {kind.plural}/{name}")
        except KubernetesError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def pages(self, kind: Kind, *, namespace: str = "", decoder: Decoder = WHOLE, **query: str) -> Iterator[Page]:
        """The list of a kind, page by page, of one moment; query takes labelSelector and fieldSelector."""
        token = ""
        while True:
            asked = {
                "limit": decoder.page_size,
                **{name: value for name, value in query.items() if value},
                **({"continue": token} if token else {}),
            }
            what = f"Listing {kind.plural}"
            response = self.send("GET", kind.collection(namespace), what=what, query=asked)
            page = self._read(response, partial(decoder.page, shape=kind.shape), what=what)
            yield page
            token = page.token
            if not token:
                return

    def list(self, kind: Kind, *, namespace: str = "", decoder: Decoder = WHOLE, **query: str) -> list[Json]:
        """All objects of a kind."""
        return [item for page in self.pages(kind, namespace=namespace, decoder=decoder, **query) for item in page.items]

    def create(self, kind: Kind, manifest: Json, *, dry_run: bool = False) -> Json:
        """Create an object; with dry_run the server only says what it would be.

        Where the answer is lost it is looked for: an object that is as described is the one that was to be made.
        """
        metadata = manifest["metadata"]
        query = {"fieldValidation": "Strict", **_dry_run(dry_run)}
        path, what = kind.collection(metadata.get("namespace", "")), f"Creating {kind.plural}/{metadata['name']}"
        since, tries = self._pace.now, 0
        while True:
            try:
                return self._item("POST", path, kind, what=what, query=query, body=manifest, repeatable=dry_run)
            except KubernetesError as error:
                if dry_run or not error.may_have_been_applied:
                    raise
                found = self.find(kind, metadata["name"], metadata.get("namespace", ""))
                if found is not None and _includes(found, manifest):
                    return found
                if found is not None or not self._pace.waited(error, since=since, tries=tries):
                    raise
            tries += 1

    def apply(self, kind: Kind, manifest: Json, *, manager: str, force: bool = False, dry_run: bool = False) -> Json:
        """Server-side apply: the object gets the manifest's fields, which then belong to the manager.

        Raises KubernetesError, with status 409 where other managers own a field and force is off.
        """
        metadata = manifest["metadata"]
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower(), **_dry_run(dry_run)}
        path = kind.object(metadata["name"], metadata.get("namespace", ""))
        return self._item(
            "PATCH", path, kind, what=f"Applying {kind.plural}/{metadata['name']}", query=query, body=manifest, content=_APPLY
        )

    def replace(self, kind: Kind, manifest: Json, *, manager: str, dry_run: bool = False) -> Json:
        """Put a whole object in the place of the live one."""
        metadata = manifest["metadata"]
        path = kind.object(metadata["name"], metadata.get("namespace", ""))
        query = {"fieldManager": manager, **_dry_run(dry_run)}
        return self._item("PUT", path, kind, what=f"Replacing {kind.plural}/{metadata['name']}", query=query, body=manifest)

    def json_patch(self, kind: Kind, live: Json, patch: Sequence[Json]) -> None:
        """Patch an object by operations of RFC 6902."""
        metadata = live["metadata"]
        path = kind.object(metadata["name"], metadata.get("namespace", ""))
        self.call("PATCH", path, what=f"Patching {kind.plural}/{metadata['name']}", body=patch, content=_JSON_PATCH)

    def delete(self, kind: Kind, name: str, namespace: str = "", *, uid: str = "", dry_run: bool = False) -> None:
        """Delete an object and, in the background, what it owns; an object that is gone already is fine."""
        options = {"propagationPolicy": "Background", **({"preconditions": {"uid": uid}} if uid else {})}
        try:
            path = kind.object(name, namespace)
            self.call("DELETE", path, what=f"Deleting {kind.plural}/{name}", query=_dry_run(dry_run), body=options)
        except KubernetesError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def close(self) -> None:
        """Close the connections."""
        self._connection.pools.clear()


def _includes(live: Any, wanted: Any) -> bool:
    """Whether a live object has all that a manifest asks for; the API server adds defaults to it."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(name in live and _includes(live[name], value) for name, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return isinstance(live, list) and len(live) == len(wanted) and all(map(_includes, live, wanted))
    return bool(live == wanted)


def _dry_run(asked: bool) -> dict[str, str]:
    return {"dryRun": "All"} if asked else {}
