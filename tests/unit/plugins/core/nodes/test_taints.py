# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.taints import (
    EFFECTS,
    Taint,
    parse_taint,
    parse_taints,
    taints_of_node,
    tolerates,
    toleration_for,
    untolerated,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st

from ...builders import SKU_TAINT, SKU_TOLERATION, assert_explained, node

SKU = Taint("sku", "gpu", "NoSchedule")

keys = st.from_regex(r"([a-z0-9]([-a-z0-9.]{0,10}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?", fullmatch=True)
values = st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?)?", fullmatch=True)
taints = st.builds(Taint, keys, values, st.sampled_from(EFFECTS))
# So few that two of them are often alike in part.
near_taints = st.builds(Taint, st.sampled_from(["sku", "gpu"]), st.sampled_from(["", "gpu", "cpu"]), st.sampled_from(EFFECTS))


@pytest.mark.parametrize(
    ("text", "taint"),
    [
        pytest.param("sku=gpu:NoSchedule", SKU, id="key, value and effect"),
        pytest.param("nvidia.com/gpu:NoExecute", Taint("nvidia.com/gpu", "", "NoExecute"), id="no value"),
        pytest.param("sku=:PreferNoSchedule", Taint("sku", "", "PreferNoSchedule"), id="an empty value is none"),
        pytest.param("kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
                     Taint("kubernetes.azure.com/scalesetpriority", "spot", "NoSchedule"), id="a key with a prefix"),
    ],
)  # fmt: skip
def test_a_taint_is_read_from_the_form_that_azure_and_kubectl_use(text: str, taint: Taint) -> None:
    assert parse_taint(text) == taint


@pytest.mark.parametrize(
    "text",
    ["", "sku", "sku=gpu", "sku=gpu:", ":NoSchedule", "=gpu:NoSchedule", "sku=gpu:noschedule", "sku=gpu:NoSchedule:NoExecute",
     "sku = gpu:NoSchedule", "sku=a=b:NoSchedule", "sku=gpu:NoSchedule\n", " sku=gpu:NoSchedule"],
)  # fmt: skip
def test_malformed_taint_is_rejected_with_the_right_form(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_taint(text)
    assert refusal.value.code == "InvalidTaint"
    assert f"'{text}'" in refusal.value.message
    assert SKU_TAINT in refusal.value.remedy


def test_first_malformed_taint_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_taints([SKU_TAINT, "first=bad", "second=bad"])
    assert_explained(refusal.value, "InvalidTaint", "'first=bad'")


@given(taints)
def test_formatted_taint_is_parsed_back(taint: Taint) -> None:
    assert parse_taint(str(taint)) == taint


@given(taints)
def test_the_toleration_made_for_a_taint_tolerates_it(taint: Taint) -> None:
    assert tolerates([toleration_for(taint)], taint)


@given(near_taints, near_taints)
def test_the_toleration_made_for_a_taint_tolerates_no_other(taint: Taint, other: Taint) -> None:
    # Without a value the toleration is for the key, whatever its value: Kubernetes has no operator for "no value".
    same = (taint.key, taint.effect) == (other.key, other.effect) and taint.value in ("", other.value)
    assert tolerates([toleration_for(taint)], other) is same


@given(st.lists(near_taints), st.lists(near_taints))
def test_blocking_taints_are_those_without_a_toleration(tolerated: list[Taint], others: list[Taint]) -> None:
    tolerations = [toleration_for(taint) for taint in tolerated]
    blocking = untolerated(iter(tolerations), [*tolerated, *others])
    assert set(blocking) <= {taint for taint in others if taint.effect != "PreferNoSchedule"}
    assert all(not tolerates(tolerations, taint) for taint in blocking)


def test_articles_toleration_matches_the_articles_taint() -> None:
    assert toleration_for(SKU) == SKU_TOLERATION


@pytest.mark.parametrize(
    ("toleration", "matches"),
    [
        pytest.param(SKU_TOLERATION, True, id="equal"),
        pytest.param({"key": "sku", "value": "gpu", "effect": "NoSchedule"}, True, id="no operator means Equal"),
        pytest.param({"key": "sku", "operator": "Equal", "value": "cpu", "effect": "NoSchedule"}, False, id="another value"),
        pytest.param({"key": "sku", "operator": "Equal", "effect": "NoSchedule"}, False, id="Equal with no value"),
        pytest.param({"key": "sku", "operator": "Exists", "effect": "NoSchedule"}, True, id="Exists takes every value"),
        pytest.param({"key": "sku", "operator": "Exists"}, True, id="no effect means every effect"),
        pytest.param({"key": "sku", "operator": "Exists", "effect": ""}, True, id="an empty effect means every effect"),
        pytest.param({"key": "sku", "operator": "Exists", "effect": "NoExecute"}, False, id="another effect"),
        pytest.param({"key": "nvidia.com/gpu", "operator": "Exists"}, False, id="another key"),
        pytest.param({"operator": "Exists"}, True, id="Exists without key takes everything"),
        pytest.param({"value": "gpu", "effect": "NoSchedule"}, False, id="Equal without key takes nothing"),
    ],
)
def test_a_toleration_matches_by_the_schedulers_rules(toleration: dict[str, Any], matches: bool) -> None:
    assert tolerates([toleration], SKU) is matches


def test_preference_keeps_no_pod_off() -> None:
    assert untolerated([], [Taint("sku", "gpu", "PreferNoSchedule")]) == []


def test_the_taints_of_a_node_are_read_from_its_spec() -> None:
    assert taints_of_node(node(taints=[SKU_TAINT, "dedicated:NoExecute"])) == [SKU, Taint("dedicated", "", "NoExecute")]
    assert taints_of_node(node()) == []
    assert taints_of_node({"spec": {"taints": None}}) == []
