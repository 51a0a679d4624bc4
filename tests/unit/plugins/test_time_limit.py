# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import signal
import time

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._time_limit import TimeLimitError, time_limit


def test_catastrophic_pattern_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(TimeLimitError), time_limit(0.3):
        re.search("(a+)+$", "a" * 100 + "!")
    assert time.monotonic() - started < 10


def test_fast_computation_is_not_disturbed() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with time_limit(0.2):
        assert re.search("a+$", "aaa")
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
