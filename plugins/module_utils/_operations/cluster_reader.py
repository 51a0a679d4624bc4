# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads a cluster snapshot from the API server, once or kept up to date by watches.

Plugin, verify and workload all read the cluster through it.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Callable, Iterable, Iterator, Sequence

from .._core.nodes.dra import DynamicDevices, classes_for, dynamic_devices
from .._core.scheduling.device_plugins import DEVICE_PLUGINS_DIR, device_plugins, mounts_device_plugins_dir
from .._core.scheduling.node_facts import known_nodes
from .._core.scheduling.requests import GPU_PREFIX, GPU_RESOURCE, asks_for_gpus
from .._core.scheduling.selection import Selection, concerns_gpus
from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.scheduling.usage import NodeUsage, PodRequests, requests_of_pod
from .._core.schemas.kubernetes_lists import Node, Pod
from .._core.shared.mappings import Json
from .._core.shared.timestamps import FORMAT
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
_DEVICES = (Watched("slices", RESOURCE_SLICES), Watched("claims", RESOURCE_CLAIMS))
_GPU_PODS = Decoder(Pod, marks=(GPU_PREFIX.encode(), DEVICE_PLUGINS_DIR.encode()))


class ClusterReader:
    """Reads the selected nodes of a cluster, their pods and the device plugins: once, or for as long as a wait lasts."""

    def __init__(self, selection: Selection, client: KubeClient, *, dynamic: bool = False) -> None:
        """Prepare to read; nothing is read yet.

        Args:
            selection: Which nodes to read.
            client: The API server to read from.
            dynamic: Whether to count the devices that Kubernetes hands out by dynamic resource allocation (DRA).
        """
        self._selection = selection
        self._client = client
        self._dynamic = dynamic

    def snapshot(self, *, whole: bool = False, daemonsets: Sequence[Json] | None = None) -> ClusterSnapshot:
        """The cluster as it is now. Raises KubernetesError.

        Args:
            whole: Whether to count what pods take of every resource, such as cpu and memory, and not only of GPUs.
            daemonsets: All DaemonSets of the cluster, if the caller has already read them.
        """
        found = self._client.list(DAEMONSETS) if daemonsets is None else daemonsets
        try:
            return self._read(found, whole=whole)
        except KubernetesError as error:
            if error.status != HTTPStatus.GONE:  # a list took so long that the API server has forgotten the moment it is of
                raise
        return self._read(found, whole=whole)

    @contextmanager
    def watch(self) -> Iterator[ClusterWatch]:
        """A view of the cluster that stays up to date while the context lasts. Raises KubernetesError."""
        selection = self._selection
        watched = [
            Watched("nodes", NODES, label_selector=selection.label_selector or "", decoder=_NODES, keep=selection.takes),
            Watched("pods", PODS, decoder=_GPU_PODS, keep=concerns_gpus),
            Watched("daemonsets", DAEMONSETS),
        ]
        with Mirror(self._client, watched) as mirror:
            classes = self._classes(mirror.all("nodes"))
            if classes is not None and not self._may_read(classes, lambda: mirror.add(*_DEVICES)):
                classes = None
            yield ClusterWatch(selection, mirror, classes)

    def _read(self, daemonsets: Sequence[Json], *, whole: bool) -> ClusterSnapshot:
        nodes = self._nodes()
        usage, plugin_pods = self._pods(nodes, whole=whole)
        devices = self._devices(nodes)
        return _snapshot(self._selection, nodes=nodes, usage=usage, daemonsets=daemonsets, plugin_pods=plugin_pods, devices=devices)

    def _devices(self, nodes: Sequence[Json]) -> DynamicDevices | None:
        """The devices of DRA, None where none is looked at or may be."""
        classes = self._classes(nodes) if nodes else None
        read: list[list[Json]] = []
        if classes is None or not self._may_read(classes, lambda: read.extend(map(self._client.list, (RESOURCE_SLICES, RESOURCE_CLAIMS)))):
            return None
        return dynamic_devices(classes, *read)

    def _may_read(self, classes: Sequence[Json], read: Callable[[], None]) -> bool:
        """Read the devices; where no class names the resource, False instead of a refusal: a cluster with device plugins needs no right."""
        try:
            read()
        except KubernetesError as error:
            if classes or error.status != HTTPStatus.FORBIDDEN:
                raise
            return False
        return True

    def _nodes(self) -> list[Json]:
        found: dict[str, Json] = {}
        for selector in self._selection.selectors():
            for page in self._client.pages(NODES, decoder=_NODES, labelSelector=selector):
                found.update({node["metadata"]["name"]: _NODES.slim(node) for node in page.items if self._selection.takes(node)})
        return list(found.values())

    def _pods(self, nodes: Sequence[Json], *, whole: bool) -> tuple[NodeUsage, list[Json]]:
        """What the pods of these nodes take, and the pods of device plugins; the others are forgotten page by page."""
        usage = NodeUsage(whole=whole)
        plugin_pods: list[Json] = []
        decoder = _EVERY_POD if whole else _GPU_PODS
        for pod in self._pods_on([node["metadata"]["name"] for node in nodes], decoder):
            if whole or asks_for_gpus(pod):
                usage.add(requests_of_pod(pod))
            if mounts_device_plugins_dir(pod["spec"]):
                plugin_pods.append(decoder.slim(pod))
        return usage, plugin_pods

    def _pods_on(self, nodes: Sequence[str], decoder: Decoder) -> Iterator[Json]:
        selected = {"", *nodes}  # a plugin's pod that waits for its node is not on one yet
        for page in pods_on(nodes, self._client, decoder):
            yield from (pod for pod in page if pod["spec"].get("nodeName", "") in selected)

    def _classes(self, nodes: Sequence[Json]) -> list[Json] | None:
        """The device classes that serve the resource; None where DRA is not there, or need not be looked at.

        NVIDIA's driver serves GPUs without a class, too, but as nothing else than GPUs.
        """
        resource = self._selection.resource
        if not self._dynamic or (nodes and all(_offers(node, resource) for node in nodes)):
            return None
        try:
            found = classes_for(self._client.list(DEVICE_CLASSES), resource)
        except KubernetesError as error:
            if error.status == HTTPStatus.NOT_FOUND:  # a cluster older than 1.34
                return None
            raise
        return found if found or resource == GPU_RESOURCE else None


