# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the objects in JSON text, one after the other: a dump can be larger than the memory.

Python's own decoder reads the values. What is here only finds where the next one begins, so that the items of a list are never decoded
together. The library ijson does the same, and with its C extension in about the same time, which is not worth a dependency.
"""

from __future__ import annotations

import json
import re
from typing import IO, Any, Iterator

from ..._core.shared.mappings import Json
from .broken import BrokenTextError

_CHUNK = 1 << 20
_LONGEST = 4 << 20  # of a value, whose decoded form may take 25 times as much; an object in etcd has at most 1.5 MiB
_TOKEN = 16  # the longest thing that is decoded as one, other than a string
_SPACE = re.compile("[ \t\r\n\ufeff\0]*")


class JsonText:
    """JSON text that is read in chunks."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._buffer = ""
        self._at = 0
        self._dropped = 0
        self._ended = False

    def next(self) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._at = space.end() if space is not None else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._filled():
                return ""

    def peek(self, length: int) -> str:
        """The text that comes next, without the white space before it."""
        self.next()
        while len(self._buffer) - self._at < length and self._filled():
            pass
        return self._buffer[self._at : self._at + length]

    def line(self) -> str:
        """The rest of the line, with its end; a part of it if it is longer than any that matters; "" at the end."""
        while (end := self._buffer.find("\n", self._at) + 1) == 0:
            if len(self._buffer) - self._at >= _CHUNK or not self._filled():
                end = len(self._buffer)
                break
        line, self._at = self._buffer[self._at : end], end
        return line

    def lines(self) -> Iterator[str]:
        """The lines that are left."""
        while line := self.line():
            yield line

    def take(self, *expected: str) -> str:
        """Go past the next character, which has to be one of these. Raises BrokenTextError."""
        found = self.next()
        if found not in expected or not found:
            raise self._broken(f"{found!r} where {' or '.join(expected)} should be" if found else "the text ends")
        self._at += 1
        return found

    def value(self) -> Any:
        """Decode the next value. Raises BrokenTextError."""
        self.next()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except RecursionError as error:
                raise self._broken("it is nested too deeply") from error
            except json.JSONDecodeError as error:
                if self._may_be_cut(error) and len(self._buffer) - self._at >= _LONGEST:
                    raise self._broken(f"there is an object of more than {_LONGEST >> 20} MiB") from error
                if not self._may_be_cut(error) or not self._filled():
                    raise self._broken(f"it is not valid JSON ({error.msg})") from error
                continue
            if end < len(self._buffer) or not self._filled():
                self._at = end
                return value

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the value may only need more of the text."""
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._buffer) - _TOKEN

    def _filled(self) -> bool:
        """Read on; False at the end. The chunks grow with a value that is larger than one."""
        kept = self._buffer[self._at :]
        self._dropped += self._at
        more = "" if self._ended else self._text.read(min(max(_CHUNK, len(kept)), _LONGEST))
        self._ended = not more
        self._buffer, self._at = kept + more, 0
        return bool(more)

    def _broken(self, problem: str) -> BrokenTextError:
        return BrokenTextError(f"{problem} at character {self._dropped + self._at}")


# What the objects of a list are called: by Kubernetes, and by the results of kubernetes.core.k8s_info.
_LISTS = ("items", "resources")


def json_object(text: JsonText) -> Iterator[Json]:
    """The items of the next object if it is a list, or else the object itself. Raises BrokenTextError.

    An item that does not name its kind gets it from the list, which names it before its items.
    """
    if text.next() == "[":
        yield from _items(text, {})
        return
    text.take("{")
    fields: dict[str, Any] = {}
    listed = False
    while text.next() != "}":
        name = text.value()
        text.take(":")
        if name in _LISTS and text.next() == "[":
            listed = True
            yield from _items(text, fields)
        else:
            fields[str(name)] = text.value()
        if text.next() != "}":
            text.take(",")
    text.take("}")
    if listed:
        yield {"apiVersion": fields.get("apiVersion"), "kind": str(fields.get("kind") or "List"), "items": []}
    else:
        yield fields


def _items(text: JsonText, fields: Json) -> Iterator[Json]:
    kind = str(fields.get("kind") or "").removesuffix("List")
    text.take("[")
    while text.next() != "]":
        item = text.value()
        if isinstance(item, dict):
            yield item if item.get("kind") or not kind else {**item, "kind": kind, "apiVersion": fields.get("apiVersion")}
        if text.next() != "]":
            text.take(",")
    text.take("]")
