# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what was run and what came of it: pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_WIDEST = 100
# What says most about a resource, in this order; a dot leads into an object.
_TELLING = (
    "name",
    "vmSize",
    "count",
    "nodeImageVersion",
    "provisioningState",
    "properties.provisioningState",
    "properties.state",
    "registrationState",
    "state",
)
# What the Azure CLI says before it does anything: how mature a command or an extension is. That is no result.
_NOTICE = re.compile(r".*( is (experimental|in preview) and under development\.| Preview versions allowed\.).*\n?")


@dataclass(frozen=True)
class Row:
    """One command or call of a client."""

    what: str
    result: str
    note: str = ""


@dataclass
class Section:
    """One client on one way, in the order in which it did things."""

    title: str
    text: str
    head: tuple[str, ...] = ("command", "result", "note")
    rows: list[Row] = field(default_factory=list)


def markdown(sections: Sequence[Section]) -> str:
    """All sections as Markdown."""
    return "\n".join(line for section in sections for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {section.title}", "", section.text, "")
    yield f"| {' | '.join(section.head)} |"
    yield "|" + "---|" * len(section.head)
    for row in section.rows:
        cells = (code(row.what), _cell(row.result), _cell(row.note))
        yield f"| {' | '.join(cells[: len(section.head)])} |"
    yield ""


def code(text: str) -> str:
    """A cell in fixed width; a bar would end the cell even there."""
    return f"`{_cell(text)}`" if text else "(none)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def summary(output: str, complaints: str = "") -> str:
    """What a command printed, in a few words: the telling members of a resource, else a line."""
    try:
        printed = json.loads(output)
    except ValueError:
        return _line(output, -1) or _line(_NOTICE.sub("", complaints), 0).removeprefix("WARNING: ")
    if isinstance(printed, list):
        return "; ".join(_resource(entry) for entry in printed)[:_WIDEST]
    return _resource(printed)


def _resource(printed: Any) -> str:
    if not isinstance(printed, Mapping):
        return str(printed)[:_WIDEST]
    found = (_member(printed, path) for path in _TELLING)
    return ", ".join(dict.fromkeys(str(value) for value in found if value is not None))


def _member(printed: Any, path: str) -> Any:
    for name in path.split("."):
        printed = printed.get(name) if isinstance(printed, Mapping) else None
    return printed


def _line(text: str, number: int) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return lines[number][:_WIDEST] if lines else ""


def scrubbed(text: str, places: Mapping[str, str]) -> str:
    """The text with the places of this machine, longest first, replaced by what they are called."""
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, places[place])
    return text
