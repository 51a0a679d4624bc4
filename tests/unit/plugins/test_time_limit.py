# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import signal
import time

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._time_limit import TimeLimitError, time_limit


def test_a_pattern_that_backtracks_without_end_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(TimeLimitError), time_limit(0.3):
        re.search("(a+)+$", "a" * 100 + "!")
    assert time.monotonic() - started < 10


def test_what_is_done_in_time_is_left_alone_and_so_is_what_comes_after() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with time_limit(0.2):
        assert re.search("a+$", "aaa")
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
