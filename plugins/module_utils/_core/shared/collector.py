# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Pauses Python's garbage collection while a large JSON text is decoded, and what is decoded is taken over."""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import Iterator


class _Pause:
    """How many decoders want garbage collection to be paused."""

    lock = threading.Lock()
    wanted = 0
    was_on = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause garbage collection, which would traverse the growing tree again and again: decoded JSON has no reference cycles."""
    with _Pause.lock:
        if _Pause.wanted == 0:
            _Pause.was_on = gc.isenabled()
            gc.disable()
        _Pause.wanted += 1
    try:
        yield
    finally:
        with _Pause.lock:
            _Pause.wanted -= 1
            if _Pause.wanted == 0 and _Pause.was_on:
                gc.enable()
