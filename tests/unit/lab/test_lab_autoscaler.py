# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import autoscaler, nodes
from tests.lab.arm.state import NodePoolView
from tests.unit.lab.pool_views import ERA_2026, one_node, pod, pool

GROWING = pool(autoscaling=True, max_count=3)
BUSY = one_node(GROWING, gpus=("1", "1"))
USER = pod("user", node=nodes.node_name(GROWING, 0), gpus=1)


_TERM = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["another"]}]}
BY_NAME = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_TERM]}}}


def scale_ups(*pods: dict[str, Any], view: NodePoolView = GROWING, there: tuple[dict[str, Any], ...] = (BUSY,)) -> list[tuple[str, int]]:
    return list(autoscaler.scale_ups([view], list(there), pods, era=ERA_2026))


def test_pod_without_a_place_gets_a_node() -> None:
    assert scale_ups(USER, pod("waiting", gpus=1)) == [("gpunp", 2)]


def test_pod_that_fits_by_now_waits_for_the_scheduler() -> None:
    assert scale_ups(pod("waiting", gpus=1)) == []


def test_cordoned_node_has_no_room() -> None:
    cordoned = one_node(GROWING, gpus=("1", "1"))
    cordoned["spec"]["unschedulable"] = True
    assert scale_ups(pod("waiting", gpus=1), there=(cordoned,)) == [("gpunp", 2)]


def test_finished_pod_holds_nothing() -> None:
    done = pod("done", node=nodes.node_name(GROWING, 0), gpus=1)
    done["status"]["phase"] = "Succeeded"
    assert scale_ups(done, pod("waiting", gpus=1)) == []


def test_pool_whose_gpus_are_not_known_yet_is_not_grown() -> None:
    assert scale_ups(pod("waiting", gpus=1), there=(one_node(GROWING),)) == []


def test_limit_and_fixed_pools_are_respected() -> None:
    waiting = pod("waiting", gpus=1)
    assert scale_ups(USER, waiting, view=pool(autoscaling=True, max_count=1)) == []
    assert scale_ups(USER, waiting, view=pool(max_count=3)) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"affinity": BY_NAME},
        {"tolerations": []},
        {"nodeSelector": {"agentpool": "another"}},
        {"tolerations": [{"key": "sku", "value": "cpu"}]},
    ],
)
def test_pod_that_a_new_node_would_reject_does_not_scale_up(spec: dict[str, Any]) -> None:
    assert scale_ups(USER, pod("waiting", gpus=1, spec=spec)) == []


def test_a_new_node_is_expected_to_be_divided_as_the_others_are() -> None:
    view = pool(autoscaling=True, max_count=3, vm_size="Standard_NC24ads_A100_v4", gpu_instance_profile="MIG1g")
    there = one_node(view)
    there["status"]["allocatable"]["nvidia.com/mig-1g.10gb"] = "7"
    slices = {"requests": {"nvidia.com/mig-1g.10gb": "4"}}
    body = {"containers": [{"name": "main", "image": "example.com/app", "resources": slices}]}
    busy, waiting = pod("busy", node=nodes.node_name(view, 0), spec=body), pod("waiting", spec=body)
    assert scale_ups(busy, waiting, view=view, there=(there,)) == [("gpunp", 2)]


def test_pod_larger_than_a_node_does_not_scale_up() -> None:
    assert scale_ups(USER, pod("waiting", gpus=2)) == []
