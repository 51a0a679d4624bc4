# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.node_facts import builtin_plugin, is_gpu_node, is_ready, pool_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.selection import Selection

from ...builders import DEDICATED_IMAGE, GPU, PLAIN_IMAGE, SKU_TAINT, Json, facts_of, gpu_nodes, node, pod


def without(made: Json, *labels: str) -> Json:
    kept = {name: value for name, value in made["metadata"]["labels"].items() if name not in labels}
    return {**made, "metadata": {**made["metadata"], "labels": kept}}


def unnamed(made: Json) -> Json:
    """A node whose provider ID names no pool."""
    return {**made, "spec": {**made["spec"], "providerID": "azure:///subscriptions/0/virtualMachines/gpu-0"}}


@pytest.mark.parametrize(
    ("made", "pool"),
    [
        pytest.param(unnamed(node()), "gpunp", id="both labels"),
        pytest.param(unnamed(without(node(), "agentpool")), "gpunp", id="the label with prefix"),
        pytest.param(unnamed(without(node(), "kubernetes.azure.com/agentpool")), "gpunp", id="the label of the articles' time"),
        pytest.param({"metadata": {"name": "kind"}, "spec": {}}, "", id="no labels: not AKS"),
    ],
)
def test_pool_of_a_node_is_read_from_either_label_of_aks(made: Json, pool: str) -> None:
    assert pool_of(made) == pool


def test_a_node_that_is_relabeled_into_another_pool_stays_in_the_pool_of_its_machine() -> None:
    relabeled = node("aks-other-12345678-vmss000000", labels={"agentpool": "gpunp", "kubernetes.azure.com/agentpool": "gpunp"})
    assert pool_of(relabeled) == "other"
    assert not Selection("gpunp", GPU).takes(relabeled)


@pytest.mark.parametrize(
    ("made", "is_gpu"),
    [
        pytest.param(node(), True, id="label and GPU"),
        pytest.param(node(gpus=None), True, id="label, no GPU yet"),
        pytest.param(node(accelerator=False), True, id="GPU, no label"),
        pytest.param(node(accelerator=False, gpus=None), False, id="neither"),
        pytest.param(node(accelerator=False, gpus=None, labels={"accelerator": "amd"}), False, id="another maker's"),
        pytest.param({"metadata": {"name": "new"}, "spec": {}}, False, id="no status yet"),
    ],
)
def test_gpu_node_has_akss_label_or_shows_a_gpu(made: Json, is_gpu: bool) -> None:
    assert is_gpu_node(made) is is_gpu


def test_mig_slice_alone_makes_a_gpu_node() -> None:
    assert is_gpu_node({"metadata": {"name": "n"}, "spec": {}, "status": {"capacity": {"nvidia.com/mig-1g.5gb": "7"}}})


def test_node_is_ready_only_by_its_ready_condition() -> None:
    assert is_ready(node())
    assert not is_ready(node(ready=False))
    assert not is_ready({"metadata": {"name": "new"}, "spec": {}})


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        pytest.param(node(image=PLAIN_IMAGE), None, id="a plain image"),
        pytest.param(node(image=DEDICATED_IMAGE), f"its image {DEDICATED_IMAGE} is the dedicated GPU image", id="the dedicated image"),
        pytest.param(node(labels={"kubernetes.azure.com/dcgm-exporter": "enabled"}), "AKS manages its GPU", id="a managed GPU"),
    ],
)
def test_owner_of_the_device_plugin_is_read_from_the_node(made: Json, reason: str | None) -> None:
    found = builtin_plugin(made)
    assert found is None if reason is None else found is not None and found.startswith(reason)