def _offers(node: Json, resource: str) -> bool:
    return bool(((node.get("status") or {}).get("allocatable") or {}).get(resource, "0") != "0")


def _snapshot(
    selection: Selection,
    *,
    nodes: Iterable[Json],
    usage: NodeUsage,
    daemonsets: Iterable[Json],
    plugin_pods: Iterable[Json],
    devices: DynamicDevices | None,
) -> ClusterSnapshot:
    return ClusterSnapshot(
        resource=selection.resource,
        pool=selection.pool,
        nodes=known_nodes(nodes, usage, selection.resource, devices),
        plugins=device_plugins(daemonsets, plugin_pods),
        dra_devices={name: each.devices for name, each in devices.nodes.items()} if devices else {},
        dra_resources=(selection.resource,) if devices and devices.classes else (),
        taken=datetime.now(timezone.utc).strftime(FORMAT),
    )


class ClusterWatch:
    """A cluster as a mirror keeps it up to date."""

    def __init__(self, selection: Selection, mirror: Mirror, classes: Sequence[Json] | None = None) -> None:
        """A view of what the mirror shows.

        Args:
            selection: Which nodes the mirror holds.
            mirror: The copies of nodes, pods and DaemonSets, and with classes also of ResourceSlices and ResourceClaims.
            classes: The device classes that serve the resource, None where DRA is not looked at.
        """
        self._selection = selection
        self._classes = classes
        self._requests: dict[str, tuple[str, PodRequests | None]] = {}
        self.mirror = mirror

    def now(self) -> ClusterSnapshot:
        """The cluster as of the last event that the mirror has taken in."""
        mirror = self.mirror
        classes = self._classes
        devices = None if classes is None else dynamic_devices(classes, mirror.all("slices"), mirror.all("claims"))
        return _snapshot(
            self._selection,
            nodes=mirror.all("nodes"),
            usage=self._usage(),
            daemonsets=mirror.all("daemonsets"),
            plugin_pods=mirror.all("pods"),
            devices=devices,
        )

    def _usage(self) -> NodeUsage:
        """What pods take; only the requests of a pod that has changed are added up again."""
        usage = NodeUsage(whole=False)
        known, self._requests = self._requests, {}
        for uid, pod in self.mirror.objects["pods"].items():
            version = pod["metadata"]["resourceVersion"]
            entry = known.get(uid)
            if entry is None or entry[0] != version:
                entry = (version, requests_of_pod(pod))
            self._requests[uid] = entry
            usage.add(entry[1])
        return usage
