# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The list and watch of one collection, resumed wherever it breaks off."""

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

Event = Tuple[str, str, Json]  # the collection's name, what happened, and to which object
_RETRY_SECONDS = 1.0
_SLACK_SECONDS = 30.0
# No answer, or one that the server gives while it starts, is overloaded or has not caught up with its own store.
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
    """Which objects to mirror, under a name of the caller's. Selectors are Kubernetes' own texts, "" for all.

    Of a large collection, the decoder says which fields, and keep which objects, are worth their memory.
    known is the one object that the selection holds, where the caller has just read it: then it isn't read again.
    """

    name: str
    kind: Kind
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""
    decoder: Decoder = WHOLE
    keep: Callable[[Json], bool] = _everything
    known: Json | None = None

    @property
    def query(self) -> dict[str, str]:
        """The selection as query parameters."""
        selectors = {"labelSelector": self.label_selector, "fieldSelector": self.field_selector}
        return {name: value for name, value in selectors.items() if value}


class Watch:
    """One collection's list-and-watch, resumed wherever it breaks off and listed anew when its place is lost."""

    def __init__(self, client: KubeClient, watched: Watched, seconds: int) -> None:
        self._client = client
        self.watched = watched
        self._seconds = seconds
        self._version = ""
        self._stopped = threading.Event()
        self._response: BaseHTTPResponse | None = None
        self.trouble: KubernetesError | None = None

    def begin(self) -> dict[str, Json]:
        """All objects by uid, read unless the caller has just done that; the watch will go on from here."""
        known = self.watched.known
        if known is None:
            return self.list()
        self._version = known["metadata"]["resourceVersion"]
        return {known["metadata"]["uid"]: known}

    def list(self) -> dict[str, Json]:
        """All objects by uid; the watch will go on from here."""
        try:
            return self._list()
        except KubernetesError as error:
            if error.status != HTTPStatus.GONE:  # the list took so long that its moment has been forgotten
                raise
        return self._list()

    def _list(self) -> dict[str, Json]:
        items: dict[str, Json] = {}
        decoder, keep = self.watched.decoder, self.watched.keep
        for page in self._client.pages(self.watched.kind, namespace=self.watched.namespace, decoder=decoder, **self.watched.query):
            items.update({item["metadata"]["uid"]: decoder.slim(item) for item in page.items if keep(item)})
            self._version = page.version
        return items

    def follow(self, tell: Callable[[Event], None], silence: float) -> None:
        """Tell every change until stopped. Raises KubernetesError where trying again can't mend it.

        silence: after so many seconds without a word of the server the watch is begun anew, because its connection may be dead.
        `trouble` is what keeps it from being begun.
        """
        while not self._stopped.is_set():
            try:
                if not self._version:
                    tell((self.watched.name, "RELISTED", {"items": list(self.list().values())}))
                self._read_stream(tell, min(silence, self._seconds + _SLACK_SECONDS))
            except KubernetesError as error:
                if error.status == HTTPStatus.GONE:
                    self._version = ""
                elif error.status in _RETRIABLE:
                    self.trouble = error
                    self._stopped.wait(_RETRY_SECONDS)
                else:
                    raise

    def stop(self) -> None:
        """End the thread, also when it is waiting for the server."""
        self._stopped.set()
        cut(self._response)

    def _read_stream(self, tell: Callable[[Event], None], silence: float) -> None:
        place = {"watch": "true", "resourceVersion": self._version, "allowWatchBookmarks": "true", "timeoutSeconds": self._seconds}
        path, query = self.watched.kind.collection(self.watched.namespace), {**place, **self.watched.query}
        response = self._response = self._client.stream(path, what=self._what, query=query, silence=silence)
        self.trouble = None
        try:
            if self._stopped.is_set():  # before there was a response to shut down
                return
            for line in whole_lines(response):
                if self.watched.decoder.concerns(line) or not line.startswith(_CHANGES):
                    self._take_event(self.watched.decoder.event(line, self.watched.kind.shape), tell)
        except FormError as error:
            raise self._client.misfit(self._what, response, error) from error
        except (HTTPError, OSError, ValueError):
            # A cut stream is normal: go on from the last version seen. What is cut in the middle of a line can't be decoded.
            self._stopped.wait(_RETRY_SECONDS)
        finally:
            self._response = None
            response.close()

    @property
    def _what(self) -> str:
        return f"Watching {self.watched.kind.plural}"

    def _take_event(self, event: Json, tell: Callable[[Event], None]) -> None:
        item = event["object"]
        if event["type"] == "ERROR":
            code = item.get("code")
            raise kubernetes_error(self._what, status=code if isinstance(code, int) else 0, body=json.dumps(item))
        self._version = item["metadata"]["resourceVersion"]
        if event["type"] != "BOOKMARK":
            change = event["type"] if self.watched.keep(item) else "DELETED"
            tell((self.watched.name, change, item))
