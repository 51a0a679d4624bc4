# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a large AKS cluster, as big as a real one has them: nodes of 20 KB, pods of 6 KB, a quarter of the nodes with GPUs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
GPU = "nvidia.com/gpu"
PODS_PER_NODE = 10
_GPUS_PER_NODE = 4
_CREATED = "2026-11-01T08:00:00Z"
_PLUGIN = ("gpu-resources", "nvidia-device-plugin-daemonset", "7f3c0e5a-0000-4000-8000-000000000001")
_SYSTEM = ("azure-cns", "azure-ip-masq-agent", "cloud-node-manager", "csi-azuredisk-node", "csi-azurefile-node", "kube-proxy", "ama-logs")
_CONDITIONS = (
    "VMEventScheduled", "KubeletProblem", "FrequentUnregisterNetDevice", "FrequentDockerRestart", "FrequentContainerdRestart",
    "FrequentKubeletRestart", "ReadonlyFilesystem", "ContainerRuntimeProblem", "KernelDeadlock", "FilesystemCorruptionProblem",
    "MemoryPressure", "DiskPressure", "PIDPressure",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large the cluster is; every fourth node has GPUs."""

    nodes: int

    @property
    def pods(self) -> int:
        return self.nodes * PODS_PER_NODE

    @property
    def gpu_nodes(self) -> int:
        return (self.nodes + 3) // 4

    @property
    def gpu_pods(self) -> int:
        return self.gpu_nodes * PODS_PER_NODE

    @property
    def held(self) -> int:
        """GPUs that pods hold: two of each GPU node's."""
        return self.gpu_nodes * 2


def objects(size: Size) -> Iterator[tuple[str, Json]]:
    """Where etcd keeps each object, and the object."""
    yield f"/registry/daemonsets/{_PLUGIN[0]}/{_PLUGIN[1]}", _daemonset()
    for index in range(size.nodes):
        node = _node(index)
        name = node["metadata"]["name"]
        yield f"/registry/minions/{name}", node
        for pod in _pods(index, name):
            yield f"/registry/pods/{pod['metadata']['namespace']}/{pod['metadata']['name']}", pod


def _has_gpus(index: int) -> bool:
    return index % 4 == 0


def _uid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def _managed_fields(manager: str, subresource: str, leaves: int) -> Json:
    fields: Json = {f"f:status-of-{manager}-{leaf}": {".": {}, "f:value": {}, "f:lastTransitionTime": {}} for leaf in range(leaves)}
    entry = {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": _CREATED, "fieldsType": "FieldsV1"}
    return {**entry, "fieldsV1": {"f:status": fields}, **({"subresource": subresource} if subresource else {})}


def _node(index: int) -> Json:
    gpu = _has_gpus(index)
    pool, size = ("gpunp", "Standard_NC64as_T4_v3") if gpu else ("nodepool1", "Standard_D16s_v5")
    name = f"aks-{pool}-28993262-vmss{index:06d}"
    labels = {
        "agentpool": pool, "kubernetes.azure.com/agentpool": pool, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": size, "beta.kubernetes.io/instance-type": size,
        "kubernetes.azure.com/node-image-version": "AKSUbuntu-2204gen2containerd-202610.12.0",
        "topology.kubernetes.io/zone": f"eastus-{index % 3 + 1}",
        **({"accelerator": "nvidia", "kubernetes.azure.com/accelerator": "nvidia"} if gpu else {}),
        **{f"kubernetes.azure.com/label-number-{number}": f"value-{number}" for number in range(26)},
    }  # fmt: skip
    shown = {GPU: str(_GPUS_PER_NODE)} if gpu else {}
    room = {"cpu": "63", "ephemeral-storage": "129886128Ki", "hugepages-1Gi": "0", "memory": "440Gi", "pods": "110", **shown}
    return {
        "kind": "Node", "apiVersion": "v1",
        "metadata": {
            "name": name, "uid": _uid(name), "creationTimestamp": _CREATED, "labels": labels,
            "annotations": {f"csi.volume.kubernetes.io/annotation-{number}": name for number in range(6)},
            "managedFields": [_managed_fields("kubelet", "", 20), _managed_fields("node-problem-detector", "status", 30)],
        },
        "spec": {
            "providerID": f"azure:///subscriptions/{_uid('s')}/resourceGroups/mc/providers/Microsoft.Compute/virtualMachines/{index}",
            **({"taints": [{"key": "sku", "value": "gpu", "effect": "NoSchedule"}]} if gpu else {}),
        },
        "status": {"capacity": room, "allocatable": room, "conditions": _conditions(), "images": _images(), "nodeInfo": _node_info()},
    }  # fmt: skip


def _conditions() -> list[Json]:
    times = {"lastHeartbeatTime": _CREATED, "lastTransitionTime": _CREATED}
    fine = [{"type": kind, "status": "False", **times, "reason": f"No{kind}", "message": f"node has no {kind}"} for kind in _CONDITIONS]
    return [*fine, {"type": "Ready", "status": "True", **times, "reason": "KubeletReady", "message": "kubelet is posting ready status"}]


def _images() -> list[Json]:
    digest = "0123456789abcdef" * 4
    return [
        {"names": [f"mcr.microsoft.com/image-number-{number}@sha256:{digest}", f"mcr.microsoft.com/image-number-{number}:v1.2.{number}"],
         "sizeBytes": 100000000 + number}
        for number in range(50)
    ]  # fmt: skip


def _node_info() -> Json:
    names = (
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
    )
    return {**dict.fromkeys(names, "Ubuntu 22.04.5 LTS"), "operatingSystem": "linux", "architecture": "amd64"}


def _pods(index: int, node: str) -> Iterator[Json]:
    system = [(name, "kube-system", _uid(name)) for name in _SYSTEM]
    if _has_gpus(index):
        yield _pod(
            f"{_PLUGIN[1]}-{index:05d}", _PLUGIN[0], node, ("DaemonSet", _PLUGIN[1], _PLUGIN[2]), mounts="/var/lib/kubelet/device-plugins"
        )
        gpu_pods = [(f"train-{index:05d}-{number}", f"team-{index % 50:02d}", 1) for number in range(2)]
    else:
        system.append(("node-exporter", "kube-system", _uid("node-exporter")))
        gpu_pods = [(f"web-{index:05d}-{number}", f"team-{index % 50:02d}", 0) for number in range(2)]
    for name, namespace, uid in system:
        yield _pod(f"{name}-{index:05d}", namespace, node, ("DaemonSet", name, uid))
    for name, namespace, gpus in gpu_pods:
        yield _pod(name, namespace, node, ("ReplicaSet", name, _uid(name)), gpus=gpus)


def _pod(name: str, namespace: str, node: str, owner: tuple[str, str, str], *, gpus: int = 0, mounts: str = "/var/log") -> Json:
    kind, owner_name, owner_uid = owner
    shown = {GPU: str(gpus)} if gpus else {}
    resources = {"requests": {"cpu": "100m", "memory": "128Mi", **shown}, "limits": {"memory": "256Mi", **shown}}
    env = [{"name": f"SETTING_NUMBER_{number}", "value": f"the-value-of-setting-{number}"} for number in range(16)]
    mounted = [{"name": "host", "mountPath": "/host"}, {"name": "kube-api-access", "readOnly": True, "mountPath": "/var/run/secrets"}]
    container = {
        "name": "main", "image": f"mcr.microsoft.com/{owner_name}:v1.2.3", "env": env, "resources": resources, "volumeMounts": mounted,
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
    }  # fmt: skip
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    digest = "0123456789abcdef" * 4
    return {
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "name": name, "namespace": namespace, "uid": _uid(f"{namespace}/{name}"), "creationTimestamp": _CREATED,
            "labels": {"app": owner_name, "controller-revision-hash": "6b7f9c8d9f", "pod-template-generation": "3"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": owner_name, "uid": owner_uid, "controller": True}],
            "managedFields": [_managed_fields("kube-controller-manager", "", 16), _managed_fields("kubelet", "status", 16)],
        },
        "spec": {
            "volumes": [{"name": "host", "hostPath": {"path": mounts, "type": ""}}, {"name": "kube-api-access", "emptyDir": {}}],
            "containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "nodeName": node, "securityContext": {}, "schedulerName": "default-scheduler",
            "tolerations": [{"operator": "Exists"}], "priority": 0, "enableServiceLinks": True, "preemptionPolicy": "PreemptLowerPriority",
        },
        "status": {
            "phase": "Running", "hostIP": "10.224.0.4", "podIP": "10.244.0.4", "startTime": _CREATED, "qosClass": "Burstable",
            "conditions": [{"type": kind, "status": "True", "lastTransitionTime": _CREATED} for kind in conditions],
            "containerStatuses": [
                {"name": "main", "state": {"running": {"startedAt": _CREATED}}, "lastState": {}, "ready": True, "restartCount": 0,
                 "image": f"mcr.microsoft.com/{owner_name}:v1.2.3", "imageID": f"sha256:{digest}", "containerID": f"containerd://{digest}"}
            ],
        },
    }  # fmt: skip


def _daemonset() -> Json:
    namespace, name, uid = _PLUGIN
    labels = {"name": "nvidia-device-plugin-ds"}
    template = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [{"name": "main", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}],
            "tolerations": [{"operator": "Exists"}],
            "volumes": [{"name": "host", "hostPath": {"path": "/var/lib/kubelet/device-plugins"}}],
        },
    }
    return {
        "kind": "DaemonSet", "apiVersion": "apps/v1",
        "metadata": {"name": name, "namespace": namespace, "uid": uid, "generation": 1, "creationTimestamp": _CREATED},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
        "status": {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0},
    }  # fmt: skip
