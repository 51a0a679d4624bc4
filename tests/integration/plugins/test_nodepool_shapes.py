# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_gpu_nodepool with pools that Azure describes in another way than a task does: stopped ones, ones of virtual machines."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, four_times

WHERE = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp"}
STOPPED, RUNNING = {"power_state": {"code": "Stopped"}}, {"power_state": {"code": "Running"}}
SCALES = {"enable_auto_scaling": True, "min_count": 1, "max_count": 3}
T4, T4_LARGE = SIZE, "Standard_NC8as_T4_v3"


def in_azure(azure: Azure) -> Any:
    """The pool as another client sees it."""
    return azure.somebody().agent_pools.get(GROUP, CLUSTER, "gpunp")


class TestStopped:
    """Azure says of a stopped pool that it has no nodes, and brings them back when it starts."""

    @pytest.mark.parametrize("scaling", [{"count": 2}, {**SCALES, "count": 2}], ids=["by hand", "by the autoscaler"])
    def test_it_is_as_described_until_it_is_started_with_its_nodes(self, with_cluster: Azure, scaling: dict[str, Any]) -> None:
        azure = with_cluster
        described = {**WHERE, "vm_size": T4, **scaling}
        azure.run(NODEPOOL, **described)
        four_times(azure, NODEPOOL, evidence=azure.writes, **described, **STOPPED)
        assert in_azure(azure).count == 0
        with azure.requests() as sent:
            assert not azure.run(NODEPOOL, **described).changed
        assert sent.writes == []
        started = four_times(azure, NODEPOOL, evidence=azure.writes, **described, **RUNNING)
        assert started.result["pool"]["count"] == in_azure(azure).count == 2

    def test_start_without_a_count_restores_the_previous_nodes(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **WHERE, vm_size=T4, count=2)
        azure.run(NODEPOOL, **WHERE, **STOPPED)
        four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, **RUNNING)
        assert in_azure(azure).count == 2

    def test_tag_of_a_stopped_pool_is_changed_without_starting_it(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **WHERE, vm_size=T4, **SCALES)
        azure.run(NODEPOOL, **WHERE, **STOPPED)
        four_times(azure, NODEPOOL, evidence=azure.writes, **WHERE, **SCALES, tags={"team": "vision"})
        assert (in_azure(azure).count, in_azure(azure).power_state.code) == (0, "Stopped")


class TestVirtualMachines:
    """Such a pool names sizes and numbers in a profile."""

    def described(self, **scale: Any) -> dict[str, Any]:
        return {**WHERE, "extra_properties": {"type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}}}

    def test_it_is_made_as_described_and_left_alone_then(self, with_cluster: Azure) -> None:
        manual = [{"size": T4, "count": 1}, {"size": T4_LARGE, "count": 2}]
        made = four_times(with_cluster, NODEPOOL, evidence=with_cluster.writes, **self.described(manual=manual)).result["pool"]
        assert (made["provisioning_state"], made["vm_size"], made["count"]) == ("Succeeded", None, 3)

    def test_option_of_a_scale_set_is_refused_before_any_request(self, with_cluster: Azure) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **self.described(manual=[{"size": T4, "count": 1}]))
        with azure.requests() as sent:
            error = azure.refused(NODEPOOL, **WHERE, vm_size=T4, count=1)
        assert (error.code, sent.writes) == ("VirtualMachinesPool", [])


class TestRefused:
    """Before anything is sent, because the pool as it would be is one that Azure doesn't take."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"kubelet_config": {"cpu_manager_policy": "static"}}, "ImmutableField"),
            ({"linux_os_config": {"sysctls": {"vm_swappiness": 10}}}, "ImmutableField"),
            ({"enable_encryption_at_host": True}, "ImmutableField"),
            ({"upgrade_settings": {"max_surge": 0}}, "ContradictingOptions"),
            ({"mode": "System"}, "InvalidTaint"),
        ],
    )
    def test_a_change(self, with_cluster: Azure, change: dict[str, Any], code: str) -> None:
        azure = with_cluster
        azure.run(NODEPOOL, **WHERE, vm_size=T4, node_taints=["sku=gpu:NoSchedule"])
        with azure.requests() as sent:
            assert azure.refused(NODEPOOL, **WHERE, **change).code == code
        assert sent.writes == []

    @pytest.mark.parametrize(
        ("pool", "code"),
        [
            ({"mode": "System", "node_taints": ["sku=gpu:NoSchedule"]}, "InvalidTaint"),
            ({"linux_os_config": {"swap_file_size_mb": 1500}}, "ContradictingOptions"),
            ({"upgrade_settings": {"max_surge": "0%"}}, "ContradictingOptions"),
        ],
    )
    def test_a_new_pool(self, with_cluster: Azure, pool: dict[str, Any], code: str) -> None:
        with with_cluster.requests() as sent:
            assert with_cluster.refused(NODEPOOL, **WHERE, vm_size=T4, **pool).code == code
        assert sent.writes == []


def test_new_pool_of_a_size_without_gpus_gives_a_warning(with_cluster: Azure) -> None:
    (warning,) = with_cluster.run(NODEPOOL, **WHERE, vm_size="Standard_D2s_v3").warnings
    assert "Standard_D2s_v3 has no GPU" in warning
    assert with_cluster.run(NODEPOOL, **WHERE, vm_size="Standard_D2s_v3").warnings == ()


def test_pool_is_deleted_despite_a_disruption_budget_on_request(with_cluster: Azure) -> None:
    azure = with_cluster
    azure.run(NODEPOOL, **WHERE, vm_size=T4)
    assert azure.run(NODEPOOL, **WHERE, state="absent", ignore_pod_disruption_budget=True).changed
    assert not azure.run(NODEPOOL, **WHERE, state="absent", ignore_pod_disruption_budget=True).changed
