# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What exists of the GPU Operator at one moment: its custom resources, its components with their pods, and the nodes that it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import OPERANDS_LABEL, PRESENT, made_by_operator
from ..owners.cluster_resources import OwnerResources, followed_policy
from ..scheduling.daemons import Daemon, daemon_fields, pods_of, template_of
from ..scheduling.device_plugins import device_plugins
from ..scheduling.node_facts import OS_LABELS, SIZE_LABELS, WINDOWS, first_label, is_gpu_node, known_nodes, pool_of
from ..scheduling.pods import pod_ready, pod_state, reason_of
from ..scheduling.reasons import Kind
from ..scheduling.requests import GPU_RESOURCE
from ..scheduling.snapshot import ClusterSnapshot
from ..scheduling.usage import NodeUsage
from ..shared.mappings import Json
from ..sizes.lookup import known_size

# What node feature discovery shows of a node with an NVIDIA GPU, by which the operator finds it (controllers/state_manager.go).
PCI_LABELS = tuple(f"feature.node.kubernetes.io/pci-{name}.present" for name in ("10de", "0302_10de", "0300_10de"))
_WORKERS = ("node-feature-discovery-worker", "nfd-worker")
# The beginning of a DaemonSet's name → how the component is called here, in the order in which they wait for each other.
COMPONENTS = {
    "nvidia-driver": "driver",
    "nvidia-gpu-driver": "driver",  # of an NVIDIADriver
    "nvidia-container-toolkit": "toolkit",
    "nvidia-operator-validator": "validator",
    "nvidia-device-plugin-mps": "mps_control_daemon",
    "nvidia-device-plugin": "device_plugin",
    "nvidia-dcgm-exporter": "dcgm_exporter",
    "nvidia-dcgm": "dcgm",
    "gpu-feature-discovery": "feature_discovery",
    "nvidia-mig-manager": "mig_manager",
    "nvidia-node-status-exporter": "node_status_exporter",
}
_ORDER = tuple(dict.fromkeys(COMPONENTS.values()))
_SELECTION = (Kind.NODE_SELECTOR, Kind.NODE_AFFINITY)
CUDA_VALIDATOR = "nvidia-cuda-validator"
_OPERATOR = "gpu-operator"
READY, MISSING = "ready", "missing"


@dataclass(frozen=True)
class Operand(Daemon):
    """A component that the operator runs on nodes. desired: on how many nodes, as its controller counts them."""

    component: str = ""
    uid: str = ""
    image: str = ""
    desired: int = 0

    def selects(self, node: GpuNode) -> bool:
        """Whether it should run on the node, taints aside: the operator's labels on the node decide."""
        return not any(reason.kind in _SELECTION for reason in self.reasons_against(node))

    def state_on(self, node: str) -> str:
        """The state of its pod on the node in one word: ready, missing, or what it waits for."""
        pod = self.pods.get(node)
        if pod is None:
            return MISSING
        return READY if pod_ready(pod) else reason_of(pod_state(pod))


@dataclass(frozen=True)
class OperatorView:
    """All that is known of the operator. policies is None if the cluster doesn't know ClusterPolicies.

    snapshot: with the nodes that could have an NVIDIA GPU. worker: of node feature discovery, None if the namespace has none.
    What has a default is only read if something is wrong.
    """

    namespace: str
    policies: Sequence[Json] | None
    drivers: Sequence[Json]
    snapshot: ClusterSnapshot
    operands: Sequence[Operand]
    worker: Daemon | None
    pods: Sequence[Json]
    events: Sequence[Json] = ()
    logs: Mapping[str, str] = field(default_factory=dict)  # namespace/pod → the end of its log

    @property
    def policy(self) -> Json | None:
        """The ClusterPolicy that the operator follows; it ignores all others."""
        return followed_policy(self.policies)

    @property
    def served(self) -> list[GpuNode]:
        """The nodes that the operator should serve: those that no label excludes."""
        return [node for node in self.snapshot.nodes if node.labels.get(OPERANDS_LABEL) != "false"]

    def operands_on(self, node: GpuNode) -> list[Operand]:
        """The components that should run on the node, in the order in which they wait for each other."""
        return [operand for operand in self.operands if operand.selects(node)]

    def validated(self, node: str) -> bool:
        """Whether the operator's CUDA program has run on the node."""
        return any(_phase(pod) == "Succeeded" for pod in self.validators(node))

    def validators(self, node: str) -> list[Json]:
        """The pods that run the operator's CUDA program on the node."""
        return [pod for pod in self.labeled(CUDA_VALIDATOR) if pod["spec"].get("nodeName") == node]

    def controllers(self) -> list[Json]:
        """The pods of the operator itself."""
        return self.labeled(_OPERATOR)

    def labeled(self, app: str) -> list[Json]:
        """The pods in the operator's namespace with this label app."""
        return [pod for pod in self.pods if (pod["metadata"].get("labels") or {}).get("app") == app]


