# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A client whose API server is a dump: the same requests get the same responses, so that everything above it reads files as a cluster."""

from __future__ import annotations

import io
import json
import math
import re
from itertools import islice
from typing import Any, Iterator, Mapping, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from ..._clock import Deadline, SystemClock
from ..._core.scheduling.selectors import matches_selector
from ..._core.shared.mappings import Json
from ..._writes import Writes
from ..client import KubeClient
from .dump import Dump
from .kinds import BY_PLURAL

try:
    from urllib3 import BaseHTTPResponse, HTTPResponse
except ImportError:  # the entry point reports what is missing
    pass

_PATH = re.compile(r"/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?P<log>/log)?")
# The API server knows fields by other names than the objects have; pkg/registry/core/event/strategy.go.
_FIELDS = {"source": ("source", "component")}
_TERM = re.compile(r"(?P<field>[^!=]+)(?P<sign>!?=)(?P<value>.*)")


class _Asked(NamedTuple):
    """What a request asks for."""

    namespace: str
    plural: str
    name: str
    log: str
    query: Mapping[str, str]


class DumpClient(KubeClient):
    """A KubeClient of a dump. It answers requests for lists, single objects and logs, and refuses all others.

    Args:
        dump: What was read.
        name: What stands for the server in messages.
    """

    def __init__(self, dump: Dump, name: str) -> None:
        self.dump = dump
        self.deadline = Deadline(SystemClock(), math.inf)
        self.server = name
        self._writes = Writes()

    def close(self) -> None:
        """There is no connection."""

    def _request(self, method: str, path: str, *_unused: Any) -> BaseHTTPResponse:
        parts = urlsplit(path)
        match = _PATH.fullmatch(parts.path)
        if method != "GET" or match is None:
            status, content = 405, _status(405, "MethodNotAllowed", "files can only be read")
        else:
            texts = {name: unquote(text) for name, text in match.groupdict(default="").items()}
            status, content = self._answer(_Asked(**texts, query=dict(parse_qsl(parts.query))))
        return HTTPResponse(io.BytesIO(content), headers={"Content-Type": "application/json"}, status=status, preload_content=False)

    def _answer(self, asked: _Asked) -> tuple[int, bytes]:
        row = BY_PLURAL.get(asked.plural)
        if row is None:
            return 404, _not_found(asked.plural)
        if not self.dump.has(row.kind) and row.names_owners:
            return 403, _status(403, "Forbidden", f"the files have no {asked.plural}")
        if not (self.dump.has(row.kind) or row.assumed):
            return 404, _not_found(asked.plural)
        if asked.log:
            return self._log(asked)
        if asked.name:
            found = self.dump.objects.get(asked.plural, {}).get((asked.namespace, asked.name))
            return (404, _not_found(asked.name)) if found is None else (200, found)
        return 200, _page(list(self.dump.of(row.kind)), asked)

    def _log(self, asked: _Asked) -> tuple[int, bytes]:
        container = asked.query.get("container", "")
        places = ((asked.namespace, asked.name, container), ("", asked.name, container))
        lines = next((self.dump.logs[place] for place in places if place in self.dump.logs), None)
        if lines is None or "previous" in asked.query:
            return 404, _not_found(f"log of {asked.name}")
        return 200, "\n".join(lines).encode()


def _page(items: list[bytes], asked: _Asked) -> bytes:
    """A page of a list. The token is the position of the first object that was not looked at."""
    begin, limit = int(asked.query.get("continue", 0)), int(asked.query.get("limit", len(items)))
    chosen = list(islice(_selected(items, begin, asked), limit))
    after = chosen[-1][0] + 1 if len(chosen) == limit and chosen else len(items)
    metadata = {"resourceVersion": "1", **({"continue": str(after)} if after < len(items) else {})}
    return b'{"metadata":%s,"items":[%s]}' % (json.dumps(metadata).encode(), b",".join(data for _position, data in chosen))


def _selected(items: list[bytes], begin: int, asked: _Asked) -> Iterator[tuple[int, bytes]]:
    labels = asked.query.get("labelSelector", "")
    terms = list(filter(None, map(_TERM.fullmatch, asked.query.get("fieldSelector", "").split(","))))
    words = _words(asked.namespace, terms)
    for position in range(begin, len(items)):
        data = items[position]
        if all(word in data for word in words) and _matches(data, asked.namespace, labels, terms):
            yield position, data


def _words(namespace: str, terms: list[re.Match[str]]) -> list[bytes]:
    """What occurs in every object that is selected; only objects with all of it are decoded."""
    values = [namespace, *(term["value"] for term in terms if term["sign"] == "=")]
    return [json.dumps(value).encode() for value in values if value]


def _matches(data: bytes, namespace: str, labels: str, terms: list[re.Match[str]]) -> bool:
    if not (namespace or labels or terms):
        return True
    item: Json = json.loads(data)
    metadata = item["metadata"]
    if namespace and metadata.get("namespace") != namespace:
        return False
    return matches_selector(metadata.get("labels") or {}, labels) and all(_has_field(item, term) for term in terms)


def _has_field(item: Json, term: re.Match[str]) -> bool:
    found: Any = item
    for name in _FIELDS.get(term["field"], term["field"].split(".")):
        found = found.get(name) if isinstance(found, dict) else None
    return (str(found or "") == term["value"]) is (term["sign"] == "=")


def _not_found(name: str) -> bytes:
    return _status(404, "NotFound", f"the files have no {name}")


def _status(code: int, reason: str, message: str) -> bytes:
    return json.dumps({"kind": "Status", "code": code, "reason": reason, "message": message}).encode()
