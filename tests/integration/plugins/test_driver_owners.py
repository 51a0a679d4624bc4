# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who brings a node's driver, by custom resources on a real API server: two that would, nobody, and users who may not read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import AKS_NODE_CLASSES, NVIDIA_DRIVERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import Cluster, Json
from tests.integration.plugins.operator import KINDS, MADE_BY_TEST, Operator, codes_of, custom_resources
from tests.unit.plugins.operator_builders import LABELED

pytestmark = pytest.mark.lab

MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
OF_CLASS = "karpenter.azure.com/aksnodeclass"


@pytest.fixture
def operator(cluster: Cluster) -> Iterator[Operator]:
    """A cluster that knows the resources, and has none."""
    with custom_resources(cluster):
        made = Operator(cluster)
        yield made
        made.remove()


def make_class(cluster: Cluster, mode: str) -> dict[str, str]:
    """An AKSNodeClass; the label of the nodes that Karpenter creates by it."""
    manifest = {
        "apiVersion": "karpenter.azure.com/v1beta1",
        "kind": KINDS[AKS_NODE_CLASSES],
        "metadata": {"name": f"class-{cluster.name}", "labels": MADE_BY_TEST},
        "spec": {"gpu": {"mode": mode}},
    }
    cluster.client.create(AKS_NODE_CLASSES, manifest)
    return {OF_CLASS: f"class-{cluster.name}"}


def seen(cluster: Cluster, **params: object) -> Json:
    """What verify says of the test's pool."""
    facts: Json = cluster.run(FACTS, pool=cluster.name, **params)["ansible_facts"]["gpu_schedulable"]
    return facts


@pytest.mark.proves("TwoDriverOwners")
def test_operator_that_would_install_a_driver_on_a_managed_node(operator: Operator) -> None:
    cluster = operator.cluster
    node = operator.add_node(labels={**LABELED, **MANAGED}, gpus=1)
    operator.follow()
    for findings in (seen(cluster)["findings"], cluster.run(INFO, namespace=cluster.name, pool=cluster.name)["gpu_operator"]["findings"]):
        found = {each["code"]: each for each in findings}["TwoDriverOwners"]
        assert (found["subjects"], found["severity"]) == ([node], "error")
        assert "ClusterPolicy cluster-policy: driver.enabled is true" in found["evidence"]
    assert seen(cluster)["pools"][cluster.name]["owners"]["driver"] == ["AKS", "the GPU Operator"]
    cluster.lab.kubectl("label", "node", node, "nvidia.com/gpu.deploy.operands=false")
    assert seen(cluster)["findings"] == []
    assert seen(cluster)["pools"][cluster.name]["owners"]["driver"] == ["AKS"]


def test_driver_of_karpenter_and_one_that_an_nvidiadriver_selects(operator: Operator) -> None:
    cluster = operator.cluster
    operator.add_node(labels={**LABELED, **make_class(cluster, "Driver")}, gpus=1)
    operator.follow(nvidiaDriverCRD={"enabled": True})
    assert seen(cluster)["findings"] == []
    operator.follow(name="for-test", kind=NVIDIA_DRIVERS)
    (found,) = seen(cluster)["findings"]
    assert found["code"] == "TwoDriverOwners"
    assert "NVIDIADriver for-test selects it" in found["evidence"]


@pytest.mark.proves("NoDriver")
def test_plugin_is_refused_where_nobody_brings_a_driver(operator: Operator) -> None:
    cluster = operator.cluster
    node = cluster.add_node(labels=make_class(cluster, "None"))
    assert [each["code"] for each in seen(cluster)["findings"]] == ["NoDriver"]
    wanted = {"namespace": f"{cluster.name}-plugin", "node_selector": {"kubernetes.azure.com/agentpool": cluster.name}, "wait": False}
    for check in (True, False):
        with cluster.writes() as written:
            refused = cluster.fail(PLUGIN, check=check, **wanted)
        assert (refused["error"]["code"], written) == ("NoDriver", [])
        assert f"{node}, which gets no driver: AKSNodeClass class-{cluster.name}: gpu.mode is None" in refused["msg"]
    operator.follow()
    assert cluster.run(PLUGIN, **wanted)["served"] == [node]


def test_cluster_without_these_resources_and_user_without_the_rights_are_no_error(cluster: Cluster) -> None:
    cluster.add_node(labels={**LABELED, OF_CLASS: "unknown"}, gpus=1)
    assert codes_of(seen(cluster)) == []
    kubeconfig = cluster.account("reader")
    cluster.grant("reader", {"apiGroups": [""], "resources": ["nodes", "pods"], "verbs": ["list"]})
    cluster.grant("reader", {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["list"]})
    cluster.until_allowed("reader", "list", "daemonsets", "apps")
    cluster.until_allowed("reader", "list", "nodes")
    assert codes_of(seen(cluster, kubeconfig=kubeconfig)) == []
    with custom_resources(cluster):
        assert codes_of(seen(cluster, kubeconfig=kubeconfig)) == []
