# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis reads beside nodes and DaemonSets, from the real API server: logs, events, configuration, the GPU Operator's pods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import CONFIG_MAPS, DAEMONSETS, EVENTS, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import Cluster, Json, proving
from tests.lab.programs import BROKEN_DEVICE_PLUGIN

pytestmark = pytest.mark.lab

PLUGIN, SERVING, MESH = "nvidia-device-plugin-daemonset", "nvidia-device-plugin", "mesh-proxy"
PLUGINS_DIR: Json = {"name": "device-plugin", "hostPath": {"path": "/var/lib/kubelet/device-plugins"}}
MOUNT = {"name": "device-plugin", "mountPath": "/var/lib/kubelet/device-plugins"}
OPERATOR = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "name": "cluster-policy", "uid": "5b0b7c0e-0000-4000-8000-000000000001"}
NO_PROGRAM = "example.com/nobody:1"


def look(cluster: Cluster) -> dict[str, Json]:
    """What a look at the test's pool finds, by code."""
    found = cluster.run(FACTS, pool=cluster.name)["ansible_facts"]["gpu_schedulable"]["findings"]
    return {finding["code"]: finding for finding in found}


def until_told(cluster: Cluster, code: str, *words: str) -> Json:
    """The only finding, as soon as it has this code and its evidence these words."""

    def told() -> Json | None:
        found = look(cluster)
        return found[code] if found.keys() == {code} and all(word in found[code]["evidence"] for word in words) else None

    finding: Json = cluster.until(told)
    return finding


def broken(name: str, fault: str, **more: Any) -> Json:
    """A container that runs, or ends, as the fault has it, and says so."""
    env = [{"name": "LAB_FAULT", "value": fault}, {"name": "FAIL_ON_INIT_ERROR", "value": "false"}]
    return {"name": name, "image": BROKEN_DEVICE_PLUGIN, "env": env, **more}


def make(cluster: Cluster, name: str, containers: Sequence[Json], *, owner: Json | None = None, **spec: Any) -> str:
    """A DaemonSet in a namespace of the test's, with a pod on each of its nodes; the namespace."""
    namespace = f"{cluster.name}-plugin"
    if cluster.lab.kubectl("get", "namespace", namespace, check=False).startswith("Error"):
        cluster.make_namespace(namespace)
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"tolerations": [{"operator": "Exists"}], "containers": list(containers), **spec},
    }
    metadata = {"name": name, "namespace": namespace, **({"ownerReferences": [owner]} if owner else {})}
    cluster.client.create(DAEMONSETS, {"metadata": metadata, "spec": {"selector": {"matchLabels": {"app": name}}, "template": template}})
    return namespace


def until_bound(cluster: Cluster, namespace: str, app: str) -> Json:
    """The only pod of a DaemonSet, once it has its node."""

    def bound() -> list[Json]:
        return [
            dict(pod) for pod in cluster.client.list(PODS, namespace=namespace, labelSelector=f"app={app}") if pod["spec"].get("nodeName")
        ]

    (pod,) = cluster.until(bound)
    return dict(pod)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["serves first", "serves last"])
def test_log_is_of_the_container_that_serves(cluster: Cluster, order: tuple[int, int]) -> None:
    cluster.add_node()
    both = (broken(SERVING, "no-driver", volumeMounts=[MOUNT]), broken(MESH, "xid"))
    make(cluster, PLUGIN, [both[number] for number in order], volumes=[PLUGINS_DIR])
    until_told(cluster, "DriverMissing", "Incompatible strategy detected auto")


def test_log_is_of_the_container_that_fails(cluster: Cluster) -> None:
    cluster.add_node()
    make(cluster, PLUGIN, [broken(SERVING, "no-driver", volumeMounts=[MOUNT]), broken("config-manager", "config")], volumes=[PLUGINS_DIR])
    until_told(cluster, "PluginConfigInvalid", "log of config-manager: ")


@pytest.mark.proves("OperatorDriverNotReady")
def test_operators_driver_is_read_if_its_plugin_waits_for_it(cluster: Cluster) -> None:
    cluster.add_node()
    make(cluster, "nvidia-driver-daemonset", [broken("nvidia-driver-ctr", "config")])
    namespace = f"{cluster.name}-plugin"
    cluster.until(lambda: _restarts(cluster, namespace))
    with cluster.silent_kubelets():
        waits = [{"name": "toolkit-validation", "image": NO_PROGRAM}]
        serves = {"name": SERVING, "image": NO_PROGRAM, "volumeMounts": [MOUNT]}
        make(cluster, PLUGIN, [serves], owner=OPERATOR, initContainers=waits, volumes=[PLUGINS_DIR])
        pod = until_bound(cluster, namespace, PLUGIN)
        _patch(cluster, pod, {"phase": "Pending", "initContainerStatuses": [_status("toolkit-validation", {"running": {}})]})
        finding = until_told(cluster, "OperatorDriverNotReady", "init container toolkit-validation is running", "CrashLoopBackOff")
        _forget(cluster, pod)
    assert "its log ends with: error starting plugins: unable to load config" in finding["evidence"]
    assert finding["severity"] == "error"
    assert f"kubectl logs -n {namespace} -l app=nvidia-driver-daemonset" in finding["remedy"]


