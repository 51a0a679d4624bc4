# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fuzzed run came to, and the seed that brings it about again."""

from __future__ import annotations

import json
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import failure, success
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome

Case = Callable[[Random], "Outcome | str | None"]


@dataclass
class Report:
    """Of many cases: how each ended, and each mistake once, by its place, with the first seed that shows it."""

    part: str
    endings: Counter[str] = field(default_factory=Counter)
    mistakes: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __str__(self) -> str:
        """The endings by number, then the mistakes."""
        lines = [f"{self.part}: {sum(self.endings.values())} cases", *(f"  {count:6} {end}" for end, count in self.endings.most_common())]
        for place, (seed, trace) in self.mistakes.items():
            lines += [f"MISTAKE {place}: seed {seed}, again with: python -m tests.fuzz --part {self.part} --seed {seed} --count 1", trace]
        return "\n".join(lines)


def run(part: str, case: Case, *, seed: int, count: int) -> Report:
    """Run a case with this and the following seeds."""
    report = Report(part)
    for each in range(seed, seed + count):
        try:
            with _no_thread_dies():
                outcome = case(Random(each))  # noqa: S311  # to bring the same case about again
            _check_result(outcome)
            report.endings["ok" if not isinstance(outcome, str) else outcome] += 1
        except GpuopsError as error:
            report.endings[error.code] += 1
            _note(report, each, _faults(error), None)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # what is looked for
            report.endings["MISTAKE"] += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            _note(report, each, f"{type(error).__name__} {place.filename.rpartition('/')[2]}:{place.lineno}", error)
    return report


def _note(report: Report, seed: int, place: str, error: BaseException | None) -> None:
    if place:
        trace = "".join(traceback.format_exception(error)[-12:]) if error is not None else ""
        report.mistakes.setdefault(place, (seed, trace))


def _check_result(outcome: Outcome | str | None) -> None:
    """A result is what JSON can say."""
    if isinstance(outcome, Outcome):
        json.dumps(success(outcome, diff=True))


def _faults(error: GpuopsError) -> str:
    """What an error lacks."""
    told: dict[str, Any] = failure(error)
    json.dumps(told)
    lacking = [name for name in ("message", "code", "cause", "remedy") if not told["error"][name]]
    if lacking:
        return f"{error.code} has no {' and no '.join(lacking)}"
    return ""


@contextmanager
def _no_thread_dies() -> Iterator[None]:
    """Raises what ends a thread, which Python only prints."""
    died: list[threading.ExceptHookArgs] = []
    before, threading.excepthook = threading.excepthook, died.append
    try:
        yield
    finally:
        threading.excepthook = before
    for each in died:
        _raise(each.exc_value, each.exc_traceback)


def _raise(error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None:
        raise error.with_traceback(trace)
