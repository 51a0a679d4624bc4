# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Shows the progress of a wait, one line per status change, if the output is for people."""

from __future__ import annotations

from collections.abc import Callable

from ...module_utils._clock import Clock
from ...module_utils._core.shared.printable import printable
from ...module_utils._progress import Status

# The shortest time between two lines, so that a fast wait does not flood the terminal or AWX's database.
_PACE_SECONDS = 3.0
# An unchanged status is repeated after this time, so that a long wait does not look like a hang.
_REPEAT_SECONDS = 30.0
# These stdout callbacks write for programs or redraw lines in place.
_QUIET_CALLBACKS = ("oneline", "json", "jsonl", "null", "dense", "selective", "tap")


class LiveProgress:
    """Shows each status change, at most one line per _PACE_SECONDS, and repeats an unchanged status after _REPEAT_SECONDS."""

    every = 1.0

    def __init__(self, clock: Clock, show: Callable[[str], None]) -> None:
        self._clock = clock
        self._show = show
        self._shown: Status | None = None
        self._at = 0.0

    def report(self, status: Callable[[], Status], elapsed: float) -> None:
        """Show a line if one is due."""
        silent_for = self._clock.now() - self._at if self._shown is not None else _REPEAT_SECONDS
        if silent_for < _PACE_SECONDS:
            return
        now = status()
        if now == self._shown and silent_for < _REPEAT_SECONDS:
            return
        self._shown, self._at = now, self._clock.now()
        self._show(printable(now.line(elapsed)))


def is_for_people(callback: str) -> bool:
    """Whether lines may be added to what this stdout callback prints."""
    return callback.rpartition(".")[2] not in _QUIET_CALLBACKS
