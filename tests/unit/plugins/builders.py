# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes objects as an AKS cluster shows them, and what our code makes of them; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.gpu_node import GpuNode
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.taints import parse_taint
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.manifest import PluginSettings
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import device_plugins
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.node_facts import known_nodes
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.usage import NodeUsage, requests_of_pod
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.manifest import JobSettings
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError

Json = dict[str, Any]

GPU = "nvidia.com/gpu"
SKU_TAINT = "sku=gpu:NoSchedule"
SKU_TOLERATION = {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}
GPU_NODE = "aks-gpunp-28993262-vmss000000"
PLAIN_IMAGE = "AKSUbuntu-1804gen2containerd-2021.07.17"
DEDICATED_IMAGE = "AKSUbuntu-1804gen2gpucontainerd-2022.11.02"
PLUGINS_DIR = "/var/lib/kubelet/device-plugins"
_ACCELERATOR_LABELS = {"accelerator": "nvidia", "kubernetes.azure.com/accelerator": "nvidia"}
_CAPACITY = {"cpu": "6", "memory": "57691784Ki", "pods": "110"}
_ALLOCATABLE = {"cpu": "5840m", "memory": "52183688Ki", "pods": "110"}


def _taint(text: str) -> Json:
    taint = parse_taint(text)
    return {"key": taint.key, **({"value": taint.value} if taint.value else {}), "effect": taint.effect}


def node(
    name: str = GPU_NODE,
    *,
    pool: str = "gpunp",
    vm_size: str = "Standard_NC6",
    image: str = PLAIN_IMAGE,
    gpus: int | None = 1,
    capacity: int | None = None,
    taints: Sequence[str] = (),
    ready: bool = True,
    cordoned: bool = False,
    labels: Mapping[str, str] | None = None,
    accelerator: bool = True,
    conditions: Sequence[Json] = (),
    resources: Mapping[str, int] | None = None,
) -> Json:
    """A Node; gpus are the allocatable ones, None for a kubelet that knows of no GPU. A node's state shows in its taints, as in life.

    resources are those that it offers under other names.
    """
    of_pool = {**_node_labels(name, pool, vm_size, image), **(_ACCELERATOR_LABELS if accelerator else {})}
    all_taints = [*taints, *_state_taints(ready=ready, cordoned=cordoned)]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**of_pool, **(labels or {})}},
        "spec": {
            "providerID": f"azure:///subscriptions/0/virtualMachines/{name}",
            **({"taints": [_taint(text) for text in all_taints]} if all_taints else {}),
            **({"unschedulable": True} if cordoned else {}),
        },
        "status": {
            "capacity": {**_CAPACITY, **_extended(gpus if capacity is None else capacity, resources)},
            "allocatable": {**_ALLOCATABLE, **_extended(gpus, resources)},
            "conditions": _conditions(conditions, ready=ready),
        },
    }


def _node_labels(name: str, pool: str, vm_size: str, image: str) -> dict[str, str]:
    return {
        "agentpool": pool,
        "kubernetes.azure.com/agentpool": pool,
        "kubernetes.azure.com/node-image-version": image,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "beta.kubernetes.io/instance-type": vm_size,
        "node.kubernetes.io/instance-type": vm_size,
    }


def _state_taints(*, ready: bool, cordoned: bool) -> list[str]:
    """The taints by which the node lifecycle controller shows a node's state."""
    not_ready = [] if ready else ["node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoExecute"]
    return [*not_ready, *(["node.kubernetes.io/unschedulable:NoSchedule"] if cordoned else [])]


def _conditions(given: Sequence[Json], *, ready: bool) -> list[Json]:
    """Those of every node, unless others of their types are given, which come last."""
    types = {each["type"] for each in given}
    usual = [{"type": "MemoryPressure", "status": "False"}, _ready_condition(ready=ready)]
    return [*(each for each in usual if each["type"] not in types), *given]


def _ready_condition(*, ready: bool) -> Json:
    """As the kubelet reports it, or the node lifecycle controller once the kubelet no longer does."""
    status, reason = ("True", "KubeletReady") if ready else ("Unknown", "NodeStatusUnknown")
    return {"type": "Ready", "status": status, "reason": reason}


def _extended(gpus: int | None, others: Mapping[str, int] | None) -> dict[str, str]:
    """The extended resources that device plugins have registered."""
    units = {**({} if gpus is None else {GPU: gpus}), **(others or {})}
    return {name: str(count) for name, count in units.items()}


def container(gpus: int | str = 0, *, name: str = "main", **fields: Any) -> Json:
    """A container with a limit of GPUs, as people write it."""
    return {"name": name, "image": "example.com/main:1", "resources": {"limits": {GPU: gpus}} if gpus else {}, **fields}


