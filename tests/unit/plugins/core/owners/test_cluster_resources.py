# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every node of every maker under every GPU Operator: who brings its driver, and what is found where that is two, or nobody.

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.cluster_resources import OwnerResources, owner_names, owners_on
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.causes_drivers import DRIVER_CAUSES
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.facts import snapshot_facts

from ...builders import DEDICATED_IMAGE, GPU_NODE, PLAIN_IMAGE, Json, daemonset, node, plugin_pod, snapshot

AKS, IMAGE, OPERATOR = "AKS", "the dedicated GPU image", "the GPU Operator"
DEPLOY = "nvidia.com/gpu.deploy"


def node_class(name: str, **gpu: object) -> Json:
    return {"metadata": {"name": name}, "spec": {"gpu": gpu} if gpu else {}}


CLASSES = [
    node_class("default"),
    node_class("installs", mode="Driver"),
    node_class("byo", mode="None"),
    node_class("managed", nvidia={"managementMode": "Managed"}),
]


def of_class(name: str) -> tuple[str, dict[str, str]]:
    return PLAIN_IMAGE, {"karpenter.azure.com/aksnodeclass": name}


# Who made the node → its image and labels, and who brings its driver without an operator: None is not known, "" is nobody.
NODES: dict[str, tuple[tuple[str, dict[str, str]], str | None]] = {
    "a pool of AKS": ((PLAIN_IMAGE, {}), None),
    "a managed pool": ((PLAIN_IMAGE, {"kubernetes.azure.com/dcgm-exporter": "enabled"}), AKS),
    "the dedicated image": ((DEDICATED_IMAGE, {}), IMAGE),
    "Karpenter": (of_class("default"), AKS),
    "Karpenter, with a driver": (of_class("installs"), AKS),
    "Karpenter, without a driver": (of_class("byo"), ""),
    "Karpenter, managed": (of_class("managed"), AKS),
    "Karpenter, by a class that is gone": (of_class("gone"), None),
}


def policy(state: str = "ready", **spec: Json) -> Json:
    return {"metadata": {"name": "cluster-policy"}, "spec": spec, "status": {"state": state}}


BY_DRIVERS = policy(driver={"nvidiaDriverCRD": {"enabled": True}})


def driver(**selector: str) -> Json:
    return {"metadata": {"name": "r595"}, "spec": {"nodeSelector": selector}}


# The operator → its resources, labels that keep it off, and whether it brings the node's driver; None is not known.
OPERATORS: dict[str, tuple[list[Json] | None, list[Json] | None, dict[str, str], bool | None]] = {
    "no operator": ([], [], {}, False),
    "an operator that may not be read": (None, None, {}, None),
    "the operator with its driver": ([policy(driver={"enabled": True})], [], {}, True),
    "the operator with its defaults": ([policy()], [], {}, True),
    "the operator without a driver": ([policy(driver={"enabled": False})], [], {}, False),
    "the operator by an NVIDIADriver": ([BY_DRIVERS], [driver()], {}, True),
    "the operator by an NVIDIADriver for the pool": ([BY_DRIVERS], [driver(agentpool="gpunp")], {}, True),
    "the operator by an NVIDIADriver for other nodes": ([BY_DRIVERS], [driver(agentpool="other")], {}, False),
    "the operator by NVIDIADrivers that may not be read": ([BY_DRIVERS], None, {}, None),
    "the operator, its driver kept off": ([policy()], [], {f"{DEPLOY}.driver": "false"}, False),
    "the operator, which has found a driver": ([policy()], [], {f"{DEPLOY}.driver": "pre-installed"}, False),
    "the operator, kept off": ([policy()], [], {f"{DEPLOY}.operands": "false"}, False),
    "a ClusterPolicy that is ignored": ([policy("ignored")], [], {}, False),
}
PAIRS = [pytest.param(made, operator, id=f"{made} and {operator}") for made in NODES for operator in OPERATORS]


