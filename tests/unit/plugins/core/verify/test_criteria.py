# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.cluster_resources import OwnerResources
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.pods import pod_name
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.criteria import WaitCriteria
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.facts import snapshot_facts
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.permanent_causes import PERMANENT, PERMANENT_BY_EVIDENCE

from ...builders import GPU, Json, daemonset, facts_of, node, plugin_pod, pod, snapshot
from ...pages.finding_page import every_code

TWO = [node("a", gpus=4), node("b", gpus=4)]
HELD = [pod("train", on="a", gpus=3)]


@pytest.mark.parametrize(
    ("criteria", "nodes", "reached", "progress"),
    [
        pytest.param(WaitCriteria(), TWO, True, f"2 of 2 GPU nodes serve {GPU}", id="all serve"),
        pytest.param(WaitCriteria(3), TWO, False, f"2 of 3 GPU nodes serve {GPU}", id="too few nodes"),
        pytest.param(WaitCriteria(), [TWO[0], node("b", gpus=0)], False, f"1 of 2 GPU nodes serve {GPU}", id="one doesn't serve"),
        pytest.param(WaitCriteria(0), [], True, f"0 of 0 GPU nodes serve {GPU}", id="none wanted"),
        pytest.param(WaitCriteria(allocatable=8), TWO, True, f"8 of 8 {GPU} are allocatable", id="all allocatable, though held"),
        pytest.param(WaitCriteria(allocatable=9), TWO, False, f"8 of 9 {GPU} are allocatable", id="too few allocatable"),
        pytest.param(
            WaitCriteria(allocatable=8), [TWO[0], node("b", gpus=4, ready=False)], False, f"4 of 8 {GPU} are allocatable", id="not ready"
        ),
        pytest.param(WaitCriteria(schedulable=5), TWO, True, f"5 of 5 {GPU} are schedulable", id="free"),
        pytest.param(WaitCriteria(schedulable=6), TWO, False, f"5 of 6 {GPU} are schedulable", id="held"),
        pytest.param(
            WaitCriteria(schedulable=5), [TWO[0], node("b", gpus=4, cordoned=True)], False, f"1 of 5 {GPU} are schedulable", id="cordon"
        ),
        pytest.param(
            WaitCriteria(allocatable=8, schedulable=6),
            TWO,
            False,
            f"8 of 8 {GPU} are allocatable and 5 of 6 {GPU} are schedulable",
            id="both have to hold",
        ),
        pytest.param(WaitCriteria(schedulable=4, nodes=("b",)), TWO, True, f"4 of 4 {GPU} are schedulable on b", id="on one node"),
        pytest.param(WaitCriteria(schedulable=4, nodes=("a",)), TWO, False, f"1 of 4 {GPU} are schedulable on a", id="on the other"),
        pytest.param(
            WaitCriteria(allocatable=1, nodes=("a", "c")), TWO, False, f"4 of 1 {GPU} are allocatable on a, c", id="a node is missing"
        ),
        pytest.param(
            WaitCriteria(nodes=("a",)), [TWO[0], node("b", gpus=0)], True, f"1 of 1 GPU nodes serve {GPU}", id="the named one serves"
        ),
    ],
)
def test_what_is_waited_for(criteria: WaitCriteria, nodes: list[Json], reached: bool, progress: str) -> None:
    seen = snapshot(*nodes, pods=HELD)
    assert (criteria.reached(seen), criteria.progress(seen)) == (reached, progress)


@pytest.mark.parametrize(
    ("criteria", "nodes", "codes"),
    [
        pytest.param(WaitCriteria(), [node("a", gpus=None)], ["NoDevicePlugin"], id="no plugin"),
        pytest.param(WaitCriteria(2), [node("a", gpus=None)], ["NoDevicePlugin"], id="no plugin, and a node that is still to come"),
        pytest.param(WaitCriteria(), [node("a", vm_size="Standard_D4s_v5", gpus=None)], ["SizeWithoutGpu"], id="a size without GPU"),
        pytest.param(WaitCriteria(), [node("a", gpus=None, ready=False)], [], id="a node that starts"),
        pytest.param(WaitCriteria(), [node("a", gpus=1, capacity=2)], [], id="devices that may come back"),
        pytest.param(WaitCriteria(), [], [], id="no node yet"),
        pytest.param(
            WaitCriteria(nodes=("b",)), [node("a", gpus=None), node("b", gpus=None, ready=False)], [], id="not the node that counts"
        ),
        pytest.param(WaitCriteria(allocatable=1), [node("a", gpus=None)], [], id="a number, which another node may bring"),
        pytest.param(WaitCriteria(schedulable=1), [node("a", gpus=None)], [], id="a number of free ones"),
    ],
)
def test_permanent_obstacle_makes_a_goal_unreachable(criteria: WaitCriteria, nodes: list[Json], codes: list[str]) -> None:
    seen = snapshot(*nodes)
    assert [each.code for each in criteria.out_of_reach(seen, diagnose(seen))] == codes


