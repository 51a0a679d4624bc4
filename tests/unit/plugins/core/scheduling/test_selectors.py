# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.reasons import Kind, selection_reasons

LABELS = {
    "agentpool": "gpunp",
    "gpus": "4",
    "kubernetes.azure.com/accelerator": "nvidia",
    "padded": "08",
    "grouped": "1_0",
    "huge": "9" * 19,
}


def terms(*given: dict[str, Any]) -> dict[str, Any]:
    """A pod spec with these node selector terms."""
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(given)}}}}


def wants(key: str, operator: str, *values: str) -> dict[str, Any]:
    """A term of one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


# https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"nodeSelector": None, "affinity": None},
        {"nodeSelector": {"agentpool": "gpunp"}},
        {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}},
        {"affinity": {"podAntiAffinity": {}}},
        terms(wants("agentpool", "In", "other", "gpunp")),
        terms(wants("agentpool", "NotIn", "other")),
        terms(wants("missing", "NotIn", "any")),
        terms(wants("agentpool", "Exists")),
        terms(wants("missing", "DoesNotExist")),
        terms(wants("gpus", "Gt", "3")),
        terms(wants("gpus", "Lt", "5")),
        terms(wants("padded", "Gt", "7")),
        terms(wants("gpus", "Gt", "-5")),
        terms(wants("missing", "Exists"), wants("agentpool", "Exists")),
        terms({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}),
    ],
)
def test_a_node_is_selected(spec: dict[str, Any]) -> None:
    assert list(selection_reasons(spec, LABELS, "a")) == []


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"nodeSelector": {"agentpool": "other", "gpus": "4"}}, "agentpool=other"),
        (terms(wants("agentpool", "In", "other", "more")), "agentpool In other, more"),
        (terms(wants("agentpool", "NotIn", "gpunp")), "agentpool NotIn gpunp"),
        (terms(wants("missing", "Exists")), "missing Exists"),
        (terms(wants("agentpool", "DoesNotExist")), "agentpool DoesNotExist"),
        (terms(wants("gpus", "Gt", "4")), "gpus Gt 4"),
        (terms(wants("gpus", "Lt", "4")), "gpus Lt 4"),
        (terms(wants("agentpool", "Gt", "4")), "agentpool Gt 4"),
        (terms(wants("missing", "Lt", "4")), "missing Lt 4"),
        (terms(wants("gpus", "Lt")), "gpus Lt"),
        (terms(wants("grouped", "Gt", "4")), "grouped Gt 4"),
        (terms(wants("huge", "Gt", "4")), "huge Gt 4"),
        (terms({}), "(empty)"),
        (terms(wants("a", "Exists"), wants("b", "Exists")), "a Exists or b Exists"),
        (terms({**wants("agentpool", "Exists"), "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}),
         "agentpool Exists and metadata.name In b"),
    ],
)  # fmt: skip
def test_a_node_is_not_selected(spec: dict[str, Any], why: str) -> None:
    (reason,) = selection_reasons(spec, LABELS, "a")
    assert (reason.kind, reason.about) == ((Kind.NODE_SELECTOR if "nodeSelector" in spec else Kind.NODE_AFFINITY), why)
    assert reason.text.endswith(why)
