# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node of a managed pool shows, and when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import bridge, nodes
from tests.lab.device_faults import SERVICE_FAULTS, DeviceFault, DeviceFaults
from tests.lab.services import DCGM, LATE_S, PLUGIN, REPORTED_AFTER_S, services
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

MANAGED = pool(managed=True, serves_gpu_itself=True)
NAME = nodes.node_name(MANAGED, 0)
REPORTED = (PLUGIN.type, DCGM.type)
# Faults, the node's age, and what it shows then: its GPUs, and the conditions by their status.
SHOWN: list[Any] = [
    pytest.param((), 0, "1", {}, id="at first its GPUs"),
    pytest.param((), REPORTED_AFTER_S, "1", dict.fromkeys(REPORTED, "False"), id="then that its services are healthy"),
    pytest.param(("exporter-late",), REPORTED_AFTER_S, "1", {PLUGIN.type: "False", DCGM.type: "True"}, id="an exporter that is late"),
    pytest.param(("exporter-late",), LATE_S, "1", dict.fromkeys(REPORTED, "False"), id="an exporter that was late"),
    pytest.param(("exporter-never",), 10 * LATE_S, "1", {PLUGIN.type: "False", DCGM.type: "True"}, id="no exporter"),
    pytest.param(("plugin-late",), LATE_S - 1, None, {}, id="a plugin that is late, of which nothing is reported yet"),
    pytest.param(("plugin-late",), LATE_S, "1", {}, id="a plugin that was late"),
    pytest.param(("plugin-stopped",), LATE_S, None, {PLUGIN.type: "True", DCGM.type: "False"}, id="a plugin that has stopped"),
    pytest.param(("no-problem-detector",), 10 * LATE_S, "1", {}, id="no node problem detector"),
]


def shown(faults: tuple[str, ...], age_s: float) -> tuple[str | None, dict[str, str]]:
    """The GPUs and the conditions of a node of this age."""
    node = one_node(MANAGED)
    found = bridge.plan([MANAGED], [node], [], era=ERA_2026, subscription="sub", services_of={NAME: services(age_s, faults)})
    gpus = [patch["status"]["allocatable"]["nvidia.com/gpu"] for _name, patch in found.update_status]
    conditions = [each for _name, patch in found.update_conditions for each in patch["status"]["conditions"]]
    return (gpus[0] if gpus else None), {each["type"]: each["status"] for each in conditions}


@pytest.mark.parametrize(("faults", "age_s", "gpus", "conditions"), SHOWN)
def test_node_of_a_managed_pool_shows(faults: tuple[str, ...], age_s: float, gpus: str | None, conditions: dict[str, str]) -> None:
    assert shown(faults, age_s) == (gpus, conditions)


def test_each_fault_of_the_services_is_shown() -> None:
    assert {fault for case in SHOWN for fault in case.values[0]} == {*SERVICE_FAULTS}


def test_label_is_there_from_the_start_and_only_on_managed_nodes() -> None:
    labels = [one_node(view)["metadata"]["labels"].get("kubernetes.azure.com/dcgm-exporter") for view in (MANAGED, pool())]
    assert labels == ["enabled", None]


@pytest.mark.parametrize(
    ("faults", "age_s", "left"),
    [
        ((), 0.0, REPORTED_AFTER_S),
        ((), REPORTED_AFTER_S, None),
        (("exporter-late",), REPORTED_AFTER_S, LATE_S - REPORTED_AFTER_S),
        (("exporter-never",), REPORTED_AFTER_S, None),
        (("plugin-late",), 0.0, LATE_S),
        (("no-problem-detector",), 0.0, None),
    ],
)
def test_time_until_the_next_change_is_known(faults: tuple[str, ...], age_s: float, left: float | None) -> None:
    assert services(age_s, faults).next_change_s == left


def test_condition_that_is_shown_is_not_written_again() -> None:
    node = one_node(MANAGED)
    now = services(REPORTED_AFTER_S, ())
    ((_name, patch),) = bridge.plan([MANAGED], [node], [], era=ERA_2026, subscription="s", services_of={NAME: now}).update_conditions
    node["status"]["conditions"] = patch["status"]["conditions"]
    assert not bridge.plan([MANAGED], [node], [], era=ERA_2026, subscription="s", services_of={NAME: now}).update_conditions


def test_fault_of_the_services_is_not_one_of_a_gpu() -> None:
    faults = DeviceFaults()
    faults.set(DeviceFault("exporter-never", None, pool="gpunp"))
    assert faults.of_node(node="any", pool="gpunp") == {"exporter-never"}
    assert faults.of_node(node="any", pool="other") == frozenset()
    assert faults.of(node="any", pool="gpunp", device=0) == ""
