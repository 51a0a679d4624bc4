# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that Azure and Kubernetes take as texts: what is sent of them, and what is refused before anything is called."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.resource_option import named_properties
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.strings import as_texts

from ...builders import assert_explained
from ...operation_table import OPERATIONS, refusal_of


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"UseGPUDedicatedVHD": True}, {"UseGPUDedicatedVHD": "true"}),
        ({"usegen2vm": False}, {"usegen2vm": "false"}),
        ({"cost": 42, "rate": 1.5}, {"cost": "42", "rate": "1.5"}),
        ({1: "One"}, {"1": "One"}),
        ({}, {}),
    ],
)
def test_tags_and_headers_are_sent_as_the_text_that_the_user_meant(given: dict[Any, Any], sent: dict[str, str]) -> None:
    assert as_texts("tags", given) == sent


def test_null_takes_a_tag_or_label_away() -> None:
    wanted = {"tags": {"owner": None, "team": "vision"}, "node_labels": {"old": None}}
    assert named_properties(wanted, POOL_OPTIONS) == {"tags": {"owner": None, "team": "vision"}, "nodeLabels": {"old": None}}


OPTIONS = [
    (module, option)
    for module, options in {
        "aks_cluster": ["tags", "custom_headers"],
        "aks_gpu_nodepool": ["tags", "node_labels", "custom_headers"],
        "gpu_preflight_info": ["custom_headers"],
        "gpu_job": ["env", "node_selector"],
        "mnist_job": ["env", "node_selector"],
        "nvidia_device_plugin": ["env", "labels", "annotations", "node_selector"],
    }.items()
    for option in options
]


@pytest.mark.parametrize(("value", "shown"), [({"a": [1]}, '{"a": [1]}'), (["x", 2], '["x", 2]')])
@pytest.mark.parametrize(("module", "option"), OPTIONS)
def test_dict_or_list_as_a_value_is_rejected_by_name(module: str, option: str, value: Any, shown: str) -> None:
    refusal = refusal_of(OPERATIONS[module], **{option: {"team": "vision", "cost": value}})
    assert_explained(refusal, "NotAString", f"{option}: the value of cost is {shown}", f"The values of {option} must be strings")


@pytest.mark.parametrize(("module", "option"), [each for each in OPTIONS if each[1] not in ("tags", "node_labels")])
def test_so_is_null_where_it_takes_nothing_away(module: str, option: str) -> None:
    refusal = refusal_of(OPERATIONS[module], **{option: {"cost": None}})
    assert_explained(refusal, "NotAString", f"{option}: the value of cost is null", "''")
