# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import Attempt
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.log_steps import LogSteps, log_steps

RUNS = Attempt("uid-a", "a", 0, over=False)
ENDED = Attempt("uid-a", "a", 0, over=True)
AGAIN = Attempt("uid-a", "a", 1, over=False)
TWICE = Attempt("uid-a", "a", 2, over=False)
OTHER = Attempt("uid-b", "b", 0, over=False)


@pytest.mark.parametrize(
    ("before", "now", "last", "steps"),
    [
        pytest.param(None, None, False, LogSteps(), id="nothing has run"),
        pytest.param(None, RUNS, False, LogSteps(begin=True, follow=True), id="the first runs"),
        pytest.param(None, ENDED, False, LogSteps(begin=True, read=True), id="the first is over already, and may be started again"),
        pytest.param(None, ENDED, True, LogSteps(begin=True), id="the only one is over: its whole log is read next"),
        pytest.param(RUNS, RUNS, False, LogSteps(), id="it still runs"),
        pytest.param(RUNS, ENDED, False, LogSteps(read=True), id="it has ended"),
        pytest.param(RUNS, ENDED, True, LogSteps(), id="it has ended, and the Job with it"),
        pytest.param(RUNS, AGAIN, False, LogSteps(finish=True, previous=True, begin=True, follow=True), id="the container restarted"),
        pytest.param(RUNS, TWICE, False, LogSteps(finish=True, begin=True, follow=True), id="it restarted twice: no previous log is its"),
        pytest.param(ENDED, OTHER, False, LogSteps(finish=True, begin=True, follow=True), id="another pod"),
        pytest.param(RUNS, None, False, LogSteps(finish=True), id="its pod is gone"),
    ],
)
def test_what_to_do_with_the_logs(before: Attempt | None, now: Attempt | None, last: bool, steps: LogSteps) -> None:
    assert log_steps(before, now, last=last) == steps
