# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a team sets of the device plugin, through the real API server, DaemonSet controller and scheduler."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, NAMESPACES, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.config import CONFIG_MAPS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION

from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

NAME = "nvidia-device-plugin-daemonset"
CONFIG = f"{NAME}-config"
POOL = "kubernetes.azure.com/agentpool"
SYS_ADMIN = {"capabilities": {"add": ["SYS_ADMIN"]}}
HASH = "gpuops.aks/config-sha256"


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Where the plugin is to go; not there yet."""
    return f"{cluster.name}-plugin"


def wanted(namespace: str, **changes: Any) -> Json:
    return {"namespace": namespace, "node_taints": [SKU], "min_ready_seconds": 0, "wait_timeout": PATIENCE_S, **changes}


def slicing(replicas: int = 4) -> Json:
    return {"version": "v1", "sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": replicas}]}}}


def subjects(result: Json) -> list[str]:
    return [change["before_header"] for change in result["diff"]]


def template(cluster: Cluster, namespace: str) -> Json:
    found: Json = cluster.get(DAEMONSETS, NAME, namespace)["spec"]["template"]
    return found


def served_by_pods(cluster: Cluster, namespace: str) -> set[str]:
    return {pod["spec"]["nodeName"] for pod in cluster.client.list(PODS, namespace=namespace) if "deletionTimestamp" not in pod["metadata"]}


@pytest.mark.parametrize(
    ("params", "env", "security"),
    [
        (
            {"mig_strategy": "mixed"},
            {"MIG_STRATEGY": "mixed", "NVIDIA_MIG_MONITOR_DEVICES": "all"},
            SYS_ADMIN,
        ),
        ({"pass_device_specs": True}, {"PASS_DEVICE_SPECS": "true"}, {"privileged": True}),
        ({"fail_on_init_error": True}, {"FAIL_ON_INIT_ERROR": "true"}, None),
        ({"env": {"FAIL_ON_INIT_ERROR": "true"}}, {"FAIL_ON_INIT_ERROR": "true"}, None),
        ({"device_list_strategy": ["volume-mounts"]}, {"DEVICE_LIST_STRATEGY": "volume-mounts"}, SYS_ADMIN),
        ({"mig_strategy": "single", "security_context": {"privileged": True}}, {"MIG_STRATEGY": "single"}, {"privileged": True}),
    ],
    ids=["mig", "device_specs", "fail", "fail_by_env", "volume_mounts", "own_security_context"],
)
def test_setting_reaches_the_pods_and_is_idempotent(
    cluster: Cluster, namespace: str, params: Json, env: Json, security: Json | None
) -> None:
    node = cluster.add_node(taints=[SKU])
    made = cluster.run(OPERATION, **wanted(namespace, **params))
    assert made["served"] == [node]
    (pod,) = cluster.client.list(PODS, namespace=namespace)
    (container,) = pod["spec"]["containers"]
    assert env.items() <= {one["name"]: one["value"] for one in container["env"]}.items()
    assert container["securityContext"] == (security or {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}})
    assert not cluster.run(OPERATION, **wanted(namespace, **params))["changed"]
    without = cluster.run(OPERATION, **wanted(namespace))
    assert subjects(without) == [f"DaemonSet {namespace}/{NAME}"]


def test_cdi_mounts_where_specifications_go_and_the_driver(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace, device_list_strategy=["cdi-annotations"]))
    spec = template(cluster, namespace)["spec"]
    mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in spec["volumes"]}
    assert (paths["cdi-root"], mounts["cdi-root"]["mountPath"]) == ("/var/run/cdi", "/var/run/cdi")
    assert (paths["driver-root"], mounts["driver-root"]["mountPath"], mounts["driver-root"]["readOnly"]) == ("/", "/driver-root", True)


def test_labels_and_affinity_come_and_go(cluster: Cluster, namespace: str) -> None:
    near, far = cluster.add_node("near", taints=[SKU], labels={"zone": "1"}), cluster.add_node("far", taints=[SKU], labels={"zone": "2"})
    terms = [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["1"]}]}]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    result = cluster.run(OPERATION, **wanted(namespace, labels={"team": "vision"}, affinity=affinity))
    assert (result["served"], result["unserved"]) == ([near], {far: "its node affinity wants zone In 1"})
    assert served_by_pods(cluster, namespace) == {near}
    for item in (cluster.get(DAEMONSETS, NAME, namespace), *cluster.client.list(PODS, namespace=namespace)):
        assert item["metadata"]["labels"]["team"] == "vision"
    plain = cluster.run(OPERATION, **wanted(namespace))
    assert set(plain["served"]) == {near, far}
    assert "team" not in cluster.get(DAEMONSETS, NAME, namespace)["metadata"]["labels"]


def test_life_of_a_configuration(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(taints=[SKU])
    both = [f"ConfigMap {namespace}/{CONFIG}", f"DaemonSet {namespace}/{NAME}"]
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(namespace, config=slicing()))
    assert (subjects(predicted), written) == ([f"Namespace {namespace}", *both], [])
    made = cluster.run(OPERATION, **wanted(namespace, config=slicing()))
    assert (subjects(made), made["served"]) == (subjects(predicted), [node])
    live = cluster.get(CONFIG_MAPS, CONFIG, namespace)
    assert MARK.items() <= live["metadata"]["labels"].items()
    assert yaml.safe_load(live["data"]["config.yaml"]) == slicing()
    (pod,) = cluster.client.list(PODS, namespace=namespace)
    (container,) = pod["spec"]["containers"]
    assert {"name": "CONFIG_FILE", "value": "/config/config.yaml"} in container["env"]
    assert {"name": "config", "mountPath": "/config", "readOnly": True}.items() <= container["volumeMounts"][1].items()
    with cluster.writes() as written:
        again = [cluster.run(OPERATION, check=check, **wanted(namespace, config=slicing())) for check in (True, False)]
    assert ([one["diff"] for one in again], written) == ([[], []], [])

    predicted = cluster.run(OPERATION, check=True, **wanted(namespace, config=slicing(8)))
    changed = cluster.run(OPERATION, **wanted(namespace, config=slicing(8)))
    assert predicted["diff"] == changed["diff"]
    assert subjects(changed) == both
    assert json.loads(changed["diff"][0]["after"]["data"]["config.yaml"]) == slicing(8)
    (rolled,) = cluster.client.list(PODS, namespace=namespace)
    assert rolled["metadata"]["uid"] != pod["metadata"]["uid"]
    assert rolled["metadata"]["annotations"][HASH] != pod["metadata"]["annotations"][HASH]

    predicted = cluster.run(OPERATION, check=True, **wanted(namespace))
    plain = cluster.run(OPERATION, **wanted(namespace))
    assert predicted["diff"] == plain["diff"]
    assert subjects(plain) == both
    assert cluster.client.find(CONFIG_MAPS, CONFIG, namespace) is None
    assert "configMap" not in json.dumps(template(cluster, namespace))
    assert not cluster.run(OPERATION, **wanted(namespace))["changed"]


def test_configuration_is_predicted_before_there_is_a_cluster(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")
    predicted = cluster.run(OPERATION, check=True, **wanted(namespace, config=slicing(), kubeconfig=nowhere))
    assert subjects(predicted) == [f"Namespace {namespace}", f"ConfigMap {namespace}/{CONFIG}", f"DaemonSet {namespace}/{NAME}"]


def test_absent_takes_the_configuration_with_it(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace, config=slicing()))
    every = [f"DaemonSet {namespace}/{NAME}", f"ConfigMap {namespace}/{CONFIG}", f"Namespace {namespace}"]
    absent = {"namespace": namespace, "state": "absent", "wait_timeout": PATIENCE_S}
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **absent)
    assert (subjects(predicted), predicted["kept"], written) == (every, [], [])
    gone = cluster.run(OPERATION, **absent)
    assert (subjects(gone), gone["kept"]) == (every, [])
    assert cluster.client.find(NAMESPACES, namespace) is None


def test_configuration_that_a_person_edits_is_put_back(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace, config=slicing()))

    def more_replicas(item: Json) -> None:
        item["data"]["config.yaml"] = item["data"]["config.yaml"].replace("4", "9")

    cluster.kubectl_edit(CONFIG_MAPS, CONFIG, namespace, more_replicas)
    back = cluster.run(OPERATION, **wanted(namespace, config=slicing()))
    assert subjects(back) == [f"ConfigMap {namespace}/{CONFIG}"]
    assert yaml.safe_load(cluster.get(CONFIG_MAPS, CONFIG, namespace)["data"]["config.yaml"]) == slicing()


def test_configmap_of_others_with_the_same_name_is_refused(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    cluster.lab.kubectl("create", "configmap", CONFIG, "--namespace", namespace, "--from-literal=theirs=1")
    with cluster.writes() as written:
        refused = cluster.fail(OPERATION, **wanted(namespace, config=slicing()))
    assert (refused["error"]["code"], written) == ("FieldManagerConflict", [])
    assert f"ConfigMap {namespace}/{CONFIG}" in refused["msg"]
    cluster.run(OPERATION, **wanted(namespace, config=slicing(), force_conflicts=True))
    taken = cluster.get(CONFIG_MAPS, CONFIG, namespace)
    assert set(taken["data"]) == {"theirs", "config.yaml"}
    gone = cluster.run(OPERATION, namespace=namespace, state="absent")
    assert f"ConfigMap {namespace}/{CONFIG}: not made by this collection" in gone["kept"]
    assert cluster.client.find(CONFIG_MAPS, CONFIG, namespace)


def test_contradiction_writes_nothing(cluster: Cluster, namespace: str) -> None:
    mps = {"version": "v1", "sharing": {"mps": {"resources": [{"name": "nvidia.com/gpu", "replicas": 2}]}}}
    with cluster.writes() as written:
        refused = cluster.fail(OPERATION, **wanted(namespace, config=mps))
    assert (refused["error"]["code"], written) == ("MpsNotSupported", [])
    assert "GPU Operator" in refused["error"]["remedy"]


def test_pools_hold_the_plugin_off_nodes_that_are_managed(cluster: Cluster, namespace: str) -> None:
    ours = cluster.add_node("ours", taints=[SKU], labels={POOL: "ours"})
    also = cluster.add_node("also", taints=[SKU], labels={POOL: "also"})
    managed = cluster.add_node("managed", taints=[SKU], labels={POOL: "managed", "kubernetes.azure.com/dcgm-exporter": "enabled"})
    refused = cluster.fail(OPERATION, **wanted(namespace, pools=["ours", "managed"]))
    assert refused["error"]["code"] == "PluginNotNeeded"
    assert managed in refused["msg"]
    result = cluster.run(OPERATION, **wanted(namespace, pools=["ours"]))
    reason = f"its node affinity wants {POOL} In ours"
    assert (result["served"], result["unserved"]) == ([ours], {also: reason, managed: reason})
    assert served_by_pods(cluster, namespace) == {ours}
    wider = cluster.run(OPERATION, **wanted(namespace, pools=["ours", "also"]))
    assert set(wider["served"]) == {ours, also} == served_by_pods(cluster, namespace)


def other_plugin(cluster: Cluster, namespace: str, name: str, **spec: Any) -> None:
    """A device plugin that somebody else runs."""
    cluster.make_namespace(namespace)
    labels = {"app": name}
    container = {"name": "plugin", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.19.2"}
    volume = {"name": "device-plugin", "hostPath": {"path": "/var/lib/kubelet/device-plugins"}}
    pod = {"containers": [container], "volumes": [volume], "tolerations": [{"operator": "Exists"}], **spec}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    cluster.client.create(DAEMONSETS, manifest)


@pytest.mark.parametrize("selector", [{"nvidia.com/gpu.deploy.device-plugin": "true"}, {}], ids=["operator", "any"])
def test_second_device_plugin_is_refused_by_name(cluster: Cluster, namespace: str, selector: Json) -> None:
    theirs = cluster.add_node("theirs", taints=[SKU], labels={POOL: "theirs", **selector})
    other = f"{cluster.name}-gpu-operator"
    other_plugin(cluster, other, NAME, nodeSelector={POOL: "theirs", **selector})
    ours = cluster.add_node("ours", taints=[SKU], labels={POOL: "ours"})
    for check in (True, False):
        with cluster.writes() as written:
            refused = cluster.fail(OPERATION, check=check, **wanted(namespace))
        assert (refused["error"]["code"], written) == ("SecondDevicePlugin", [])
        assert f"The DaemonSet {other}/{NAME} already serves {theirs}." in refused["msg"]
        assert "allow_second_plugin: true" in refused["error"]["remedy"]
    assert cluster.run(OPERATION, **wanted(namespace, pools=["ours"]))["served"] == [ours]
    told = cluster.run(OPERATION, **wanted(namespace, allow_second_plugin=True))
    assert set(told["served"]) == {ours, theirs}


def test_plugin_of_other_devices_does_not_conflict(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(taints=[SKU])
    container = {"name": "plugin", "image": "ghcr.io/k8snetworkplumbingwg/sriov-network-device-plugin:v3"}
    other_plugin(cluster, f"{cluster.name}-network", "sriov-device-plugin", containers=[container])
    assert cluster.run(OPERATION, **wanted(namespace))["served"] == [node]
