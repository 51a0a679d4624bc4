# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which nodes and pods of a cluster an operation looks at: the GPU nodes, or those of one pool, and the pods that concern their GPUs."""

from __future__ import annotations

from dataclasses import dataclass

from ..shared.mappings import Json
from .device_plugins import mounts_device_plugins_dir
from .node_facts import POOL_LABELS, is_gpu_node, pool_of
from .requests import asks_for_gpus


@dataclass(frozen=True)
class Selection:
    """Which nodes to look at, and by which GPU resource to judge them.

    Args:
        pool: The node pool that they belong to, None for every GPU node of the cluster.
        resource: The GPU resource, such as nvidia.com/gpu.
        label_selector: A selector in Kubernetes' own syntax that the nodes also have to match.
        resource_names: Only nodes that have one of these resources.
    """

    pool: str | None
    resource: str
    label_selector: str | None = None
    resource_names: tuple[str, ...] = ()

    @property
    def whole_pools(self) -> bool:
        """Whether it takes all GPU nodes of each pool or none of them."""
        return not self.label_selector and not self.resource_names

    def takes(self, node: Json) -> bool:
        """Whether the node is selected; a node of the named pool is, even when it shows no sign of a GPU."""
        capacity = (node.get("status") or {}).get("capacity") or {}
        if self.resource_names and not any(name in capacity for name in self.resource_names):
            return False
        return pool_of(node) == self.pool if self.pool else is_gpu_node(node)

    def selectors(self) -> list[str]:
        """Label selectors that together find every selected node: AKS has labeled its pools in two ways."""
        own = [self.label_selector] if self.label_selector else []
        return [",".join([*own, f"{label}={self.pool}"]) for label in POOL_LABELS] if self.pool else [",".join(own)]


def concerns_gpus(pod: Json) -> bool:
    """Whether the pod requests GPUs or serves them; of a large cluster, only such pods are read."""
    return asks_for_gpus(pod) or mounts_device_plugins_dir(pod["spec"])
