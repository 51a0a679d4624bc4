# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools as the bridge sees them, for tests of what it makes of them."""

from __future__ import annotations

from typing import Any

from tests.lab import nodes
from tests.lab.arm.state import NodePoolView
from tests.lab.eras import ERAS, Era

ERA_2021, ERA_2026 = ERAS["2021"], ERAS["2026"]
MOUNT = {"name": "sockets", "hostPath": {"path": "/var/lib/kubelet/device-plugins"}}


def pool(**changes: Any) -> NodePoolView:
    fields: dict[str, Any] = {
        "cluster": "myAKSCluster",
        "resource_group": "myResourceGroup",
        "location": "eastus",
        "node_resource_group": "MC_myResourceGroup_myAKSCluster_eastus",
        "name": "gpunp",
        "mode": "User",
        "vm_size": "Standard_NC4as_T4_v3",
        "count": 1,
        "reimaged": {},
        "os_sku": "Ubuntu",
        "taints": ("sku=gpu:NoSchedule",),
        "labels": {},
        "kubernetes_version": "1.34.8",
        "node_image_version": "AKSUbuntu-2204gen2containerd-202610.15.0",
        "managed": False,
        "serves_gpu_itself": False,
        "driver_installed": True,
        "max_pods": 250,
        "gpu_instance_profile": "",
        "mig_strategy": "none",
        "mig_profiles": (),
        "dra": False,
        "spot": False,
        "autoscaling": False,
        "min_count": 1,
        "max_count": 1,
    }
    return NodePoolView(**{**fields, **changes})


def pod(
    name: str = "pod", *, node: str | None = None, gpus: int = 0, ready: bool = True, spec: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A pod; without a node it is one that the scheduler found none for."""
    requests = {"requests": {"nvidia.com/gpu": str(gpus)}} if gpus else {}
    container = {"name": "main", "image": "example.com/app", "resources": requests}
    body: dict[str, Any] = {"containers": [container], "tolerations": [{"key": "sku", "operator": "Exists"}], **(spec or {})}
    if node is None:
        status = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
    else:
        body["nodeName"] = node
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return {"metadata": {"name": name, "namespace": "default", "uid": name}, "spec": body, "status": status}


def plugin_pod(node: str, *, ready: bool = True, **container_fields: Any) -> dict[str, Any]:
    """A pod that nothing but its mount tells to be a device plugin."""
    mounts = [{"name": "sockets", "mountPath": "/any"}]
    container = {"name": "main", "image": "example.com/any", "volumeMounts": mounts, **container_fields}
    return pod("plugin", node=node, ready=ready, spec={"containers": [container], "volumes": [MOUNT]})


def one_node(view: NodePoolView, *, gpus: tuple[str, str] | None = None, era: Era = ERA_2026) -> dict[str, Any]:
    """The first node of a pool, showing these GPUs as capacity and allocatable."""
    made = nodes.node(view, nodes.node_name(view, 0), address=0, era=era, subscription="sub")
    if gpus:
        for field, count in zip(("capacity", "allocatable"), gpus, strict=True):
            made["status"][field] = {**made["status"][field], "nvidia.com/gpu": count}
    return made
