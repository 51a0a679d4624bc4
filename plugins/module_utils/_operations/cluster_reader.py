# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads a cluster snapshot from the API server, once or kept up to date by watches.

Plugin, verify and workload all read the cluster through it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Iterable, Iterator, Sequence

from .._core.nodes.dra import DynamicDevices, classes_for, dynamic_devices
from .._core.scheduling.device_plugins import DEVICE_PLUGINS_DIR, device_plugins, mounts_device_plugins_dir
from .._core.scheduling.node_facts import POOL_LABELS, is_gpu_node, known_nodes, pool_of
from .._core.scheduling.requests import GPU_PREFIX, asks_for_gpus
from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.scheduling.usage import NodeUsage, PodRequests, requests_of_pod
from .._core.schemas.kubernetes_lists import Node, Pod
from .._core.shared.mappings import Json
from .._errors import KubernetesError
from .._kube.bulk import pods_on
from .._kube.client import KubeClient
from .._kube.decode import Decoder
from .._kube.mirror import Mirror
from .._kube.resources import DAEMONSETS, DEVICE_CLASSES, NODES, PODS, RESOURCE_CLAIMS, RESOURCE_SLICES
from .._kube.watch import Watched

# A node has 20 KB, three times a pod: 125 of them whole take 30 MB less at the peak than 500, and no more time.
_NODES = Decoder(Node, plain_page=125)
_EVERY_POD = Decoder(Pod)
_GPU_PODS = Decoder(Pod, marks=(GPU_PREFIX.encode(), DEVICE_PLUGINS_DIR.encode()))


@dataclass(frozen=True)
class Selection:
    """Which nodes are meant, and by which GPU resource they are judged. pool "" means every GPU node.

    label_selector is Kubernetes' own text; resource_names narrow to nodes that have one of these resources.
    """

    pool: str
    resource: str
    label_selector: str = ""
    resource_names: tuple[str, ...] = ()

    @property
    def whole_pools(self) -> bool:
        """Whether every GPU node of a pool is meant, or none."""
        return not self.label_selector and not self.resource_names

    def takes(self, node: Json) -> bool:
        """Whether the node is meant; a node of a named pool is, also when it shows no sign of a GPU."""
        capacity = (node.get("status") or {}).get("capacity") or {}
        if self.resource_names and not any(name in capacity for name in self.resource_names):
            return False
        return pool_of(node) == self.pool if self.pool else is_gpu_node(node)

    def selectors(self) -> list[str]:
        """Label selectors that together find every node that is meant: AKS has labelled pools in two ways."""
        own = [self.label_selector] if self.label_selector else []
        return [",".join([*own, f"{label}={self.pool}"]) for label in POOL_LABELS] if self.pool else [",".join(own)]


def concerns_gpus(pod: Json) -> bool:
    """Whether the pod asks for GPUs or serves them; only such pods are read of a large cluster."""
    return asks_for_gpus(pod) or mounts_device_plugins_dir(pod["spec"])


def read_snapshot(
    selection: Selection, client: KubeClient, *, whole: bool = False, dynamic: bool = False, daemonsets: Sequence[Json] | None = None
) -> ClusterSnapshot:
    """The snapshot now. whole: with what pods take of cpu, memory and everything else; dynamic: with the devices that DRA hands out.

    daemonsets are all of the cluster, where the caller has read them already.
    """
    found = client.list(DAEMONSETS) if daemonsets is None else daemonsets
    try:
        return _read_snapshot(selection, client, whole=whole, dynamic=dynamic, daemonsets=found)
    except KubernetesError as error:
        if error.status != HTTPStatus.GONE:  # a list took so long that its moment has been forgotten
            raise
    return _read_snapshot(selection, client, whole=whole, dynamic=dynamic, daemonsets=found)


def _read_snapshot(selection: Selection, client: KubeClient, *, whole: bool, dynamic: bool, daemonsets: Sequence[Json]) -> ClusterSnapshot:
    nodes = _read_nodes(selection, client)
    usage = NodeUsage(whole=whole)
    serving = list(_fold(usage, nodes, client))
    devices = _read_devices(selection.resource, nodes, client) if dynamic else None
    return _snapshot(selection, nodes=nodes, usage=usage, daemonsets=daemonsets, serving=serving, devices=devices)


def _read_nodes(selection: Selection, client: KubeClient) -> list[Json]:
    found: dict[str, Json] = {}
    for selector in selection.selectors():
        for page in client.pages(NODES, decoder=_NODES, labelSelector=selector):
            found.update({node["metadata"]["name"]: _NODES.slim(node) for node in page.items if selection.takes(node)})
    return list(found.values())


