# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import ResourceOption
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster.options import CLUSTER_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS

from tests.conformance.bodies import ABSENT, ANY, Difference, Reason, compare, unexplained
from tests.conformance.cluster_options import NEW_CLUSTER
from tests.conformance.option import Option, leaf_names
from tests.conformance.pool_options import NEW_POOL, WITHOUT_FLAG


@pytest.mark.parametrize(
    ("azs", "ours", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Difference("a.b", 1, 2)]),
        ({"a": False}, {}, [Difference("a", False, ABSENT)]),
        ({}, {"a": []}, [Difference("a", ABSENT, [])]),
        ({"a": 1}, {"a": True}, [Difference("a", 1, True)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, [Difference("a.0.c", ABSENT, 2)]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [Difference("a", ["x", "y"], ["y", "x"])]),
        ({"a": {}}, {"a": {"b": 1}}, [Difference("a", {}, ABSENT), Difference("a.b", ABSENT, 1)]),
    ],
)
def test_bodies_are_compared_member_by_member(azs: dict[str, Any], ours: dict[str, Any], found: list[Difference]) -> None:
    assert compare(azs, ours) == found


def test_a_reason_explains_the_difference_that_it_names_and_no_other() -> None:
    reason = Reason("a", 3, ANY, "why")
    told = [Difference("a", 3, 1), Difference("a", 2, 1), Difference("b", 3, 1)]
    assert unexplained(told, [reason]) == told[1:]
    assert str(reason) == "3 by az, any value by us: why"


def names(options: Sequence[ResourceOption], above: str = "") -> set[str]:
    found: set[str] = set()
    for option in options:
        found |= names(option.options, f"{above}{option.name}.") if option.options else {f"{above}{option.name}"}
    return found


@pytest.mark.parametrize(
    ("ours", "rows", "without"), [(POOL_OPTIONS, NEW_POOL, WITHOUT_FLAG), (CLUSTER_OPTIONS, NEW_CLUSTER, {})], ids=["pool", "cluster"]
)
def test_every_option_of_ours_is_compared_with_az_or_has_a_reason_not_to_be(
    ours: Sequence[ResourceOption], rows: Sequence[Option], without: Mapping[str, str]
) -> None:
    compared = {name for option in rows for name in leaf_names(option.ours)}
    assert names(ours) - compared - set(without) == set(), "add a row to tests/conformance/pool_options.py or cluster_options.py"
    assert compared & set(without) == set()
    assert set(without) <= names(ours)
