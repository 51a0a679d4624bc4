# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node of an agent pool looks in Kubernetes, as pure functions from pool and era to a Node object."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from tests.lab import machines, mig, services
from tests.lab.arm.state import NodePoolView
from tests.lab.devices import slices_annotation
from tests.lab.eras import Era, VmSize

# What the bridge has put on a node, so that an update takes away what the pool no longer has and leaves what others put there.
APPLIED_ANNOTATION = "gpuops-aks-lab/applied"

REIMAGED_ANNOTATION = "gpuops-aks-lab/reimaged"

# On every node, so that a reader of the cluster knows that it is a lab's.
SIMULATED: Mapping[str, str] = {"gpuops-aks-lab/simulated": "true"}

INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def node_name(pool: NodePoolView, index: int) -> str:
    """The name of a virtual machine in the pool's scale set: eight digits stable per cluster, the index in base 36."""
    digits = zlib.crc32(f"{pool.resource_group}/{pool.cluster}".lower().encode()) % 10**8
    return f"aks-{pool.name}-{digits:08d}-vmss{_base36(index):0>6}"


def _base36(number: int) -> str:
    text = _BASE36[number % 36]
    while number := number // 36:
        text = _BASE36[number % 36] + text
    return text


def node(pool: NodePoolView, name: str, *, address: int, era: Era, subscription: str) -> dict[str, Any]:
    """A new node as its kubelet registers it, Ready; the address is a number that no other node of the cluster has."""
    size = size_of(pool, era)
    labels, taints = node_labels(pool, name, era=era), node_taints(pool)
    annotations = {
        APPLIED_ANNOTATION: applied(labels, taints),
        REIMAGED_ANNOTATION: str(_times_reimaged(pool, name)),
        **slices_annotation(slices_of(pool, era)),
    }
    capacity = machines.capacity(size, era, max_pods=pool.max_pods)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": {
            "providerID": provider_id(pool, name, subscription),
            "podCIDR": _pod_network(address),
            "podCIDRs": [_pod_network(address)],
            "taints": taints,
        },
        "status": {
            "addresses": _addresses(name, address, era),
            "capacity": capacity,
            "allocatable": machines.allocatable(size, era, capacity),
            "nodeInfo": machines.node_info(pool, name, era),
        },
    }


def size_of(pool: NodePoolView, era: Era) -> VmSize:
    """The size of the pool's machines; ValueError where the era doesn't know it."""
    size = era.size(pool.vm_size)
    if size is None:
        raise ValueError(f"pool {pool.name} has the size {pool.vm_size}, which the catalog of {era.name} lacks")
    return size


def slices_of(pool: NodePoolView, era: Era) -> tuple[str, ...]:
    """The MIG slices of each GPU of the pool's machines."""
    return mig.slices_of(size_of(pool, era).gpu_model, pool.gpu_instance_profile, pool.mig_profiles)


def node_labels(pool: NodePoolView, name: str, *, era: Era) -> dict[str, str]:
    """The labels of a node: Kubernetes' own, AKS', the GPU's and the pool's."""
    common = {
        "agentpool": pool.name,
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": size_of(pool, era).name,
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": pool.location,
        "failure-domain.beta.kubernetes.io/zone": "0",
        "kubernetes.azure.com/agentpool": pool.name,
        "kubernetes.azure.com/cluster": pool.node_resource_group,
        "kubernetes.azure.com/mode": pool.mode.lower(),
        "kubernetes.azure.com/node-image-version": pool.node_image_version,
        "kubernetes.azure.com/os-sku": pool.os_sku,
        "kubernetes.azure.com/role": "agent",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        INSTANCE_TYPE_LABEL: size_of(pool, era).name,
        "topology.kubernetes.io/region": pool.location,
        "topology.kubernetes.io/zone": "0",
    }
    return {**common, **_era_labels(era), **_gpu_labels(pool, era), **_spot_labels(pool), **pool.labels, **SIMULATED}


def _era_labels(era: Era) -> dict[str, str]:
    if era.name == "2021":
        # kubectl shows ROLES from the second; AKS no longer sets either.
        return {
            "kubernetes.io/role": "agent",
            "node-role.kubernetes.io/agent": "",
            "storageprofile": "managed",
            "storagetier": "Premium_LRS",
        }
    return {
        "kubernetes.azure.com/nodepool-type": "VirtualMachineScaleSets",
        "kubernetes.azure.com/storageprofile": "managed",
        "kubernetes.azure.com/storagetier": "Premium_LRS",
    }


