# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few cases of each part of tests/fuzz, the same in every run; 'make fuzz' runs thousands."""

from __future__ import annotations

import pytest

from tests.fuzz.parts import PARTS
from tests.fuzz.report import run

_COUNTS = {"parameters": 1500, "azure": 40, "kubernetes": 40, "kubeconfigs": 200}


@pytest.mark.parametrize("part", PARTS)
def test_no_input_ends_in_an_exception_or_in_an_error_without_cause_and_remedy(part: str) -> None:
    report = run(part, PARTS[part][0], seed=1, count=_COUNTS[part])
    assert not report.mistakes, str(report)
    assert len(report.endings) > 1, "every case ended the same way: nothing was tried"