def test_facts_are_those_of_the_node_and_its_pods() -> None:
    pods = [pod("train-0", gpus=1), pod("elsewhere", on="other", gpus=1)]
    (facts,) = facts_of(node(gpus=2, taints=[SKU_TAINT]), pods=pods)
    assert facts.facts() == {
        "name": "aks-gpunp-28993262-vmss000000",
        "pool": "gpunp",
        "vm_size": "Standard_NC6",
        "gpu_model": "Tesla K80",
        "image_version": PLAIN_IMAGE,
        "driver_version": "",
        "container_runtime": "",
        "simulated": False,
        "ready": True,
        "cordoned": False,
        "capacity": 2,
        "allocatable": 2,
        "requested": 1,
        "free": 1,
        "resources": {GPU: {"capacity": 2, "allocatable": 2, "requested": 1, "free": 1}},
        "physical": 1,
        "replicas": 1,
        "sharing": "none",
        "dra": {"devices": 0, "allocated": 0, "free": 0},
        "taints": [SKU_TAINT],
        "services": {},
        "conditions": [],
        "schedulable": True,
    }
    assert facts.holders == (("default/train-0", 1),)


def test_node_of_the_lab_is_labeled_as_that() -> None:
    (facts,) = facts_of(node(labels={"gpuops-aks-lab/simulated": "true"}))
    assert facts.facts()["simulated"] is True


def test_model_of_gpu_feature_discovery_wins_over_the_sizes() -> None:
    (facts,) = facts_of(node(labels={"nvidia.com/gpu.product": "Tesla-K80-SHARED"}))
    assert facts.gpu_model == "Tesla-K80-SHARED"


def test_nodes_are_sorted_and_complete() -> None:
    nodes = [node("b"), node("c", gpus=None), {"metadata": {"name": "a"}, "spec": {}}]
    assert [(facts.name, facts.capacity) for facts in gpu_nodes(nodes, [], GPU)] == [("a", 0), ("b", 1), ("c", 0)]


def test_other_resources_of_a_node_do_not_count() -> None:
    (facts,) = gpu_nodes([node(gpus=4)], [pod(gpus=1)], "nvidia.com/mig-1g.5gb")
    assert (facts.capacity, facts.allocatable, facts.requested) == (0, 0, 0)


def test_count_is_parsed_as_a_kubernetes_quantity() -> None:
    made = node()
    made["status"]["capacity"][GPU] = made["status"]["allocatable"][GPU] = "1k"  # a thousand shares, as the API server prints them
    (facts,) = facts_of(made)
    assert (facts.capacity, facts.allocatable) == (1000, 1000)


@pytest.mark.parametrize(
    ("made", "pods", "schedulable", "serves"),
    [
        pytest.param(node(), [], True, True, id="free"),
        pytest.param(node(), [pod(gpus=1)], False, True, id="taken"),
        pytest.param(node(gpus=2), [pod(gpus=1)], True, True, id="half taken"),
        pytest.param(node(cordoned=True), [], False, True, id="cordoned"),
        pytest.param(node(ready=False), [], False, False, id="not ready"),
        pytest.param(node(gpus=None), [], False, False, id="no GPU"),
        pytest.param(node(gpus=0, capacity=1), [], False, False, id="withdrawn"),
        pytest.param(node(gpus=1, capacity=2), [], True, False, id="one of two lost"),
    ],
)
def test_gpu_is_schedulable_if_a_pod_would_get_it_now(made: Json, pods: list[Json], schedulable: bool, serves: bool) -> None:
    (facts,) = facts_of(made, pods=pods)
    assert (facts.schedulable, facts.serves) == (schedulable, serves)


def test_more_taken_than_there_is_leaves_nothing_free() -> None:
    (facts,) = facts_of(node(gpus=1, capacity=2), pods=[pod(gpus=2)])
    assert (facts.requested, facts.free) == (2, 0)


def test_taint_of_a_nodes_state_needs_no_toleration() -> None:
    (facts,) = facts_of(node(taints=[SKU_TAINT], ready=False, cordoned=True))
    assert facts.taints == (SKU_TAINT,)
    assert (facts.ready, facts.cordoned) == (False, True)
