# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Shows how a wait stands, one line per change, if people read this output."""

from __future__ import annotations

from collections.abc import Callable

from ...module_utils._clock import Clock
from ...module_utils._core.shared.printable import printable
from ...module_utils._progress import Status

# One line at most in this time, so that a fast wait doesn't flood the terminal or AWX's database.
_PACE_SECONDS = 3.0
# What has not changed is said again after this time, so that a long wait doesn't look like a hang.
_AGAIN_SECONDS = 30.0
# Output of these is read by programs, or drawn over in place.
_QUIET_CALLBACKS = ("oneline", "json", "jsonl", "null", "dense", "selective", "tap")


class LiveProgress:
    """Shows how a wait stands: each change, but none sooner than _PACE_SECONDS after the last line, and no change after _AGAIN_SECONDS."""

    every = 1.0

    def __init__(self, clock: Clock, show: Callable[[str], None]) -> None:
        self._clock = clock
        self._show = show
        self._shown: Status | None = None
        self._at = 0.0

    def tell(self, status: Callable[[], Status], elapsed: float) -> None:
        """Show a line if it is time for one, and there is something to say."""
        silent_for = self._clock.now() - self._at if self._shown is not None else _AGAIN_SECONDS
        if silent_for < _PACE_SECONDS:
            return
        now = status()
        if now == self._shown and silent_for < _AGAIN_SECONDS:
            return
        self._shown, self._at = now, self._clock.now()
        self._show(printable(now.line(elapsed)))


def is_for_people(callback: str) -> bool:
    """Whether lines may stand between what this stdout callback prints."""
    return callback.rpartition(".")[2] not in _QUIET_CALLBACKS
