# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Refuses a device plugin for nodes that another device plugin already serves."""

from __future__ import annotations

from ..._core.plugin.rollout import served_nodes
from ..._core.scheduling.device_plugins import DevicePlugin
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._errors import InvalidInputError


def refuse_two_owners(plugin: DevicePlugin, snapshot: ClusterSnapshot, *, allow_second: bool) -> None:
    """Two device plugins on one node fight for the same socket. Raises InvalidInputError for a node that has another one."""
    reached = served_nodes(plugin, snapshot)[0]
    node = next((node for node in reached if node.builtin_plugin), None)
    if node is not None:
        raise InvalidInputError(
            f"The device plugin's DaemonSet would run on {node.name}, which must not have one: {node.builtin_plugin}.",
            code="PluginNotNeeded",
            cause="Each pool has one owner of its device plugin; a second one breaks the first.",
            remedy="Leave the plugin step out for this pool, or hold the DaemonSet to the others with pools or node_selector.",
        )
    if allow_second:
        return
    ours = {node.name for node in reached}
    for other in snapshot.plugins:
        shared = [node.name for node in served_nodes(other, snapshot)[0] if node.name in ours]
        if shared and not _is_same(other, plugin) and (other.is_gpu_plugin or other.by_operator):
            raise _second_plugin(other, shared)


def _is_same(one: DevicePlugin, other: DevicePlugin) -> bool:
    return (one.namespace, one.name) == (other.namespace, other.name)


def _second_plugin(other: DevicePlugin, nodes: list[str]) -> InvalidInputError:
    owner = " of the GPU Operator" if other.by_operator else ""
    away = (
        "Leave these nodes to the GPU Operator"
        if other.by_operator
        else f"Remove the other one with 'kubectl delete daemonset {other.name} -n {other.namespace}'"
        f" (one that was made by hand is taken over with name: {other.name} and namespace: {other.namespace} if its selector is the same)"
    )
    return InvalidInputError(
        f"The {other}{owner} already serves {', '.join(nodes[:3])}{' and others' if nodes[3:] else ''}.",
        code="SecondDevicePlugin",
        cause="Two device plugins on one node register the same resource with the kubelet, and each undoes the other's registration.",
        remedy=f"{away}, hold this one to other pools with pools, or set allow_second_plugin: true.",
    )