def test_failed_mig_manager_is_read(cluster: Cluster) -> None:
    node = cluster.add_node()
    cluster.lab.kubectl("label", "node", node, "nvidia.com/mig.config.state=failed")
    make(cluster, PLUGIN, [broken(SERVING, "xid", volumeMounts=[MOUNT])], owner=OPERATOR, volumes=[PLUGINS_DIR])
    until_told(cluster, "MigConfigFailed", "no pod with app=nvidia-mig-manager on the node")
    make(cluster, "nvidia-mig-manager", [broken("nvidia-mig-manager", "no-driver")])
    until_told(cluster, "MigConfigFailed", "its log ends with: No devices found. Waiting indefinitely.")


@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        proving(
            "SandboxFailed",
            "FailedCreatePodSandBox",
            "Failed to create pod sandbox: fork/exec /usr/bin/nvidia-container-runtime: no such file",
        ),
        proving("ConfigMissing", "FailedMount", 'MountVolume.SetUp failed for volume "config": configmap "plugin-configs" not found'),
        ("Failed", 'Failed to pull image "nvcr.io/x:1": dial tcp: i/o timeout', "RegistryUnreachable"),
    ],
)
def test_event_of_the_plugins_pod_explains_why_it_never_ran(cluster: Cluster, reason: str, message: str, code: str) -> None:
    cluster.add_node()
    with cluster.silent_kubelets():
        namespace = make(cluster, PLUGIN, [{"name": SERVING, "image": NO_PROGRAM, "volumeMounts": [MOUNT]}], volumes=[PLUGINS_DIR])
        pod = until_bound(cluster, namespace, PLUGIN)
        about = {"kind": "Pod", "namespace": namespace, "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
        said = {"involvedObject": about, "reason": reason, "message": message, "type": "Warning"}
        cluster.client.create(EVENTS, {"metadata": {"name": "told", "namespace": namespace}, **said})
        until_told(cluster, code, f"event {reason}: {message}")
        _forget(cluster, pod)


def test_resource_name_from_the_plugins_configuration_is_known(cluster: Cluster) -> None:
    node = cluster.add_node()
    offered = {"nvidia.com/a10": "2", "nvidia.com/hostdev": "8"}
    cluster.patch_status(node, {"capacity": offered, "allocatable": offered})
    config = {"name": "configs", "configMap": {"name": "plugin-configs", "optional": True}}
    namespace = make(cluster, PLUGIN, [broken(SERVING, "xid", volumeMounts=[MOUNT])], volumes=[PLUGINS_DIR, config])
    until_told(cluster, "DeviceXid")
    text = 'version: v1\nresources:\n  gpus:\n  - pattern: "*-A10*"\n    name: a10\n'
    cluster.client.create(CONFIG_MAPS, {"metadata": {"name": "plugin-configs", "namespace": namespace}, "data": {"a10": text}})
    finding = until_told(cluster, "OtherResourceName", "nvidia.com/a10: 2")
    assert "hostdev" not in finding["evidence"]


def _restarts(cluster: Cluster, namespace: str) -> int:
    statuses = (status for pod in cluster.client.list(PODS, namespace=namespace) for status in pod["status"].get("containerStatuses") or ())
    return sum(status["restartCount"] for status in statuses)


def _status(name: str, state: Json) -> Json:
    return {"name": name, "image": NO_PROGRAM, "imageID": "", "ready": False, "restartCount": 0, "state": state}


def _patch(cluster: Cluster, pod: Json, status: Json) -> None:
    metadata = pod["metadata"]
    patch = {"status": status}
    cluster.lab.patch("pods", metadata["name"], patch, namespace=metadata["namespace"], part="status")


def _forget(cluster: Cluster, pod: Json) -> None:
    """The DaemonSet and its pod are gone, though no kubelet ends it."""
    metadata = pod["metadata"]
    cluster.client.delete(DAEMONSETS, PLUGIN, metadata["namespace"])
    cluster.lab.kubectl("delete", "pod", metadata["name"], "--namespace", metadata["namespace"], "--force", "--grace-period=0")