def _fold(usage: NodeUsage, nodes: Sequence[Json], client: KubeClient) -> Iterator[Json]:
    """Count what the pods of these nodes take, page by page; the device plugins' pods come out, the others are forgotten."""
    names = [node["metadata"]["name"] for node in nodes]
    meant = {"", *names}  # a plugin's pod that waits for its node has none yet
    decoder = _EVERY_POD if usage.whole else _GPU_PODS
    for pods in pods_on(names, client, decoder):
        for pod in pods:
            if pod["spec"].get("nodeName", "") not in meant:
                continue
            if usage.whole or asks_for_gpus(pod):
                usage.add(requests_of_pod(pod))
            if mounts_device_plugins_dir(pod["spec"]):
                yield decoder.slim(pod)


def _read_devices(resource: str, nodes: Sequence[Json], client: KubeClient) -> DynamicDevices:
    """What DRA hands out under the resource's name; it is only asked where it would count."""
    classes = _device_classes(resource, client) if _left_to_dra(resource, nodes) else []
    if not classes:
        return DynamicDevices()
    return dynamic_devices(classes, client.list(RESOURCE_SLICES), client.list(RESOURCE_CLAIMS))


def _left_to_dra(resource: str, nodes: Iterable[Json]) -> bool:
    """Whether there is a node whose kubelet doesn't offer the resource: DRA serves it only there."""
    return any(((node.get("status") or {}).get("allocatable") or {}).get(resource, "0") == "0" for node in nodes)


def _device_classes(resource: str, client: KubeClient) -> list[Json]:
    try:
        return classes_for(client.list(DEVICE_CLASSES), resource)
    except KubernetesError as error:
        if error.status == HTTPStatus.NOT_FOUND:  # a cluster older than 1.34
            return []
        raise


def _snapshot(
    selection: Selection,
    *,
    nodes: Iterable[Json],
    usage: NodeUsage,
    daemonsets: Iterable[Json],
    serving: Iterable[Json],
    devices: DynamicDevices | None,
) -> ClusterSnapshot:
    facts = known_nodes(nodes, usage, selection.resource, devices)
    return ClusterSnapshot(
        resource=selection.resource,
        pool=selection.pool,
        nodes=facts,
        labels={node.name: node.labels for node in facts},
        plugins=device_plugins(daemonsets, serving),
        dra_devices={name: each.devices for name, each in devices.nodes.items()} if devices else {},
        dra_resources=(selection.resource,) if devices and devices.classes else (),
    )


class ClusterWatch:
    """The snapshot as a mirror keeps it; classes are the device classes that serve its resource, none where DRA is not looked at."""

    def __init__(self, selection: Selection, mirror: Mirror, classes: Sequence[Json] = ()) -> None:
        self._selection = selection
        self._classes = classes
        self._charges: dict[str, tuple[str, PodRequests | None]] = {}
        self.mirror = mirror

    def now(self) -> ClusterSnapshot:
        """The snapshot as of the last event taken in."""
        mirror = self.mirror
        devices = dynamic_devices(self._classes, mirror.all("slices"), mirror.all("claims")) if self._classes else None
        return _snapshot(
            self._selection,
            nodes=mirror.all("nodes"),
            usage=self._usage(),
            daemonsets=mirror.all("daemonsets"),
            serving=mirror.all("pods"),
            devices=devices,
        )

    def _usage(self) -> NodeUsage:
        """What pods take; of a pod that has not changed it is known."""
        usage = NodeUsage(whole=False)
        known, self._charges = self._charges, {}
        for uid, pod in self.mirror.objects["pods"].items():
            version = pod["metadata"]["resourceVersion"]
            entry = known.get(uid)
            if entry is None or entry[0] != version:
                entry = (version, requests_of_pod(pod))
            self._charges[uid] = entry
            usage.add(entry[1])
        return usage


@contextmanager
def watch_cluster(selection: Selection, client: KubeClient, *, dynamic: bool = False) -> Iterator[ClusterWatch]:
    """A snapshot that follows the cluster while the context lasts, of GPU nodes and the pods that ask for GPUs or serve them."""
    watched = [
        Watched("nodes", NODES, label_selector=selection.label_selector, decoder=_NODES, keep=selection.takes),
        Watched("pods", PODS, decoder=_GPU_PODS, keep=concerns_gpus),
        Watched("daemonsets", DAEMONSETS),
    ]
    with Mirror(client, watched) as mirror:
        nodes = mirror.all("nodes")
        asked = dynamic and (not nodes or _left_to_dra(selection.resource, nodes))
        classes = _device_classes(selection.resource, client) if asked else []
        if classes:
            mirror.add(Watched("slices", RESOURCE_SLICES), Watched("claims", RESOURCE_CLAIMS))
        yield ClusterWatch(selection, mirror, classes)
