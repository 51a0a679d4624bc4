# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The list and watch of one collection, which is resumed when it is interrupted."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Callable, Tuple

from .._core.schemas.validation import FormError
from .._core.shared.mappings import Json
from .._errors import KubernetesError
from .client import WHOLE, KubeClient
from .decode import Decoder
from .failures import kubernetes_error
from .logs.streams import cut, whole_lines
from .resources import Kind

try:
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import HTTPError
except ImportError:  # the entry point reports what is missing
    pass

Event = Tuple[str, str, Json]  # the collection's name, the type of the event, and the object
_RETRY_SECONDS = 1.0
_SLACK_SECONDS = 30.0
# No response, or the response of a server that is starting, overloaded or behind its own store.
_RETRIABLE = (
    0,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_CHANGES = (b'{"type":"ADDED"', b'{"type":"MODIFIED"', b'{"type":"DELETED"')


def _everything(_item: Json) -> bool:
    return True


@dataclass(frozen=True)
class Watched:
    """A collection to mirror.

    name: the caller's name for it. kind, namespace, label_selector, field_selector: which objects belong to it; by default all of the kind.
    decoder: which fields to keep in memory. keep: which objects to keep in memory. remember: whether to keep them when they are deleted.
    known: the only object of the selection, if the caller has just read it, so that it is not read again.
    """

    name: str
    kind: Kind
    namespace: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None
    decoder: Decoder = WHOLE
    keep: Callable[[Json], bool] = _everything
    remember: bool = False
    known: Json | None = None

    @property
    def query(self) -> dict[str, str]:
        """The selectors as query parameters."""
        selectors = {"labelSelector": self.label_selector, "fieldSelector": self.field_selector}
        return {name: value for name, value in selectors.items() if value}


class Watch:
    """The list and watch of one collection, resumed when it is interrupted and listed again when its version has expired.

    trouble: the error that keeps the watch from being opened, if any.

    Args:
        client: the client of the cluster.
        watched: the collection.
        seconds: how long the server should keep the watch open.
    """

    def __init__(self, client: KubeClient, watched: Watched, seconds: int) -> None:
        self._client = client
        self.watched = watched
        self._seconds = seconds
        self._version = ""
        self._stopped = threading.Event()
        self._response: BaseHTTPResponse | None = None
        self.trouble: KubernetesError | None = None

    def begin(self) -> dict[str, Json]:
        """All objects by uid, listed unless the caller has just read them; the watch continues from there."""
        known = self.watched.known
        if known is None:
            return self.list()
        self._version = known["metadata"]["resourceVersion"]
        return {known["metadata"]["uid"]: known}

    def list(self) -> dict[str, Json]:
        """All objects by uid; the watch continues from there."""
        try:
            return self._list()
        except KubernetesError as error:
            if error.status != HTTPStatus.GONE:  # the list took so long that its version has expired
                raise
        return self._list()

    def _list(self) -> dict[str, Json]:
        items: dict[str, Json] = {}
        decoder, keep = self.watched.decoder, self.watched.keep
        for page in self._client.pages(self.watched.kind, namespace=self.watched.namespace, decoder=decoder, **self.watched.query):
            items.update({item["metadata"]["uid"]: decoder.slim(item) for item in page.items if keep(item)})
            self._version = page.version
        return items

    def follow(self, emit: Callable[[Event], None], silence: float) -> None:
        """Emit each event until stopped. Raises KubernetesError for an error that is not worth retrying.

        Args:
            emit: takes an event.
            silence: after how many seconds without data the watch is restarted, because its connection may be dead.
        """
        while not self._stopped.is_set():
            try:
                if not self._version:
                    emit((self.watched.name, "RELISTED", {"items": list(self.list().values())}))
                self._read_stream(emit, min(silence, self._seconds + _SLACK_SECONDS))
            except KubernetesError as error:
                if error.status == HTTPStatus.GONE:
                    self._version = ""
                elif error.status in _RETRIABLE:
                    self.trouble = error
                    self._stopped.wait(_RETRY_SECONDS)
                else:
                    raise

    def stop(self) -> None:
        """Make follow return, even if it is waiting for the server."""
        self._stopped.set()
        cut(self._response)

    def _read_stream(self, emit: Callable[[Event], None], silence: float) -> None:
        options = {"watch": "true", "resourceVersion": self._version, "allowWatchBookmarks": "true", "timeoutSeconds": self._seconds}
        path, query = self.watched.kind.collection(self.watched.namespace), {**options, **self.watched.query}
        response = self._response = self._client.stream(path, what=self._what, query=query, silence=silence)
        self.trouble = None
        try:
            if self._stopped.is_set():  # stop was called before there was a response to cut
                return
            for line in whole_lines(response):
                if self.watched.decoder.may_be_needed(line) or not line.startswith(_CHANGES):
                    self._handle(self.watched.decoder.event(line, self.watched.kind.shape), emit)
        except FormError as error:
            raise self._client.malformed(self._what, response, error) from error
        except (HTTPError, OSError, ValueError):
            # An interrupted stream is normal, and its last line may be incomplete: continue from the last version seen.
            self._stopped.wait(_RETRY_SECONDS)
        finally:
            self._response = None
            response.close()

    @property
    def _what(self) -> str:
        return f"Watching {self.watched.kind.plural}"

    def _handle(self, event: Json, emit: Callable[[Event], None]) -> None:
        item = event["object"]
        if event["type"] == "ERROR":
            code = item.get("code")
            raise kubernetes_error(self._what, status=code if isinstance(code, int) else 0, body=json.dumps(item))
        self._version = item["metadata"]["resourceVersion"]
        if event["type"] != "BOOKMARK":
            change = event["type"] if self.watched.keep(item) else "DELETED"
            emit((self.watched.name, change, item))
