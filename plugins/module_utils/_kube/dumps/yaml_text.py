# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the objects in YAML text, one after the other, as kubectl writes it, or yq, which indents the items of a list."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterable, Iterator

from ..._core.shared.mappings import Json
from .broken import BrokenTextError

try:
    import yaml
except ImportError:  # the entry point reports what is missing
    pass
else:
    _Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class _Loader(_Base):  # type: ignore[misc]
        """YAML with the types of JSON: a timestamp is a string."""

    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

# kubectl writes no aliases, and a few of them in the wrong place fill the memory. What may be one is parsed to find out.
_ALIAS = re.compile(r"(?:^|[\s\[{,:?-])\*\S")
_LONGEST = 512 << 10  # of an object; decoded YAML takes two hundred times its size
_KIND = re.compile(r"(?:- | {2})?kind: (\w{1,80})\s*$")
_ITEM = re.compile(r"( {0,8})- ")
_MARK = re.compile(r"(?P<list>items:)[ \t]*(?:(?:\[\]|null|~)[ \t]*)?(?:#.*)?\r?$|---")


def yaml_objects(lines: Iterable[str], wanted: Callable[[str], bool], left_out: Callable[[str, str], None]) -> Iterator[Json]:
    """The objects in the text. Raises BrokenTextError.

    Args:
        lines: The lines of the text.
        wanted: Whether an item is needed, by its kind; decoding YAML takes much longer than JSON.
        left_out: Called for each object that is too long to decode, with its kind ("" if it names none) and the reason.
    """
    kind = ""  # of the items of a list that do not name theirs
    for chunk in _chunks(lines, left_out):
        item = _ITEM.match(chunk)
        if item is not None and _is_unwanted(chunk, item[1], wanted):
            continue
        for each in _decoded(chunk):
            if item is None:
                kind = str(each.get("kind") or "").removesuffix("List")
                yield from _document(each, kind)
            else:
                yield {**each, "kind": each.get("kind") or kind}


def _document(document: Json, kind: str) -> Iterator[Json]:
    """The objects of a document outside of lists: itself, or the items of a list that is on one line, and then the list without them."""
    items = document.get("items")
    if not isinstance(items, list):
        yield {**document, "kind": document.get("kind") or kind}
        return
    yield from ({**each, "kind": each.get("kind") or kind} for each in items if isinstance(each, dict))
    yield {**document, "items": []}


class _Chunk:
    """The lines of an object, of which none but the first is kept once they are too many."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._size = 0
        self._kind = ""

    def add(self, line: str) -> None:
        """Take a line."""
        kind = _KIND.match(line)
        self._kind = kind[1] if kind is not None else self._kind
        self._size += len(line)
        if self._size <= _LONGEST:
            self.lines.append(line)
        else:
            del self.lines[1:]

    def text(self, left_out: Callable[[str, str], None]) -> str:
        """The whole object, "" for one that is too long."""
        if self._size <= _LONGEST:
            return "".join(self.lines)
        left_out(self._kind, f"it is longer than {_LONGEST >> 10} KiB")
        return ""


def _chunks(lines: Iterable[str], left_out: Callable[[str, str], None]) -> Iterator[str]:
    """The text of each object, be it a document or an item of a list."""
    chunk = _Chunk()
    margin: str | None = None  # of the items of the list, None outside of one
    for line in lines:
        if _begins(line, margin, listed=bool(chunk.lines) or margin != ""):
            yield chunk.text(left_out)
            chunk = _Chunk()
            margin = _margin(line, margin)
        elif margin == "" and not chunk.lines:  # the first item says how far all of them are indented
            margin = _margin(line, margin)
        if not _MARK.match(line):
            chunk.add(line)
    yield chunk.text(left_out)


def _begins(line: str, margin: str | None, *, listed: bool) -> bool:
    """Whether a line begins an item or a document, or what follows a list. listed: whether the list has begun."""
    if _MARK.match(line):
        return True
    if margin is None or not listed:
        return False
    return line.startswith(f"{margin}- ") or not _is_inside(line, margin)


def _is_inside(line: str, margin: str) -> bool:
    return not line.strip() or line.startswith((f"{margin}- ", f"{margin} "))


def _margin(line: str, margin: str | None) -> str | None:
    """How far the items are indented from this line on, None if it ends the list."""
    mark = _MARK.match(line)
    if mark is not None:
        return "" if mark["list"] else None
    if margin is None or not _is_inside(line, margin):
        return None
    item = _ITEM.match(line)
    return margin if item is None or margin else item[1]


def _is_unwanted(text: str, margin: str, wanted: Callable[[str], bool]) -> bool:
    """Whether an item names a kind of its own that is not needed."""
    kind = re.search(rf"^{margin}(?:- |  )kind: (\w{{1,80}})\s*$", text, re.MULTILINE)
    return kind is not None and not wanted(kind[1])


def _decoded(text: str) -> Iterator[Json]:
    if not text.strip():
        return
    try:
        if _ALIAS.search(text) and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Base)):
            raise BrokenTextError("it has aliases, which kubectl does not write")
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BrokenTextError(" ".join(str(error).split())[:200]) from error
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict))