@pytest.mark.parametrize(
    ("resources", "codes"), [(OwnerResources(), ["DriverMissing"]), (OwnerResources(policies=[{"metadata": {"name": "p"}}]), [])]
)
def test_missing_driver_is_permanent_unless_the_gpu_operator_may_bring_it(resources: OwnerResources, codes: list[str]) -> None:
    made = daemonset()
    serving = plugin_pod(made, on="a")
    seen = replace(
        snapshot(node("a", gpus=None), daemonsets=[made], pods=[serving]),
        plugin_logs={pod_name(serving): "Incompatible strategy detected auto"},
        resources=resources,
    )
    assert [each.code for each in WaitCriteria().out_of_reach(seen, diagnose(seen))] == []
    assert [each.code for each in WaitCriteria().out_of_reach(seen, diagnose(seen), by_evidence=True)] == codes


def test_each_cause_that_no_waiting_ends_is_one_that_a_diagnosis_has() -> None:
    assert {*PERMANENT, *PERMANENT_BY_EVIDENCE} <= set(every_code())


def test_facts_have_totals_by_pool_and_in_all_and_the_reasons_of_each_node() -> None:
    nodes = [node("a", pool="one", gpus=2), node("b", pool="two", gpus=0, capacity=2), node("c", pool="two", gpus=1, cordoned=True)]
    found = facts_of(*nodes, pods=[pod(on="a", gpus=1)])
    seen = ClusterSnapshot(GPU, None, found, ())
    facts = snapshot_facts(seen, diagnose(seen))
    counts = ("node_count", "capacity", "allocatable", "requested", "free", "schedulable_gpus", "schedulable")
    assert [facts[name] for name in counts] == [3, 5, 3, 1, 2, 1, True]
    assert [facts["pools"]["one"][name] for name in counts] == [1, 2, 2, 1, 1, 1, True]
    assert [facts["pools"]["two"][name] for name in counts] == [2, 3, 1, 0, 1, 0, False]
    assert facts["resources"] == {GPU: {"capacity": 5, "allocatable": 3, "requested": 1, "free": 2}}
    assert facts["nodes"][0]["reasons"] == []
    assert "NodeCordoned" in facts["nodes"][2]["reasons"]
    assert "fits" not in facts


def test_shared_gpus_slices_and_whole_gpus_are_distinguished() -> None:
    shared = node("a", vm_size="Standard_NC4as_T4_v3", gpus=10, labels={
        "nvidia.com/gpu.count": "1", "nvidia.com/gpu.replicas": "10", "nvidia.com/gpu.sharing-strategy": "time-slicing"})  # fmt: skip
    sliced = node(
        "b", vm_size="Standard_NC24ads_A100_v4", gpus=7, labels={"nvidia.com/mig.strategy": "single", "nvidia.com/gpu.count": "7"}
    )
    sliced["status"]["allocatable"]["nvidia.com/mig-1g.10gb"] = sliced["status"]["capacity"]["nvidia.com/mig-1g.10gb"] = "2"
    first, second = (each.facts() for each in facts_of(shared, sliced))
    assert [first[name] for name in ("physical", "capacity", "replicas", "sharing")] == [1, 10, 10, "time-slicing"]
    assert [second[name] for name in ("physical", "capacity", "replicas", "sharing")] == [1, 7, 1, "none"]
    assert second["resources"]["nvidia.com/mig-1g.10gb"] == {"capacity": 2, "allocatable": 2, "requested": 0, "free": 2}
