# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.lab import bridge, nodes
from tests.lab.arm.state import NodePoolView
from tests.lab.services import Services
from tests.unit.lab.pool_views import ERA_2026, one_node, plugin_pod, pod, pool

NAME = nodes.node_name(pool(), 0)


def plan(
    pools: list[NodePoolView],
    current: list[dict[str, Any]],
    pods: list[dict[str, Any]],
    services_of: Mapping[str, Services] | None = None,
) -> bridge.Plan:
    return bridge.plan(pools, current, pods, era=ERA_2026, subscription="sub", services_of=services_of or {})


def status_patches(view: NodePoolView, *pods: dict[str, Any]) -> list[str]:
    return [name for name, _unused in plan([view], [one_node(view)], list(pods)).update_status]


def test_new_pool_makes_its_nodes() -> None:
    decided = plan([pool(count=2)], [], [])
    assert [item["metadata"]["name"] for item in decided.create] == [nodes.node_name(pool(), index) for index in (0, 1)]
    assert len({item["spec"]["podCIDR"] for item in decided.create}) == 2


def test_matching_node_is_left_alone() -> None:
    assert plan([pool()], [one_node(pool())], []) == bridge.Plan((), (), (), ())


def test_gone_pool_takes_its_nodes() -> None:
    assert plan([], [one_node(pool())], []).delete == (NAME,)


def test_node_of_others_is_kept() -> None:
    foreign = one_node(pool())
    del foreign["metadata"]["annotations"]
    assert plan([], [foreign], []).delete == ()


def test_upgraded_machine_is_deleted_before_it_is_made_anew() -> None:
    decided = plan([pool(kubernetes_version="1.35.5")], [one_node(pool())], [])
    assert (decided.delete, decided.create) == ((NAME,), ())


def test_plugin_is_known_by_what_it_mounts() -> None:
    assert status_patches(pool(), plugin_pod(NAME)) == [NAME]
    assert status_patches(pool(), pod(node=NAME)) == []


def test_plugin_that_is_not_ready_or_elsewhere_serves_nothing() -> None:
    assert status_patches(pool(), plugin_pod(NAME, ready=False)) == []
    assert status_patches(pool(), plugin_pod("another-node")) == []


def test_plugin_that_is_being_deleted_serves_nothing() -> None:
    leaving = plugin_pod(NAME)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert status_patches(pool(), leaving) == []


def test_plugin_without_driver_serves_nothing() -> None:
    assert status_patches(pool(driver_installed=False), plugin_pod(NAME)) == []


def test_image_with_a_plugin_serves_at_once() -> None:
    assert status_patches(pool(serves_gpu_itself=True)) == [NAME]


SLICES = "nvidia.com/mig-1g.10gb"
DIVIDED = pool(vm_size="Standard_NC24ads_A100_v4", gpu_instance_profile="MIG1g")


@pytest.mark.parametrize(
    ("plugin", "shown"),
    [
        ({}, {"nvidia.com/gpu": "1"}),
        ({"env": [{"name": "MIG_STRATEGY", "value": "single"}]}, {"nvidia.com/gpu": "7"}),
        ({"env": [{"name": "MIG_STRATEGY", "value": "mixed"}]}, {SLICES: "7"}),
        ({"env": [{"name": "MIG_STRATEGY", "value": "single"}], "args": ["--mig-strategy=mixed"]}, {SLICES: "7"}),
        ({"command": ["nvidia-device-plugin", "--mig-strategy", "mixed"]}, {SLICES: "7"}),
    ],
)
def test_partitioned_gpu_is_shown_by_the_plugins_strategy(plugin: dict[str, Any], shown: dict[str, str]) -> None:
    ((_name, patch),) = plan([DIVIDED], [one_node(DIVIDED)], [plugin_pod(NAME, **plugin)]).update_status
    assert patch == {"status": {"capacity": shown, "allocatable": shown}}


def test_the_plugin_of_a_managed_pool_has_the_pools_strategy() -> None:
    view = replace(DIVIDED, serves_gpu_itself=True, mig_strategy="mixed")
    ((_name, patch),) = plan([view], [one_node(view)], []).update_status
    assert patch["status"]["allocatable"] == {SLICES: "7"}


def test_node_without_gpu_never_shows_one() -> None:
    view = pool(name="cpu", vm_size="Standard_D2s_v3")
    assert status_patches(view, plugin_pod(nodes.node_name(view, 0))) == []
