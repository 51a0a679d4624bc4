# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a run share: labs of their own, and a table that is printed while it grows."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.table import Row, Section, code
from tests.in_lab import lab

REPOSITORY = Path(__file__).parents[2]
BUILD = REPOSITORY / "build" / "conformance"
# Azure's minutes become fractions of a second; what a client does meanwhile takes its own time.
_SPEED = 600.0


class ConformanceError(Exception):
    """A client did not get what it gets from Azure; the text has the command and what it printed."""


@dataclass
class Run:
    """One run of the target."""

    left_out: list[str] = field(default_factory=list)
    """What could not be run here, and why."""
    _started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def begin(self, section: Section) -> Section:
        """Announce a section; its rows are printed as they come."""
        print(f"\n{section.title}", flush=True)
        return section

    def add(self, section: Section, row: Row) -> None:
        """Put a row into the table, and print it."""
        section.rows.append(row)
        print(f"  {self.seconds():5.0f} s  {code(row.what)}  → {row.result}{f'  ({row.note})' if row.note else ''}", flush=True)


@contextmanager
def fresh_lab(name: str, *, era: str) -> Iterator[tuple[Mapping[str, str], Path]]:
    """A lab that nobody else uses, and an empty directory beside it for what clients keep; yields its environment and that directory.

    The lab is taken down also when something fails; its logs and the directory stay until the next run.
    """
    place = BUILD / name
    shutil.rmtree(place / "home", ignore_errors=True)
    (place / "home").mkdir(parents=True)
    with lab(place / "lab", era=era, speed=_SPEED) as environment:
        yield environment, place / "home"
