# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every module that becomes a label or a selector is refused before a request if Kubernetes does not accept it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.labels import checked_annotations
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.selectors import checked_selector, matches_selector
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ..builders import assert_explained
from ..operation_table import OPERATIONS, refusal_of

# What Kubernetes does not accept in each option that takes labels, selects by them, or becomes the value of one.
_BAD: dict[str, tuple[Any, str]] = {
    "node_selector": ({"bad key!": "x"}, "node_selector: 'bad key!'"),
    "labels": ({"bad key!": "x"}, "labels: 'bad key!'"),
    "annotations": ({"bad key!": "x"}, "annotations: 'bad key!'"),
    "label_selector": ("bad key!=x", "label_selector: 'bad key!=x'"),
    "pools": (["gpu np"], "pools: 'gpu np'"),
    "queue": ("a queue", "queue: 'a queue'"),
    "pool": ("gpu np", "pool: 'gpu np'"),
}
_TASKS = [
    (module, option) for module, operation in OPERATIONS.items() if "kubeconfig" in operation.arguments for option in _BAD
    if option in operation.arguments
]  # fmt: skip


@pytest.mark.parametrize(("module", "option"), _TASKS)
def test_what_is_no_label_is_refused_before_the_cluster_is_asked(module: str, option: str) -> None:
    value, said = _BAD[option]
    assert_explained(refusal_of(OPERATIONS[module], **{option: value}), "InvalidLabel", said)


def test_every_option_with_labels_is_tried() -> None:
    assert {option for _module, option in _TASKS} == set(_BAD)


@pytest.mark.parametrize("module", ["gpu_job", "mnist_job", "gpu_proof", "nvidia_device_plugin"])
def test_value_that_is_no_label_is_named_with_its_label(module: str) -> None:
    error = refusal_of(OPERATIONS[module], node_selector={"example.com/team": "a b"})
    assert_explained(error, "InvalidLabel", "node_selector: 'a b'", "example.com/team")


def test_affinity_may_only_ask_for_labels() -> None:
    terms = [{"matchExpressions": [{"key": "bad key!", "operator": "Exists"}]}]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    assert_explained(refusal_of(OPERATIONS["nvidia_device_plugin"], affinity=affinity), "InvalidLabel", "affinity: 'bad key!'")


def test_annotation_may_have_any_text_and_capitals_in_its_prefix() -> None:
    given = {"Example.com/owner": "Team A, 2nd floor"}
    assert checked_annotations("annotations", given) == given


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("a=1,b!=2", True),
        ("a == 1 , !c", True),
        ("a in (1, 2),b", True),
        ("a notin (1)", False),
        ("example.com/n > 5", True),
        ("example.com/n<5", False),
        ("c=", False),
    ],
)
def test_selector_of_kubernetes_is_accepted(selector: str, matches: bool) -> None:
    assert checked_selector("label_selector", selector) == selector
    assert matches_selector({"a": "1", "b": "3", "example.com/n": "7"}, selector) is matches


@pytest.mark.parametrize("selector", ["a b", "a=b=c", "a,,b", "a,", "a in (b", "a in (b c)", "!", "=x", "a!b", "a=b c", "a/b/c"])
def test_selector_that_kubernetes_cannot_parse_is_refused(selector: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked_selector("label_selector", selector)
    assert_explained(refused.value, "InvalidLabel", "label_selector")