def expected(made: str, operator: str) -> list[str]:
    """The finding by the two owners alone."""
    by_aks, by_operator = NODES[made][1], OPERATORS[operator][3]
    if by_aks and by_operator:
        return ["TwoDriverOwners error"]
    if "has found a driver" in operator:
        return ["DriverPreinstalled error"]
    if by_aks == "" and by_operator is False:
        return ["NoDriver error"]
    if by_aks is None and "other nodes" in operator:  # AKS may have installed one
        return ["NoDriver warning"]
    return []


@pytest.mark.parametrize(("made", "operator"), PAIRS)
def test_two_drivers_or_none_are_found_and_all_else_is_left_alone(made: str, operator: str) -> None:
    (image, labels), _by_aks = NODES[made]
    policies, drivers, off, _by_operator = OPERATORS[operator]
    resources = OwnerResources(policies, drivers, CLASSES)
    shown = snapshot(node(image=image, labels={**labels, **off}, gpus=None), resources=resources)
    found = [each for cause in DRIVER_CAUSES for each in cause(shown)]
    assert [f"{each.code} {each.severity}" for each in found] == expected(made, operator)
    assert all(each.subjects == (GPU_NODE,) and each.evidence for each in found)
    refused = [shown.lacks_driver(each) for each in shown.nodes]
    assert [each is not None for each in refused] == [expected(made, operator) == ["NoDriver error"]]


@pytest.mark.parametrize("made", NODES)
def test_node_that_offers_gpus_lacks_no_driver(made: str) -> None:
    (image, labels), _by_aks = NODES[made]
    shown = snapshot(node(image=image, labels=labels), resources=OwnerResources([], [], CLASSES))
    assert [each.code for cause in DRIVER_CAUSES for each in cause(shown)] == []


def test_nothing_is_said_of_what_was_not_read() -> None:
    for (image, labels), _by_aks in NODES.values():
        assert [each for cause in DRIVER_CAUSES for each in cause(snapshot(node(image=image, labels=labels, gpus=None)))] == []


@pytest.mark.parametrize(
    ("labels", "spec", "owners"),
    [
        ({}, {}, {"driver": [OPERATOR], "plugin": [OPERATOR], "metrics": [OPERATOR]}),
        ({}, {"devicePlugin": {"enabled": False}}, {"driver": [OPERATOR], "plugin": [], "metrics": [OPERATOR]}),
        ({}, {"dcgmExporter": {"enabled": False}}, {"driver": [OPERATOR], "plugin": [OPERATOR], "metrics": []}),
        ({f"{DEPLOY}.device-plugin": "false"}, {}, {"driver": [OPERATOR], "plugin": [], "metrics": [OPERATOR]}),
        ({f"{DEPLOY}.dcgm-exporter": "false"}, {}, {"driver": [OPERATOR], "plugin": [OPERATOR], "metrics": []}),
        ({f"{DEPLOY}.operands": "false"}, {}, {"driver": [], "plugin": [], "metrics": []}),
    ],
)
def test_operator_brings_what_neither_its_policy_nor_a_label_switches_off(
    labels: dict[str, str], spec: Json, owners: dict[str, list[str]]
) -> None:
    resources = OwnerResources([policy(**spec)], [], [])
    assert owner_names(owners_on(labels, PLAIN_IMAGE, resources)) == owners


def test_pool_shows_its_owners() -> None:
    """Of two pools, one is Karpenter's with a DaemonSet, and one is managed."""
    plugin = daemonset()
    nodes = [
        node(labels=of_class("default")[1]),
        node("managed-0", pool="managed", labels={"kubernetes.azure.com/dcgm-exporter": "enabled"}),
    ]
    resources = OwnerResources([], [], CLASSES)
    shown = snapshot(*nodes, daemonsets=[plugin], pods=[plugin_pod(plugin)], resources=resources)
    pools = snapshot_facts(shown, [])["pools"]
    assert pools["gpunp"]["owners"] == {"driver": [AKS], "plugin": ["a DaemonSet"], "metrics": []}
    assert pools["managed"]["owners"] == {"driver": [AKS], "plugin": [AKS], "metrics": [AKS]}
