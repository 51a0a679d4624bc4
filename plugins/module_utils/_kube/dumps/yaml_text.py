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

# kubectl writes no aliases, and a few of them in the wrong place fill the memory.
_ALIAS = re.compile(r"^[ -]{0,80}(?:[\w./-]{1,80}: )?[&*]\w{1,80}[ \n]", re.MULTILINE)
_LONGEST = 4 << 20  # of an object; decoded YAML takes a hundred times its size
_ITEM = re.compile(r"( {0,8})- ")
_LIST, _DOCUMENT = "items:", "---"


def yaml_objects(lines: Iterable[str], wanted: Callable[[str, str], bool]) -> Iterator[Json]:
    """The objects in the text. Raises BrokenTextError.

    Args:
        lines: The lines of the text.
        wanted: Whether an item is needed, by its kind and its text; decoding YAML takes much longer than JSON.
    """
    kind = ""  # of the items of a list that do not name theirs
    for chunk in _chunks(lines):
        item = _ITEM.match(chunk)
        if item is not None and _is_unwanted(chunk, item[1], wanted):
            continue
        for each in _decoded(chunk):
            if item is None:
                kind = str(each.get("kind") or "").removesuffix("List")
            yield {**each, "kind": each.get("kind") or kind}


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    """The text of each object, be it a document or an item of a list. Raises BrokenTextError."""
    chunk: list[str] = []
    size = 0
    margin: str | None = None  # of the items of the list, None outside of one
    for line in lines:
        if _begins(line, margin, listed=bool(chunk) or margin != ""):
            yield "".join(chunk)
            chunk, size = [], 0
            margin = _margin(line, margin)
        elif margin == "" and not chunk:  # the first item says how far all of them are indented
            margin = _margin(line, margin)
        if not line.startswith((_LIST, _DOCUMENT)):
            chunk.append(line)
            size += len(line)
        if size > _LONGEST:
            raise BrokenTextError(f"an object is longer than {_LONGEST >> 20} MiB")
    yield "".join(chunk)


def _begins(line: str, margin: str | None, *, listed: bool) -> bool:
    """Whether a line begins an item or a document, or what follows a list. listed: whether the list has begun."""
    if line.startswith((_LIST, _DOCUMENT)):
        return True
    if margin is None or not listed:
        return False
    return line.startswith(f"{margin}- ") or not _is_inside(line, margin)


def _is_inside(line: str, margin: str) -> bool:
    return not line.strip() or line.startswith((f"{margin}- ", f"{margin} "))


def _margin(line: str, margin: str | None) -> str | None:
    """How far the items are indented from this line on, None if it ends the list."""
    if line.startswith(_LIST):
        return ""
    if margin is None or line.startswith(_DOCUMENT) or not _is_inside(line, margin):
        return None
    item = _ITEM.match(line)
    return margin if item is None or margin else item[1]


def _is_unwanted(text: str, margin: str, wanted: Callable[[str, str], bool]) -> bool:
    """Whether an item names a kind of its own that is not needed."""
    kind = re.search(rf"^{margin}(?:- |  )kind: (\w{{1,80}})\s*$", text, re.MULTILINE)
    return kind is not None and not wanted(kind[1], text)


def _decoded(text: str) -> Iterator[Json]:
    if not text.strip():
        return
    if _ALIAS.search(text):
        raise BrokenTextError("it has aliases, which kubectl does not write")
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BrokenTextError(" ".join(str(error).split())[:200]) from error
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict))
