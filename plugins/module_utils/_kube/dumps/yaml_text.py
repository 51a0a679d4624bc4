# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the objects of a text in YAML, one after the other, as kubectl writes it: a list's items begin at the margin."""

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
        """YAML as JSON has it: a timestamp is a text."""

    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

# kubectl writes no aliases, and a few of them in the wrong place fill the memory.
_ALIAS = re.compile(r"^[ -]{0,80}(?:[\w./-]{1,80}: )?[&*]\w{1,80}[ \n]", re.MULTILINE)
_LONGEST = 4 << 20  # of an object; decoded YAML takes a hundred times its size
_KIND = re.compile(r"^  kind: (\w{1,80})$", re.MULTILINE)


def yaml_objects(lines: Iterable[str], wanted: Callable[[str, str], bool]) -> Iterator[Json]:
    """The objects of a text. Raises BrokenTextError.

    Args:
        lines: The lines of the text.
        wanted: Whether an item is needed, by its kind and its text; decoding YAML takes much longer than JSON.
    """
    chunk: list[str] = []
    size, listed = 0, False
    for line in lines:
        begins = line.startswith(("---", "- ")) or (listed and not line.startswith((" ", "-", "\n")))
        if begins:
            yield from _decoded(chunk, listed, wanted)
            chunk, size = [], 0
        listed = line.startswith("items:") or (listed and line.startswith((" ", "-", "\n")) and not line.startswith("---"))
        if not line.startswith(("---", "items:")):
            chunk.append(line)
            size += len(line)
        if size > _LONGEST:
            raise BrokenTextError(f"an object is longer than {_LONGEST >> 20} MiB")
    yield from _decoded(chunk, listed, wanted)


def _decoded(chunk: list[str], listed: bool, wanted: Callable[[str, str], bool]) -> Iterator[Json]:
    text = "".join(chunk)
    kind = _KIND.search(text) if listed else None
    if not text.strip() or (kind is not None and not wanted(kind[1], text)):
        return
    if _ALIAS.search(text):
        raise BrokenTextError("it has aliases, which kubectl does not write")
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BrokenTextError(" ".join(str(error).split())[:200]) from error
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict))
