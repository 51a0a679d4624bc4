# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The cluster snapshot: nodes, pods and device plugins at one moment, which every diagnosis reads.

Reading it is _operations/cluster_reader.py; here it is only the type and how device plugins are recognized.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Container, Mapping, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import OperatorPart, operator_state
from ..owners.cluster_resources import UNKNOWN, OwnerResources, lacks_driver
from ..shared.mappings import Json
from .autoscaler import PoolSize
from .device_plugins import DevicePlugin
from .requests import passes_to_machines


@dataclass(frozen=True)
class ClusterSnapshot:
    """All that a diagnosis looks at, taken at one moment. pool is None if the nodes were not selected by pool.

    What has a default is not always read: without it a diagnosis says less, but nothing wrong.
    """

    resource: str
    pool: str | None
    nodes: Sequence[GpuNode]
    plugins: Sequence[DevicePlugin]
    events: Sequence[Json] = ()
    plugin_logs: Mapping[str, str] = field(default_factory=dict)  # namespace/pod → its log
    pools: Mapping[str, PoolSize] = field(default_factory=dict)  # as the cluster autoscaler knows them
    dra_devices: Mapping[str, int] = field(default_factory=dict)  # node → GPUs in its ResourceSlices
    dra_resources: Sequence[str] = ()  # what their device classes name as extendedResourceName
    configured_names: Container[str] = ()  # resources that a plugin's configuration file names
    unread_configs: Mapping[str, str] = field(default_factory=dict)  # namespace/name of ConfigMaps of plugins → why they can't be read
    operator_parts: Mapping[OperatorPart, str] = field(default_factory=dict)  # what pods of the GPU Operator show
    repairs: Sequence[Json] = ()  # events of AKS' node auto-repair
    resources: OwnerResources = UNKNOWN  # that say who brings the driver
    taken: str = ""  # when, as a timestamp of Kubernetes

    def other_resources(self, node: GpuNode) -> Mapping[str, int]:
        """GPU resources that the node offers under other names: MIG slices, shared GPUs, names from a plugin's configuration."""
        known = {name: amounts[1] for name, amounts in node.resources.items() if name != self.resource and amounts[1] > 0}
        return {**known, **{name: units for name, units in node.unlisted.items() if name in self.configured_names}}

    def passed_through(self, node: GpuNode) -> Mapping[str, int]:
        """Resources by which the node passes its GPUs through to virtual machines."""
        return {name: units for name, units in node.unlisted.items() if passes_to_machines(name) and name not in self.configured_names}

    def offers_otherwise(self, node: GpuNode) -> bool:
        """Whether the node offers its GPUs under another name, through DRA, or to virtual machines."""
        return bool(self.other_resources(node) or self.dra_devices.get(node.name) or self.passed_through(node))

    def needs_plugin(self, node: GpuNode) -> bool:
        """Whether the node should offer GPUs by a plugin's pod but offers none, for another reason than its driver or the GPU Operator."""
        return self._offers_nothing(node) and operator_state(node.labels) is None and self.lacks_driver(node) is None

    def lacks_driver(self, node: GpuNode) -> str | None:
        """What shows that nothing installs the node's driver, so that it offers no GPU; None if something does, or if that is not known."""
        return lacks_driver(node.labels, node.image_version, self.resources) if self._offers_nothing(node) else None

    def _offers_nothing(self, node: GpuNode) -> bool:
        silent = node.ready and not (node.windows or node.has_no_gpu or node.builtin_plugin) and node.allocatable == 0
        return silent and not self.offers_otherwise(node)

    def without_gpu(self) -> list[GpuNode]:
        """The nodes that need a plugin's pod, or one that works."""
        return [node for node in self.nodes if self.needs_plugin(node)]
