# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.change import Change, narrowed
from hypothesis import given
from hypothesis import strategies as st

states = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2))


@given(states, states)
def test_narrowed_change_has_the_same_effect(before: dict[str, object], after: dict[str, object]) -> None:
    change = narrowed("thing", before, after)
    kept = {name: value for name, value in before.items() if name not in change.before}
    assert {**kept, **change.after} == after


@given(states, states)
def test_narrowed_change_has_no_unchanged_values(before: dict[str, object], after: dict[str, object]) -> None:
    change = narrowed("thing", before, after)
    assert change.changed is (before != after)
    assert not [name for name in change.before if name in change.after and change.before[name] == change.after[name]]


def test_change_is_a_diff_with_its_subject_as_header() -> None:
    change = Change("agent pool gpunp", {"count": 1}, {"count": 2})
    assert change.changed
    assert change.diff() == {
        "before": {"count": 1},
        "after": {"count": 2},
        "before_header": "agent pool gpunp",
        "after_header": "agent pool gpunp",
    }


def test_nothing_to_nothing_is_not_a_change() -> None:
    assert not Change("thing").changed
