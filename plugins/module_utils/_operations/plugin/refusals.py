# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Refuses a device plugin for nodes that another device plugin already serves, or that get no driver."""

from __future__ import annotations

from typing import Container, Iterable

from ..._core.nodes.gpu_node import GpuNode
from ..._core.plugin.rollout import served_nodes
from ..._core.scheduling.device_plugins import DevicePlugin
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.verify.causes_drivers import NO_DRIVER
from ..._errors import InvalidInputError


def refuse_two_owners(plugin: DevicePlugin, snapshot: ClusterSnapshot, *, allow_second: bool) -> None:
    """Refuse a plugin for a node that has another device plugin, or no driver. Raises InvalidInputError.

    Args:
        plugin: The plugin as it would be after the task.
        snapshot: The cluster.
        allow_second: Whether another DaemonSet may serve the same nodes.
    """
    reached = served_nodes(plugin, snapshot)[0]
    _refuse_builtin_plugin(reached)
    _refuse_without_driver(reached, snapshot)
    if not allow_second:
        _refuse_second_plugin(plugin, snapshot, {node.name for node in reached})


def _refuse_builtin_plugin(reached: Iterable[GpuNode]) -> None:
    node = next((node for node in reached if node.builtin_plugin), None)
    if node is not None:
        raise InvalidInputError(
            f"The device plugin's DaemonSet would run on {node.name}, which must not have one: {node.builtin_plugin}.",
            code="PluginNotNeeded",
            cause="Each pool has one owner of its device plugin; a second one breaks the first.",
            remedy="Skip the plugin step for this pool, or restrict the DaemonSet to the other pools with pools (in the "
            "role manual_plugin: manual_plugin_pools) or node_selector.",
        )


def _refuse_without_driver(reached: Iterable[GpuNode], snapshot: ClusterSnapshot) -> None:
    for node in reached:
        evidence = snapshot.lacks_driver(node)
        if evidence is not None:
            raise InvalidInputError(
                f"The device plugin's DaemonSet would run on {node.name}, which gets no driver: {evidence}.",
                **NO_DRIVER.error_fields(),
            )


def _refuse_second_plugin(plugin: DevicePlugin, snapshot: ClusterSnapshot, reached: Container[str]) -> None:
    others = [other for other in snapshot.plugins if not _is_same(other, plugin) and (other.is_gpu_plugin or other.by_operator)]
    for other in others:
        shared = [node.name for node in served_nodes(other, snapshot)[0] if node.name in reached]
        if shared:
            raise _second_plugin(other, shared)


def _is_same(one: DevicePlugin, other: DevicePlugin) -> bool:
    return (one.namespace, one.name) == (other.namespace, other.name)


def _second_plugin(other: DevicePlugin, nodes: list[str]) -> InvalidInputError:
    owner = " of the GPU Operator" if other.by_operator else ""
    away = (
        "Leave these nodes to the GPU Operator"
        if other.by_operator
        else f"Remove the other one with 'kubectl delete daemonset {other.name} -n {other.namespace}'"
        f" (to take over one that was created by hand, with the same selector, set name: {other.name} and namespace: {other.namespace})"
    )
    return InvalidInputError(
        f"The {other}{owner} already serves {', '.join(nodes[:3])}{' and others' if nodes[3:] else ''}.",
        code="SecondDevicePlugin",
        cause="Two device plugins on one node register the same resource with the kubelet, and each overwrites the other's registration.",
        remedy=f"{away}, restrict this one to other pools with pools, or set allow_second_plugin: true.",
    )
