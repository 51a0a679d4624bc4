# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.log_lines import LINE_LIMIT, LineSplitter, as_shown, overwritten
from ansible_collections.gpuops.aks.plugins.module_utils._kube.logs.kept_lines import KeptLines
from hypothesis import given
from hypothesis import strategies as st


def split(chunks: list[bytes]) -> list[str]:
    splitter = LineSplitter()
    return [*(line for chunk in chunks for line in splitter.feed(chunk)), *splitter.rest()]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_lines_do_not_depend_on_chunks(log: bytes, cuts: list[int]) -> None:
    bounds = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    lines = log.decode(errors="replace").split("\n")
    assert split([log[start:end] for start, end in pairwise(bounds)]) == (lines if lines[-1] else lines[:-1])


def test_only_a_newline_ends_a_line() -> None:
    assert split(["a\rb\x0bc\x0cd\x1ce\u2028f\x85g\nh".encode()]) == ["a\rb\x0bc\x0cd\x1ce\u2028f\x85g", "h"]


@given(st.integers(LINE_LIMIT - 2, 3 * LINE_LIMIT), st.integers(1, 2 * LINE_LIMIT))
def test_long_line_keeps_both_ends_and_the_number_of_characters_left_out(size: int, chunk: int) -> None:
    log = bytes(b"abcdefghij"[place % 10] for place in range(size)) + b"\nnext\n"
    first, second = split([log[start : start + chunk] for start in range(0, len(log), chunk)])
    assert second == "next"
    if size <= LINE_LIMIT:
        assert first == log[:size].decode()
        return
    head, _mark, rest = first.partition(" [... ")
    count, _unit, tail = rest.partition(" bytes left out ...] ")
    assert len(head) == len(tail) == LINE_LIMIT // 2
    assert int(count) == size - LINE_LIMIT
    assert log.decode().startswith(head)
    assert log[:size].decode().endswith(tail)


@pytest.mark.parametrize("chunk", [4096, 65536])
def test_a_line_of_40_megabytes_is_read_in_linear_time(chunk: int) -> None:
    started = time.process_time()
    (line,) = split([b"x" * chunk] * (40_000_000 // chunk))
    assert len(line) < LINE_LIMIT + 100
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("plain", ["plain"]),
        ("\r 10%\r 20%\r", [" 10%", " 20%"]),
        ("of Windows\r", ["of Windows"]),
        ("", [""]),
        ("\r\r", [""]),
    ],
)
def test_overwritten_line_yields_each_text_and_the_last_one(line: str, texts: list[str]) -> None:
    assert overwritten(line) == texts
    assert as_shown(line) == texts[-1]


@given(st.lists(st.text("ab", max_size=20), max_size=60), st.integers(100, 2000), st.integers(1, 70))
def test_large_log_keeps_beginning_end_and_the_number_of_lines_left_out(lines: list[str], half: int, most: int) -> None:
    kept = KeptLines(half)
    for line in lines:
        kept.add(line)
    assert kept.newest(most) == kept.lines[-most:]
    place = next((place for place, line in enumerate(kept.lines) if "left out" in line), None)
    if place is None:
        assert kept.lines == lines
        return
    head, tail = kept.lines[:place], kept.lines[place + 1 :]
    assert kept.lines[place] == f"[... {len(lines) - len(head) - len(tail)} lines left out ...]"
    assert (head, tail) == (lines[: len(head)], lines[len(lines) - len(tail) :])
    assert sum(len(line) + 64 for line in head) <= half
    assert sum(len(line) + 64 for line in tail) <= half
