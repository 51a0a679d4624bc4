# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes in device plugins that conflict: two on one node, or one on a node that has its own plugin."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..nodes.gpu_operator import OPERANDS_LABEL
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding


# NVIDIA/aicr#475, NVIDIA/gpu-operator#525: exactly one owner of driver and plugin per pool
def two_owners(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """Two plugins register the same devices on one node."""
    pairs: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    plugins_of = _plugins_by_node(snapshot)
    for node in snapshot.nodes:
        names = tuple(map(_with_owner, plugins_of.get(node.name, ())))
        if len(names) > 1 and not node.builtin_plugin:
            pairs.setdefault(names, []).append((node.name, f"pods of {' and '.join(names)}"))
    for names, shown in pairs.items():
        yield finding(
            Explanation(
                "TwoDevicePlugins",
                cause=f"{' and '.join(names)} both register the node's GPUs, and the last one to register wins.",
                remedy="Keep one of them: delete the other, or restrict it to other pools with its nodeSelector. "
                f"{_delete(plugins_of[shown[0][0]])}",
            ),
            shown,
        )


def by_plugin_builtin_plugin(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """A plugin's pod runs on a node that has a device plugin of its own."""
    by_plugin: dict[str, list[tuple[str, str]]] = {}
    plugins_of = _plugins_by_node(snapshot)
    for node in snapshot.nodes:
        names = [_with_owner(plugin) for plugin in plugins_of.get(node.name, ())]
        if names and node.builtin_plugin:
            by_plugin.setdefault(names[0], []).append((node.name, f"{names[0]} has a pod there; {node.builtin_plugin}"))
    for plugin_name, shown in by_plugin.items():
        yield finding(
            Explanation(
                "PluginBesideNodesOwn",
                cause=f"{plugin_name} runs on a node that already has its own device plugin.",
                remedy=_removal(plugins_of[shown[0][0]]),
            ),
            shown,
        )


def _plugins_by_node(snapshot: ClusterSnapshot) -> dict[str, list[DevicePlugin]]:
    """Node → the GPU plugins that have a pod there."""
    found: dict[str, list[DevicePlugin]] = {}
    for plugin in snapshot.plugins:
        for name in plugin.pods if plugin.is_gpu_plugin else ():
            found.setdefault(name, []).append(plugin)
    return found


def _with_owner(plugin: DevicePlugin) -> str:
    return f"{plugin}{' of the GPU Operator' if plugin.by_operator else ''}"


def _removal(plugins: Sequence[DevicePlugin]) -> str:
    """How to keep the first plugin off a node that has its own."""
    if plugins[0].by_operator:
        return f"Keep the GPU Operator off the node: 'kubectl label node {{all}} {OPERANDS_LABEL}=false --overwrite'."
    return (
        f"Restrict it to other pools with node_selector, or remove it: no device-plugin DaemonSet may run on this node. {_delete(plugins)}"
    )


def _delete(plugins: Sequence[DevicePlugin]) -> str:
    """The command that deletes one that no operator would create again."""
    loose = [plugin for plugin in plugins if not plugin.by_operator]
    return f"kubectl delete daemonset {loose[-1].name} -n {loose[-1].namespace}" if loose else ""


OWNER_CAUSES = (two_owners, by_plugin_builtin_plugin)
