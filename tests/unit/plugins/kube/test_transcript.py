# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.logs.transcript import Transcript
from hypothesis import given
from hypothesis import strategies as st


def stamp(tenths: int) -> str:
    """A moment, in tenths of a second."""
    return f"2026-11-22T10:00:{tenths // 10:02d}.{tenths % 10}00000000Z"


def second_of(text: str) -> str:
    """As the API server passes a sinceTime on: without the fraction."""
    return text[:19]


MOMENTS = st.lists(st.integers(0, 50), max_size=40).map(sorted)


@given(MOMENTS, st.lists(st.integers(0, 40), max_size=5))
def test_log_read_in_pieces_is_complete_and_has_each_line_once(moments: list[int], cuts: list[int]) -> None:
    log = [f"{stamp(moment)} line {number}" for number, moment in enumerate(moments)]
    transcript = Transcript()
    for end in [*sorted(cuts), len(log)]:
        take = transcript.reading()
        for line in log[:end]:
            if second_of(line) >= second_of(transcript.since):
                take(line)
    assert transcript.kept.lines == [f"line {number}" for number in range(len(log))]


def test_lines_out_of_order_are_kept() -> None:
    transcript = Transcript()
    take = transcript.reading()
    for line in (f"{stamp(2)} out", f"{stamp(1)} err", f"{stamp(2)} out again"):
        take(line)
    assert transcript.kept.lines == ["out", "err", "out again"]
    assert transcript.since == stamp(2)


def test_repeated_message_of_the_kubelet_is_kept_once() -> None:
    transcript = Transcript()
    for _unused in range(3):
        transcript.reading()("unable to retrieve container logs for containerd://1")
    assert transcript.kept.lines == ["unable to retrieve container logs for containerd://1"]


@pytest.mark.parametrize("zone", ["Z", "+02:00", "-08:00"])
def test_empty_line_and_time_zone_of_the_node_are_handled(zone: str) -> None:
    transcript = Transcript()
    take = transcript.reading()
    for line in (f"2026-11-22T10:00:00.5{zone} ", f"2026-11-22T10:00:00.6{zone}", f"2026-11-22T10:00:00.7{zone}  indented"):
        take(line)
    assert transcript.kept.lines == ["", "", " indented"]