def pod(
    name: str = "train-0",
    *,
    on: str = GPU_NODE,
    gpus: int = 0,
    namespace: str = "default",
    phase: str = "Running",
    ready: bool = True,
    going: bool = False,
    statuses: Sequence[Json] = (),
    created: str = "2021-08-01T10:00:00Z",
    owner: str = "",
    **spec: Any,
) -> Json:
    """A Pod bound to a node ("" for one that is pending); spec's fields are the pod's."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": created,
            **({"ownerReferences": [{"kind": "DaemonSet", "name": "owner", "uid": owner, "controller": True}]} if owner else {}),
            **({"deletionTimestamp": "2021-08-01T11:00:00Z"} if going else {}),
        },
        "spec": {"containers": [container(gpus)], **({"nodeName": on} if on else {}), **spec},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": list(statuses),
        },
    }


def daemonset(
    name: str = "nvidia-device-plugin-daemonset",
    *,
    namespace: str = "gpu-resources",
    tolerations: Sequence[Mapping[str, Any]] = (),
    node_selector: Mapping[str, str] | None = None,
    mounts: str = PLUGINS_DIR,
    image: str = "example.com/main:1",
    affinity: Json | None = None,
    made_by: str = "",
) -> Json:
    """A DaemonSet; what it mounts makes it a device plugin. Its uid is its name. made_by is the kind of object that owns it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": name,
            "generation": 1,
            **({"ownerReferences": [{"kind": made_by, "name": "owner", "uid": "owner"}]} if made_by else {}),
        },
        "spec": {
            "selector": {"matchLabels": {"name": "nvidia-device-plugin-ds"}},
            "template": {
                "metadata": {"labels": {"name": "nvidia-device-plugin-ds"}},
                "spec": {
                    "containers": [container(image=image)],
                    "volumes": [{"name": "device-plugin", "hostPath": {"path": mounts}}],
                    **({"tolerations": list(tolerations)} if tolerations else {}),
                    **({"nodeSelector": dict(node_selector)} if node_selector else {}),
                    **({"affinity": affinity} if affinity else {}),
                },
            },
        },
    }


def plugin_pod(of: Mapping[str, Any], *, on: str = GPU_NODE, **fields: Any) -> Json:
    """A pod of a DaemonSet on a node."""
    metadata = of["metadata"]
    spec = of["spec"]["template"]["spec"]
    made = pod(f"{metadata['name']}-x7k2p", on=on, namespace=metadata["namespace"], owner=metadata["uid"], **fields)
    return {**made, "spec": {**spec, "nodeName": on}}


def event(reason: str, message: str, *, kind: str = "Pod", name: str = "train-0", namespace: str = "default", at: str = "10:00") -> Json:
    """An Event about an object, last seen at this time of the day."""
    about = {"kind": kind, "namespace": namespace, "name": name}
    return {"reason": reason, "message": message, "involvedObject": about, "lastTimestamp": f"2026-08-01T{at}:00Z"}


def waiting(reason: str, message: str = "") -> Json:
    """The status of a container that has not started."""
    return {"name": "main", "state": {"waiting": {"reason": reason, **({"message": message} if message else {})}}}


def gpu_nodes(nodes: Iterable[Json], pods: Iterable[Json], resource: str) -> list[GpuNode]:
    """What our code knows of nodes for one GPU resource, all their pods given."""
    usage = NodeUsage(whole=True)
    for pod in pods:
        usage.add(requests_of_pod(pod))
    return known_nodes(nodes, usage, resource)


def facts_of(*nodes: Json, pods: Iterable[Json] = ()) -> list[GpuNode]:
    """What our code knows of these nodes."""
    return gpu_nodes(nodes, pods, GPU)


def snapshot(*nodes: Json, daemonsets: Sequence[Json] = (), pods: Sequence[Json] = (), pool: str = "gpunp", **more: Any) -> ClusterSnapshot:
    """All that a diagnosis looks at, from the objects of a cluster; more are the scene's own fields."""
    return ClusterSnapshot(GPU, pool, facts_of(*nodes, pods=pods), device_plugins(daemonsets, pods), **more)


def plugin_settings(**changes: Any) -> PluginSettings:
    """The device plugin as the role asks for it on the articles' pool."""
    return PluginSettings(
        **{
            "name": "nvidia-device-plugin-daemonset",
            "namespace": "gpu-resources",
            "image": "mcr.microsoft.com/oss/nvidia/k8s-device-plugin:1.11",
            "image_pull_policy": "IfNotPresent",
            "image_pull_secrets": [],
            "node_taints": [SKU_TAINT],
            "tolerations": [],
            "node_selector": {"kubernetes.azure.com/accelerator": "nvidia"},
            "priority_class_name": "system-node-critical",
            "env": {},
            "args": [],
            "resources": {},
            "security_context": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "update_strategy": {"type": "RollingUpdate"},
            "min_ready_seconds": 5,
            **changes,
        }
    )


def job_settings(**changes: Any) -> JobSettings:
    """The articles' MNIST Job."""
    return JobSettings(
        **{
            "name": "samples-tf-mnist-demo",
            "namespace": "default",
            "image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu",
            "image_pull_policy": "IfNotPresent",
            "command": [],
            "args": ["--max_steps", "500"],
            "env": {},
            "gpus": 1,
            "resource": GPU,
            "node_taints": [SKU_TAINT],
            "tolerations": [],
            "node_selector": {},
            "backoff_limit": 3,
            "deadline": 0,
            **changes,
        }
    )


def assert_explained(error: GpuopsError, code: str, *words: str) -> None:
    """An error for a user: its code, one paragraph, a remedy, and the words that matter to this failure."""
    assert error.code == code, f"code {error.code}: {error.message}"
    text = f"{error.message} {error.cause} {error.remedy}"
    assert "\n" not in text, f"more than a paragraph: {text!r}"
    assert error.remedy, f"no remedy: {error.message}"
    missing = [word for word in words if word not in text]
    assert not missing, f"{missing} not in: {text}"
