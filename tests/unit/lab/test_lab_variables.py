# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import variables

POD: dict[str, Any] = {
    "metadata": {"name": "prove", "namespace": "team", "uid": "u-1", "labels": {"app": "x"}},
    "spec": {"nodeName": "node-0", "serviceAccountName": "default"},
}
FIELDS = variables.fields(POD, host_ip="10.224.0.4")


def reference(path: str) -> dict[str, Any]:
    return {"name": "X", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "prove"),
        ("metadata.namespace", "team"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "x"),
        ("metadata.labels['other']", ""),
        ("spec.nodeName", "node-0"),
        ("status.hostIP", "10.224.0.4"),
    ],
)
def test_variable_refers_to_a_field_of_its_pod(path: str, value: str) -> None:
    assert variables.values([reference(path)], FIELDS) == {"X": value}


@pytest.mark.parametrize("source", [{"secretKeyRef": {"name": "s", "key": "k"}}, {"fieldRef": {"fieldPath": "status.podIP"}}])
def test_source_that_the_lab_cannot_read_is_named(source: dict[str, Any]) -> None:
    with pytest.raises(variables.UnknownSourceError, match=r"X: (secretKeyRef|status\.podIP)"):
        variables.values([{"name": "X", "valueFrom": source}], FIELDS)


def test_variable_refers_to_those_before_it() -> None:
    env = [{"name": "A", "value": "$(B)1"}, {"name": "B", "value": "$(A)2"}, reference("metadata.name"), {"name": "C", "value": "$(X)"}]
    assert variables.values(env, FIELDS) == {"A": "$(B)1", "B": "$(B)12", "X": "prove", "C": "prove"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("--node=$(NODE)", "--node=a"),
        ("$(NODE)$(NODE)", "aa"),
        ("$$(NODE)", "$(NODE)"),
        ("$(OTHER)", "$(OTHER)"),
        ("$NODE $( cost: 5$", "$NODE $( cost: 5$"),
    ],
)
def test_references_are_expanded_as_kubernetes_does(text: str, result: str) -> None:
    assert variables.expanded(text, {"NODE": "a"}) == result
