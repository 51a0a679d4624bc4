# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Decodes lists and watch events, if possible with msgspec and only the fields that are used, so that large lists stay cheap."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from typing import Any, Callable, NamedTuple, Sequence, Union, get_args, get_type_hints

from .._core.schemas.kubernetes_objects import Object, Status, Versioned
from .._core.schemas.validation import require_form
from .._core.shared.collector import collector_paused
from .._core.shared.mappings import Json

try:
    import msgspec
except ImportError:  # optional: without it, decoding takes more time and memory
    msgspec = None  # type: ignore[assignment]

JSON_MEDIA_TYPE = "application/json"
# https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
_METADATA_LIST = f"{JSON_MEDIA_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON_MEDIA_TYPE}"
_ITEMS = b'"items":['
_PAGE = 500
_NONE = type(None)


class Page(NamedTuple):
    """A page of a list. token: continues the list; None on the last page. version: the resourceVersion of the list."""

    items: Sequence[Json]
    token: str | None
    version: str


class Decoder:
    """Decodes objects from the API server.

    Args:
        shape: a TypedDict with the fields that are needed, None for all; other fields may be dropped.
        marks: strings one of which occurs in each object that is needed, none for all objects; other objects may be dropped.
        typed: whether to decode with msgspec, which takes a fifth of the time and memory; by default if it is installed.
        plain_page: the page size without msgspec, which decodes objects completely; small for a kind with large objects.
        accept: the media type of the lists.
    """

    def __init__(
        self,
        shape: Any = None,
        marks: Sequence[bytes] = (),
        *,
        typed: bool | None = None,
        plain_page: int = _PAGE,
        accept: str = JSON_MEDIA_TYPE,
    ) -> None:
        self._shape = shape
        self._marks = tuple(marks)
        self.accept = accept
        self.typed = shape is not None and (msgspec is not None if typed is None else typed)
        self.page_size = _PAGE if self.typed else plain_page

    @cached_property
    def _decode(self) -> Callable[[bytes], Page]:
        return _typed(self._shape, self.may_be_needed if self._marks else None)

    def page(self, data: bytes, shape: Any = None) -> Page:
        """Decode a page of a list; its objects must fit the decoder's shape, or this one if it has none. Raises ValueError."""
        with collector_paused():
            if self.typed:
                try:
                    return self._decode(data)
                except msgspec.DecodeError:  # a field does not fit the shape, which may be harmless: the plain decoder decides
                    pass
            return self._plain(data, shape if self._shape is None else self._shape)

    def may_be_needed(self, data: bytes) -> bool:
        """Whether an encoded object may be needed, by its marks."""
        return not self._marks or any(mark in data for mark in self._marks)

    def slim(self, item: Json) -> Json:
        """An object of a page with the needed fields only."""
        return item if self.typed or self._shape is None else slimmed(item, self._shape)

    def event(self, line: bytes, shape: Any = Object) -> Json:
        """Decode a watch event, with the needed fields of its object only.

        Raises ValueError for an incomplete line, and FormError for a field of the wrong type.
        """
        event = decoded_object(line)
        if not isinstance(event.get("object"), dict) or not isinstance(event.get("type"), str):
            raise ValueError("not an event")  # noqa: TRY004  # the value of the text is wrong, not its type
        known = {"ERROR": Status, "BOOKMARK": Versioned}.get(event["type"])
        require_form(event["object"], known or Versioned)
        if known is not None:
            return event
        require_form(event["object"], self._shape or shape)
        return event if self._shape is None else {"type": event["type"], "object": slimmed(event["object"], self._shape)}

    def _plain(self, data: bytes, shape: Any) -> Page:
        if not self.may_be_needed(data):
            data = data[: data.find(_ITEMS) + len(_ITEMS)] + b"]}" if _ITEMS in data else data
        page = decoded_object(data)
        if "items" not in page or not isinstance(page["items"], (list, _NONE)) or not isinstance(page.get("metadata"), (dict, _NONE)):
            raise ValueError("not a list of objects")
        for item in page["items"] or () if shape is not None else ():
            require_form(item, shape)
        return _page(page.get("metadata"), page["items"])


# Lists only the metadata of objects, for kinds with large objects, or with secrets that are not needed.
METADATA = Decoder(Object, accept=_METADATA_LIST)


def decoded_object(data: bytes, shape: Any = None) -> Json:
    """Decode a JSON object that is not empty, as every response of an API server is. Raises ValueError."""
    found = json.loads(data)
    if not isinstance(found, dict) or not found:
        raise ValueError("not a JSON object")
    if shape is not None:
        require_form(found, shape)
    return found


def decoded_item(data: bytes, shape: Any) -> Json:
    """Decode a Kubernetes object, which must fit the shape. Raises ValueError."""
    found = decoded_object(data)
    if not _is_object(found):
        raise ValueError("not a Kubernetes object")
    require_form(found, shape)
    return found


def _page(metadata: Json | None, items: Sequence[Json] | None) -> Page:
    """A page whose objects all have a name and a uid. Raises ValueError."""
    known = metadata or {}
    if not all(map(_is_object, items or ())):
        raise ValueError("an item is not a Kubernetes object")
    token = known.get("continue")
    return Page(items or (), str(token) if token else None, str(known.get("resourceVersion") or ""))


def _is_object(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not isinstance(metadata.get("uid"), str):
        return False
    return all(isinstance(item.get(part) or {}, dict) for part in ("spec", "status"))


def _typed(shape: Any, may_be_needed: Callable[[bytes], bool] | None) -> Callable[[bytes], Page]:
    """A function that decodes a page with msgspec; if may_be_needed is given, only the objects for which it returns true."""
    items: Any = list[shape] if may_be_needed is None else list[msgspec.Raw]
    fields: list[Any] = [("items", Union[items, None]), ("metadata", dict[str, Any], {})]
    pages: Any = msgspec.json.Decoder(msgspec.defstruct("ListPage", fields))
    one = msgspec.json.Decoder(shape)

    def decode(data: bytes) -> Page:
        page = pages.decode(data)
        if may_be_needed is None:
            return _page(page.metadata, page.items)
        return _page(page.metadata, [one.decode(raw) for raw in page.items or () if may_be_needed(bytes(raw))])

    return decode


@lru_cache(maxsize=64)
def _fields(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape)


def slimmed(value: Any, shape: Any) -> Any:
    """A value with only the fields of its shape."""
    if isinstance(value, dict) and hasattr(shape, "__total__"):
        fields = _fields(shape)
        return {name: slimmed(field, fields[name]) for name, field in value.items() if name in fields}
    arguments = get_args(shape)
    if _NONE in arguments:
        return value if value is None else slimmed(value, arguments[0])
    if isinstance(value, list) and arguments:
        return [slimmed(item, arguments[0]) for item in value]
    return value
