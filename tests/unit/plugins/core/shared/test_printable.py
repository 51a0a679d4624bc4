# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.printable import printable, printable_value, shortened
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J\x1b]0;title\x07failed", r"\x1b[2J\x1b]0;title\x07failed", id="escape sequences and bell"),
        pytest.param("a\x08b\x00c\x7fd", r"a\x08b\x00c\x7fd", id="backspace, null, delete"),
        pytest.param("\x9b31mred", r"\x9b31mred", id="C1: a sequence without escape"),
        pytest.param("10%\r20%", r"10%\x0d20%", id="carriage return"),
        pytest.param("gpu\u202egnp.exe\u2066", r"gpu\u202egnp.exe\u2066", id="direction of text"),
        pytest.param("one\u2028two", r"one\u2028two", id="line separator"),
        pytest.param("half \ud83d", r"half \ud83d", id="lone surrogate"),
        pytest.param("tab\tand\nnewline", "tab\tand\nnewline", id="tab and newline stay"),
        pytest.param("Ünïcode 漢字 👩‍🚀", "Ünïcode 漢字 👩‍🚀", id="every script stays"),
    ],
)
def test_control_characters_are_shown_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_no_control_character_and_no_surrogate_is_left_in_any_text(text: str) -> None:
    shown = printable(text)
    assert {unicodedata.category(each) for each in shown if each not in "\t\n"}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert {unicodedata.bidirectional(each) for each in shown}.isdisjoint({"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"})
    assert printable(shown) == shown


def test_texts_of_a_result_are_printable_at_any_depth_and_other_values_stay() -> None:
    result: dict[str, Any] = {"job": {"log_tail": ["\x1b[0m", "fine"], "ran_s": 1.5, "pod": None}, "left": ({"\x07": True},)}
    assert printable_value(result) == {"job": {"log_tail": [r"\x1b[0m", "fine"], "ran_s": 1.5, "pod": None}, "left": [{r"\x07": True}]}


@given(st.text(max_size=300), st.integers(60, 200))
def test_shortened_text_keeps_both_ends_and_the_number_left_out(text: str, most: int) -> None:
    short = shortened(text, most)
    if len(text) <= most:
        assert short == text
        return
    assert len(short) <= most
    head, _mark, rest = short.partition(" [... ")
    count, _unit, tail = rest.partition(" characters left out ...] ")
    assert (text[: len(head)], text[-len(tail) :], len(text)) == (head, tail, len(head) + len(tail) + int(count))
