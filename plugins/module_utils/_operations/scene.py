# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from .._gpu.diagnosis import DevicePlugin, Scene, device_plugins
from .._gpu.nodes import GpuNode, gpu_nodes, is_gpu_node, pool_of
from .._kube.client import KubeClient
from .._kube.mirror import Mirror, Watched
from .._kube.resources import DAEMONSETS, NODES, PODS

Json = Mapping[str, Any]
GPU_COLLECTIONS = (Watched("nodes", NODES), Watched("pods", PODS), Watched("daemonsets", DAEMONSETS))


@dataclass(frozen=True)
class Selection:
    """Which nodes are meant, and by which GPU resource they are judged. pool "" means every GPU node."""

    pool: str
    resource: str

    def takes(self, node: Json) -> bool:
        """Whether the node is meant; a node of a named pool is, also when it shows no sign of a GPU."""
        return pool_of(node) == self.pool if self.pool else is_gpu_node(node)


def scene_of(selection: Selection, *, nodes: Sequence[Json], pods: Sequence[Json], daemonsets: Sequence[Json]) -> Scene:
    """What a diagnosis looks at, from the objects of one moment."""
    meant = [node for node in nodes if selection.takes(node)]
    facts: list[GpuNode] = gpu_nodes(meant, pods, selection.resource)
    plugins: list[DevicePlugin] = device_plugins(daemonsets, pods)
    return Scene(
        resource=selection.resource,
        pool=selection.pool,
        nodes=facts,
        labels={node["metadata"]["name"]: node["metadata"].get("labels") or {} for node in meant},
        plugins=plugins,
    )


def read_scene(selection: Selection, client: KubeClient) -> Scene:
    """The scene now."""
    return scene_of(selection, nodes=client.list(NODES), pods=client.list(PODS), daemonsets=client.list(DAEMONSETS))


class LiveScene:
    """The scene as a mirror keeps it."""

    def __init__(self, selection: Selection, mirror: Mirror) -> None:
        self._selection = selection
        self.mirror = mirror

    def now(self) -> Scene:
        """The scene as of the last event taken in."""
        return scene_of(
            self._selection, nodes=self.mirror.all("nodes"), pods=self.mirror.all("pods"), daemonsets=self.mirror.all("daemonsets")
        )


@contextmanager
def live_scene(selection: Selection, client: KubeClient) -> Iterator[LiveScene]:
    """A scene that follows the cluster while the context lasts."""
    with Mirror(client, GPU_COLLECTIONS) as mirror:
        yield LiveScene(selection, mirror)
