# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The devices that the lines of a workload's log name, counted once each, to tell whether all requested GPUs were used."""

from __future__ import annotations

import re

from ..shared.printable import shortened
from .named_pattern import NamedPattern

# The most characters that a result quotes of a log's line.
QUOTED = 500
# How a workload numbers its devices: /device:GPU:0, cuda:0, GPU 0, Found device 0, [0], and the first column of nvidia-smi's table.
_NUMBER = re.compile(r"(?:gpu|cuda|device|card|[\[|])[\s:#=(]{0,10}(\d{1,2})(?![\w.])", re.IGNORECASE)
# What no two devices have in common: NVIDIA's UUID, and the address on the PCI bus.
_OWN = re.compile(r"(?:GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b", re.IGNORECASE)


class LogDevices:
    """The devices that the lines of a log name, each once however often it is named.

    numbered: the pattern matches what tells one device from another, so that count is how many the workload has used. Otherwise two
    devices of one model look the same, and count says how many different texts were found. Without a pattern, none is found. unnamed is the
    first text that the pattern matches with nothing in its groups, "" without one.
    """

    def __init__(self, pattern: NamedPattern | None) -> None:
        self._pattern = pattern
        self._by_number: dict[str, str] = {}
        self._by_text: dict[str, str] = {}
        self.unnamed = ""

    def read(self, text: str) -> None:
        """The log's next text; a group that has matched nothing is the name of none: 'Found GPU at: '."""
        match = self._search(text)
        if match is None:
            return
        name = _name(match)
        if not name:
            self.unnamed = self.unnamed or shortened(text.strip(), QUOTED)
            return
        number = " ".join(_OWN.findall(match[0])) or self._number(match)
        if number:
            self._by_number[number] = shortened(name, QUOTED)
        self._by_text[match[0]] = shortened(name, QUOTED)

    def _number(self, match: re.Match[str]) -> str:
        """The device's number, "" where the match has none, or the pattern would match no other."""
        found = list(_NUMBER.finditer(match[0]))
        return " ".join(each[1] for each in found) if any(self._takes_others(match, each) for each in found) else ""

    def _takes_others(self, match: re.Match[str], number: re.Match[str]) -> bool:
        begin, end = (match.start() + place for place in number.span(1))
        other = "1" if number[1] == "0" else "0"
        again = self._search(f"{match.string[:begin]}{other}{match.string[end:]}")
        return again is not None and again.start() == match.start() and again[0] != match[0]

    def _search(self, text: str) -> re.Match[str] | None:
        return self._pattern.search(text) if self._pattern else None

    @property
    def name(self) -> str:
        """The first that was named, "" for none."""
        return next(iter(self._by_text.values()), "")

    @property
    def numbered(self) -> bool:
        """See the class."""
        return bool(self._by_number)

    @property
    def count(self) -> int:
        """See the class."""
        return len(self._by_number or self._by_text)


def _name(match: re.Match[str]) -> str:
    """The first group that has matched something; the whole match of a pattern without groups."""
    captured = [group for group in match.groups() if group is not None]
    return next((group for group in captured if group.strip()), "" if captured else match[0]).strip()