def _gpu_labels(pool: NodePoolView, era: Era) -> dict[str, str]:
    if not size_of(pool, era).gpus:
        return {}
    return {"accelerator": "nvidia", "kubernetes.azure.com/accelerator": "nvidia", **(services.LABEL if pool.managed else {})}


def _spot_labels(pool: NodePoolView) -> dict[str, str]:
    return {"kubernetes.azure.com/scalesetpriority": "spot"} if pool.spot else {}


def node_taints(pool: NodePoolView) -> list[dict[str, str]]:
    """The pool's taints as Kubernetes writes them, with the one AKS adds to spot pools."""
    texts = list(pool.taints)
    spot = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
    if pool.spot and spot not in texts:
        texts.append(spot)
    return [_taint(text) for text in texts if text]


def _taint(text: str) -> dict[str, str]:
    key_value, _unused, effect = text.rpartition(":")
    key, _unused, value = key_value.partition("=")
    return {"key": key, **({"value": value} if value else {}), "effect": effect}


def applied(labels: Mapping[str, str], taints: Sequence[Mapping[str, str]]) -> str:
    """The annotation that records which labels and taints the bridge has set."""
    return json.dumps({"labels": dict(labels), "taints": list(taints)}, sort_keys=True)


def node_update(current: Mapping[str, Any], pool: NodePoolView, *, era: Era) -> dict[str, Any] | None:
    """The patch that sets a node's labels and taints to its pool's; None if they are equal."""
    name = current["metadata"]["name"]
    labels, taints = node_labels(pool, name, era=era), node_taints(pool)
    remembered = applied(labels, taints)
    before = current["metadata"].get("annotations", {}).get(APPLIED_ANNOTATION)
    if before == remembered:
        return None
    old = json.loads(before) if before else {"labels": {}, "taints": []}
    # In a merge patch null takes a label away.
    gone = dict.fromkeys(old["labels"].keys() - labels.keys())
    others = [taint for taint in current["spec"].get("taints", []) if taint not in old["taints"] and taint not in taints]
    return {
        "metadata": {"labels": {**labels, **gone}, "annotations": {APPLIED_ANNOTATION: remembered}},
        "spec": {"taints": [*taints, *others]},
    }


def is_of(current: Mapping[str, Any], pool: NodePoolView) -> bool:
    """Whether a node is up to date with its pool; after an upgrade or a reimage its machine is replaced."""
    metadata = current["metadata"]
    labels = metadata["labels"]
    return bool(
        metadata.get("annotations", {}).get(REIMAGED_ANNOTATION) == str(_times_reimaged(pool, metadata["name"]))
        and labels[INSTANCE_TYPE_LABEL].lower() == pool.vm_size.lower()
        and labels["kubernetes.azure.com/node-image-version"] == pool.node_image_version
        and current["status"]["nodeInfo"]["kubeletVersion"] == f"v{pool.kubernetes_version}"
    )


def _times_reimaged(pool: NodePoolView, name: str) -> int:
    return pool.reimaged.get(_index(name), 0)


def _index(name: str) -> int:
    return int(name.rpartition("-vmss")[2], 36)


def provider_id(pool: NodePoolView, name: str, subscription: str) -> str:
    """The virtual machine's Azure id."""
    scale_set = name.rpartition("-vmss")[0]
    group = f"azure:///subscriptions/{subscription}/resourceGroups/{pool.node_resource_group.lower()}"
    return f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{scale_set}-vmss/virtualMachines/{_index(name)}"


def _addresses(name: str, address: int, era: Era) -> list[dict[str, str]]:
    subnet = "10.240" if era.name == "2021" else "10.224"
    return [
        # Azure keeps the first four addresses of a subnet.
        {"type": "InternalIP", "address": f"{subnet}.{(address + 4) // 256}.{(address + 4) % 256}"},
        {"type": "Hostname", "address": name},
    ]


def _pod_network(address: int) -> str:
    return f"10.{244 + address // 256}.{address % 256}.0/24"


def free_addresses(nodes: Iterable[Mapping[str, Any]]) -> Iterator[int]:
    """The unused numbers, lowest first."""
    networks = {current["spec"].get("podCIDR") for current in nodes}
    return (address for address in count() if _pod_network(address) not in networks)
