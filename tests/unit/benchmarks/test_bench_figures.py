# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.benchmarks.figures import flaws, marginal, ratio, recap, spread

_RECAP = """\
PLAY [all] *********************************************************************

TASK [Pool] ********************************************************************
ok: [c1]
changed: [c2]

PLAY RECAP *********************************************************************
c1                         : ok=20   changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
c2                         : ok=19   changed=1    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
"""


def test_marginal_is_what_one_of_many_adds() -> None:
    assert marginal([2.5, 2.7, 8.0], [0.5, 0.7, 1.0], 20) == pytest.approx(0.1)


def test_marginal_compares_within_a_round() -> None:
    slow_machine, quiet_machine = (10.0, 5.0), (4.0, 1.0)
    whole, empty = zip(slow_machine, quiet_machine, strict=True)
    assert marginal(whole, empty, 1) == pytest.approx(4.0)


def test_marginal_refuses_rounds_that_do_not_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        marginal([1.0, 2.0], [1.0], 20)


@pytest.mark.parametrize(
    ("theirs", "ours", "times"),
    [(4.0, 0.1, 40.0), (2663.5, 895.8, 2.97), (1234567.0, 1.0, 1230000.0), (0.5, 1.0, 0.5), (1.0, 0.0, 0.0), (1.0, -0.1, 0.0)],
)
def test_ratio_has_three_digits_and_is_empty_without_a_measurement(theirs: float, ours: float, times: float) -> None:
    assert ratio(theirs, ours) == times


def test_recap_counts_each_host() -> None:
    counts = recap(_RECAP)
    assert set(counts) == {"c1", "c2"}
    assert (counts["c1"]["ok"], counts["c2"]["changed"], counts["c2"]["failed"]) == (20, 1, 1)


def test_run_with_failures_or_changes_gives_no_figure() -> None:
    assert flaws(recap(_RECAP), hosts=2, may_change=False) == ["c2: failed=1", "c2: changed=1"]
    assert flaws(recap(_RECAP), hosts=2, may_change=True) == ["c2: failed=1"]


def test_run_without_all_its_hosts_gives_no_figure() -> None:
    assert flaws(recap(""), hosts=1, may_change=True) == ["0 hosts in the recap, not 1"]
    assert flaws(recap(""), hosts=0, may_change=False) == []


def test_spread_is_from_the_smallest_to_the_largest() -> None:
    assert spread([1.45, 1.2, 1.3]) == "1.20-1.45"
    assert spread([2.0], digits=1) == "2.0-2.0"
