# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Decodes only the fields of a list that are used, with msgspec, because large lists would otherwise cost too much."""

from __future__ import annotations

import gc
import json
import threading
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, Callable, Iterator, NamedTuple, Sequence, Union, get_args, get_type_hints

from .._core.schemas.kubernetes_objects import Object, Status, Versioned
from .._core.schemas.validation import require_form
from .._core.shared.mappings import Json

try:
    import msgspec
except ImportError:  # optional: without it lists are decoded in more time and memory
    msgspec = None  # type: ignore[assignment]

_ITEMS = b'"items":['
_PAGE = 500
_NONE = type(None)


class Page(NamedTuple):
    """Part of a list: objects, where the list goes on ("" at its end), and the version that it is of."""

    items: Sequence[Json]
    token: str
    version: str


class Decoder:
    """Makes objects of what the API server writes.

    shape: a TypedDict with the fields that are needed, None for all; other fields may be missing from what is made.
    marks: texts one of which is in every object that is needed, none for all objects; what has none of them may be left out.
    typed: whether to have msgspec make nothing else, which takes a fifth of the time and of the memory; by default where it is installed.
    plain_page: how many objects of a page may be made whole, where it is not; few of a kind that is large.
    """

    def __init__(self, shape: Any = None, marks: Sequence[bytes] = (), *, typed: bool | None = None, plain_page: int = _PAGE) -> None:
        self._shape = shape
        self._marks = tuple(marks)
        self.typed = shape is not None and (msgspec is not None if typed is None else typed)
        self.page_size = _PAGE if self.typed else plain_page

    @cached_property
    def _decode(self) -> Callable[[bytes], Page]:
        return _typed(self._shape, self.concerns if self._marks else None)

    def page(self, data: bytes, shape: Any = None) -> Page:
        """A page of a list, its objects held to this shape where the decoder has none. Raises ValueError where it is none."""
        with collector_paused():
            if self.typed:
                try:
                    return self._decode(data)
                except msgspec.DecodeError:  # a field is not what the shape says: nothing is lost but time
                    pass
            return self._plain(data, shape if self._shape is None else self._shape)

    def concerns(self, data: bytes) -> bool:
        """Whether an object of this text may be needed."""
        return not self._marks or any(mark in data for mark in self._marks)

    def slim(self, item: Json) -> Json:
        """An object of a page without the fields that are not needed."""
        return item if self.typed or self._shape is None else _slim(item, self._shape)

    def event(self, line: bytes, shape: Any = Object) -> Json:
        """A line of a watch, its object slim and held to the shape. Raises ValueError for half a line, FormError for another form."""
        event = decoded_object(line)
        if not isinstance(event.get("object"), dict) or not isinstance(event.get("type"), str):
            raise ValueError("no event")  # noqa: TRY004  # of a text, which is what is wrong
        known = {"ERROR": Status, "BOOKMARK": Versioned}.get(event["type"])
        require_form(event["object"], known or Versioned)
        if known is not None:
            return event
        require_form(event["object"], self._shape or shape)
        return event if self._shape is None else {"type": event["type"], "object": _slim(event["object"], self._shape)}

    def _plain(self, data: bytes, shape: Any) -> Page:
        if not self.concerns(data):
            data = data[: data.find(_ITEMS) + len(_ITEMS)] + b"]}" if _ITEMS in data else data
        page = decoded_object(data)
        if "items" not in page or not isinstance(page["items"], (list, _NONE)) or not isinstance(page.get("metadata"), (dict, _NONE)):
            raise ValueError("no list of objects")
        for item in page["items"] or () if shape is not None else ():
            require_form(item, shape)
        return _page(page.get("metadata"), page["items"])


def decoded_object(data: bytes, shape: Any = None) -> Json:
    """A JSON object. Raises ValueError where the text is none: what an API server answers always is one, and says something."""
    found = json.loads(data)
    if not isinstance(found, dict) or not found:
        raise ValueError("no object")
    if shape is not None:
        require_form(found, shape)
    return found


def decoded_item(data: bytes, shape: Any) -> Json:
    """One object of Kubernetes, held to a shape. Raises ValueError where the text is none."""
    found = decoded_object(data)
    if not _is_object(found):
        raise ValueError("no object of Kubernetes")
    require_form(found, shape)
    return found


def _page(metadata: Json | None, items: Sequence[Json] | None) -> Page:
    """A page whose objects have at least a name and a uid. Raises ValueError."""
    place = metadata or {}
    if not all(map(_is_object, items or ())):
        raise ValueError("an item that is no object of Kubernetes")
    return Page(items or (), str(place.get("continue") or ""), str(place.get("resourceVersion") or ""))


def _is_object(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not isinstance(metadata.get("uid"), str):
        return False
    return all(isinstance(item.get(part) or {}, dict) for part in ("spec", "status"))


def _typed(shape: Any, concerns: Callable[[bytes], bool] | None) -> Callable[[bytes], Page]:
    """A function that has msgspec make a page; with concerns, of the objects only that it says yes to."""
    items: Any = list[shape] if concerns is None else list[msgspec.Raw]
    fields: list[Any] = [("items", Union[items, None]), ("metadata", dict[str, Any], {})]
    pages: Any = msgspec.json.Decoder(msgspec.defstruct("ListPage", fields))
    one = msgspec.json.Decoder(shape)

    def decode(data: bytes) -> Page:
        page = pages.decode(data)
        if concerns is None:
            return _page(page.metadata, page.items)
        return _page(page.metadata, [one.decode(text) for text in page.items or () if concerns(bytes(text))])

    return decode


class _Pause:
    """How many decoders want Python's collector to rest."""

    lock = threading.Lock()
    wanted = 0
    was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a growing tree again and again: decoded JSON has no cycles that it could find."""
    with _Pause.lock:
        if _Pause.wanted == 0:
            _Pause.was_on = gc.isenabled()
            gc.disable()
        _Pause.wanted += 1
    try:
        yield
    finally:
        with _Pause.lock:
            _Pause.wanted -= 1
            if _Pause.wanted == 0 and _Pause.was_on:
                gc.enable()


@lru_cache(maxsize=64)
def _fields(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape)


def _slim(value: Any, shape: Any) -> Any:
    """A value with those fields only that its shape names."""
    if isinstance(value, dict) and hasattr(shape, "__total__"):
        fields = _fields(shape)
        return {name: _slim(field, fields[name]) for name, field in value.items() if name in fields}
    arguments = get_args(shape)
    if _NONE in arguments:
        return value if value is None else _slim(value, arguments[0])
    if isinstance(value, list) and arguments:
        return [_slim(item, arguments[0]) for item in value]
    return value
