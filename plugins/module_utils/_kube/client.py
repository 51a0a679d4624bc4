# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Callable, Iterator, Mapping, Sequence, TypeVar
from urllib.parse import urlencode

from .._errors import KubernetesError
from .._gpu.foreign_answer import is_page
from .connection import configuration
from .decode import Decoder, Page
from .failures import foreign_answer, kubernetes_error, unreachable
from .resources import Kind
from .settings import KubeSettings

try:
    from kubernetes.client import ApiClient
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import HTTPError
    from urllib3.util import Retry, Timeout
except ImportError:  # the door reports what is missing
    pass

Json = Mapping[str, Any]
T = TypeVar("T")
WHOLE = Decoder()
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"


class KubeClient:
    """Raw requests to one API server; authentication and TLS come from the official client's configuration.

    Objects are plain decoded JSON: the official client's typed models cost 30 times as much to make and reject what they don't know.
    """

    def __init__(self, settings: KubeSettings) -> None:
        self._configuration = configuration(settings)
        self._api = ApiClient(self._configuration)
        self.server = str(self._configuration.host)

    def send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: str = _JSON,
        accept: str = _JSON,
        read_timeout: float = _READ_SECONDS,
    ) -> BaseHTTPResponse:
        """One request, its answer not yet read. what says what is done, for the error. Raises KubernetesError."""
        headers = {"Accept": accept, "Accept-Encoding": "gzip", **({"Content-Type": content} if body is not None else {})}
        # Asked for each request, because a token of an exec plugin or of a cloud expires and is then renewed.
        bearer = self._configuration.auth_settings().get("BearerToken")
        if bearer:
            headers["Authorization"] = str(bearer["value"])
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            response: BaseHTTPResponse = self._api.rest_client.pool_manager.request(
                method,
                url,
                headers=headers,
                body=None if body is None else json.dumps(body).encode(),
                preload_content=False,
                retries=Retry(connect=2, read=0, redirect=0, status=0, other=0, backoff_factor=0.2),
                timeout=Timeout(connect=_CONNECT_SECONDS, read=read_timeout),
            )
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise self._refusal(what, response)
        except HTTPError as error:
            raise unreachable(what, self.server, str(error)) from error
        return response

    def call(self, method: str, path: str, *, what: str, **options: Any) -> Any:
        """One request and its decoded answer; options are those of send. Raises KubernetesError."""
        return self._read(self.send(method, path, what=what, **options), json.loads, what=what)

    def _read(self, response: BaseHTTPResponse, decode: Callable[[bytes], T], *, what: str) -> T:
        """What an answer says. Raises KubernetesError for one that breaks off, and for one that is no API server's."""
        try:
            return decode(response.data)
        except HTTPError as error:
            raise unreachable(what, self.server, str(error)) from error
        except ValueError as error:
            raise self._foreign(what, response) from error

    def _refusal(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        """The error for a status that tells of one. An API server's text may be plain, but it is never a page."""
        if is_page(response.headers.get("Content-Type", "")):
            return self._foreign(what, response)
        return kubernetes_error(what, status=response.status, body=response.data.decode(errors="replace"))

    def _foreign(self, what: str, response: BaseHTTPResponse) -> KubernetesError:
        kind = response.headers.get("Content-Type", "")
        return foreign_answer(what, self.server, status=response.status, content_type=kind, body=response.data)

    def find(self, kind: Kind, name: str, namespace: str = "") -> Json | None:
        """The object of this name, None where there is none."""
        try:
            found: Json = self.call("GET", kind.object(name, namespace), what=f"Reading {kind.plural}/{name}")
        except KubernetesError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found

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
            page = self._read(response, decoder.page, what=what)
            yield page
            token = page.token
            if not token:
                return

    def list(self, kind: Kind, *, namespace: str = "", decoder: Decoder = WHOLE, **query: str) -> list[Json]:
        """All objects of a kind."""
        return [item for page in self.pages(kind, namespace=namespace, decoder=decoder, **query) for item in page.items]

    def create(self, kind: Kind, manifest: Json, *, dry_run: bool = False) -> Json:
        """Create an object; with dry_run the server only says what it would be."""
        metadata = manifest["metadata"]
        query = {"fieldValidation": "Strict", **_dry_run(dry_run)}
        path = kind.collection(metadata.get("namespace", ""))
        created: Json = self.call("POST", path, what=f"Creating {kind.plural}/{metadata['name']}", query=query, body=manifest)
        return created

    def apply(self, kind: Kind, manifest: Json, *, manager: str, force: bool = False, dry_run: bool = False) -> Json:
        """Server-side apply: the object gets the manifest's fields, which then belong to the manager.

        Raises KubernetesError, with status 409 where other managers own a field and force is off.
        """
        metadata = manifest["metadata"]
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower(), **_dry_run(dry_run)}
        path = kind.object(metadata["name"], metadata.get("namespace", ""))
        applied: Json = self.call(
            "PATCH", path, what=f"Applying {kind.plural}/{metadata['name']}", query=query, body=manifest, content=_APPLY
        )
        return applied

    def replace(self, kind: Kind, manifest: Json, *, manager: str, dry_run: bool = False) -> Json:
        """Put a whole object in the place of the live one."""
        metadata = manifest["metadata"]
        path = kind.object(metadata["name"], metadata.get("namespace", ""))
        query = {"fieldManager": manager, **_dry_run(dry_run)}
        replaced: Json = self.call("PUT", path, what=f"Replacing {kind.plural}/{metadata['name']}", query=query, body=manifest)
        return replaced

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
        self._api.rest_client.pool_manager.clear()


def _dry_run(asked: bool) -> dict[str, str]:
    return {"dryRun": "All"} if asked else {}