def _phase(pod: Json) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def state_of(resource: Json) -> str:
    """status.state of a ClusterPolicy or an NVIDIADriver, "" before the operator has seen it."""
    return str((resource.get("status") or {}).get("state") or "")


def condition_of(resource: Json, kind: str) -> Json:
    """The condition of this type; {} if the resource does not have it."""
    conditions = (resource.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == kind), {})


def may_be_served(node: Json, pool: str | None) -> bool:
    """Whether the node could be one of the operator's: of the pool if one is named, or else one with a sign of an NVIDIA GPU."""
    if pool is not None:
        return pool_of(node) == pool
    if first_label(node, OS_LABELS) == WINDOWS:
        return False
    size = known_size(first_label(node, SIZE_LABELS))
    known = size is not None and size.series.vendor == "nvidia"
    return known or is_gpu_node(node) or first_label(node, (PRESENT, *PCI_LABELS)) == "true"


def operator_view(
    *,
    namespace: str,
    pool: str | None,
    policies: Sequence[Json] | None,
    drivers: Sequence[Json],
    nodes: Iterable[Json],
    daemonsets: Sequence[Json],
    pods: Sequence[Json],
) -> OperatorView:
    """The view of what was read. daemonsets and pods are those of the operator's namespace, nodes all that may_be_served."""
    own = [each for each in daemonsets if made_by_operator(each["metadata"])]
    by_owner = pods_of(daemonsets, pods)
    operands = [_operand(each, by_owner[each["metadata"]["uid"]]) for each in own]
    workers = [each for each in daemonsets if any(name in each["metadata"]["name"] for name in _WORKERS)]
    return OperatorView(
        namespace=namespace,
        policies=policies,
        drivers=drivers,
        snapshot=ClusterSnapshot(
            resource=GPU_RESOURCE,
            pool=pool,
            nodes=known_nodes(nodes, NodeUsage(whole=False), GPU_RESOURCE),
            plugins=device_plugins(own, pods),
            resources=OwnerResources(policies=policies or (), drivers=drivers),
        ),
        operands=sorted(operands, key=_place),
        worker=Daemon(**daemon_fields(workers[0], by_owner[workers[0]["metadata"]["uid"]])) if workers else None,
        pods=pods,
    )


def _place(operand: Operand) -> tuple[int, str]:
    known = operand.component in _ORDER
    return (_ORDER.index(operand.component) if known else len(_ORDER), operand.name)


def _operand(daemonset: Json, pods: Mapping[str, Json]) -> Operand:
    name = str(daemonset["metadata"]["name"])
    containers: Sequence[Any] = template_of(daemonset).get("containers") or ()
    return Operand(
        **daemon_fields(daemonset, pods),
        component=next((component for start, component in COMPONENTS.items() if name.startswith(start)), name),
        uid=str(daemonset["metadata"]["uid"]),
        image=str(containers[0].get("image") or "") if containers else "",
        desired=int((daemonset.get("status") or {}).get("desiredNumberScheduled") or 0),
    )
