# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the services of a managed node: a condition that is missing says neither that they run nor that they don't."""

from __future__ import annotations

import pytest

from ...builders import Json, facts_of, node

MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
UNKNOWN = {"device_plugin": "unknown", "dcgm": "unknown"}


def condition(kind: str, status: str) -> Json:
    return {"type": kind, "status": status, "reason": "", "message": ""}


PLUGIN, DCGM = "UnhealthyNvidiaDevicePlugin", "UnhealthyNvidiaDCGMServices"
STATES = [
    pytest.param(node(labels=MANAGED), UNKNOWN, True, id="nothing is reported yet"),
    pytest.param(
        node(labels=MANAGED, conditions=[condition(PLUGIN, "False"), condition(DCGM, "False")]),
        {"device_plugin": "healthy", "dcgm": "healthy"},
        True,
        id="both run",
    ),
    pytest.param(
        node(labels=MANAGED, conditions=[condition(PLUGIN, "False"), condition(DCGM, "True")]),
        {"device_plugin": "healthy", "dcgm": "unhealthy"},
        True,
        id="metrics alone are missing, and the GPUs are served",
    ),
    pytest.param(
        node(labels=MANAGED, conditions=[condition(PLUGIN, "True")]),
        {**UNKNOWN, "device_plugin": "unhealthy"},
        False,
        id="the plugin has stopped, which the kubelet has not noticed yet",
    ),
    pytest.param(node(labels=MANAGED, conditions=[condition(PLUGIN, "Unknown")]), UNKNOWN, True, id="the detector does not know"),
    pytest.param(node(conditions=[condition(PLUGIN, "True")]), {}, True, id="a node of another path"),
    pytest.param(node(labels={"kubernetes.azure.com/dcgm-exporter": "disabled"}), {}, True, id="another value of the label"),
]


@pytest.mark.parametrize(("made", "services", "serves"), STATES)
def test_services_of_a_node(made: Json, services: dict[str, str], serves: bool) -> None:
    (found,) = facts_of(made)
    assert (found.services, found.serves) == (services, serves)
    assert found.facts()["services"] == services


def test_node_without_gpus_does_not_serve_them_whatever_is_reported() -> None:
    (found,) = facts_of(node(gpus=0, labels=MANAGED, conditions=[condition(PLUGIN, "False")]))
    assert not found.serves
