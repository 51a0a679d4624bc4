# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Callable, Iterator

from .causes_nodes import NODE_CAUSES
from .causes_plugin import PLUGIN_CAUSES
from .findings import Finding, without_repeats
from .pods import has_run, pod_ready, pod_state
from .scene import DevicePlugin, Scene, device_plugins, mounts_device_plugins_dir

__all__ = ("DevicePlugin", "Scene", "device_plugins", "diagnose", "logs_wanted", "mounts_device_plugins_dir", "pod_ready", "pod_state")

_LOGS = 3
Cause = Callable[[Scene], Iterator[Finding]]
_CAUSES: tuple[Cause, ...] = (*NODE_CAUSES[:2], *PLUGIN_CAUSES, *NODE_CAUSES[2:])


def diagnose(scene: Scene) -> list[Finding]:
    """Every cause that the scene shows, the ones that nothing but the user can end first.

    It is asked after each event of a watch: the time it takes grows with nodes and plugin pods, and with no other pods.
    """
    return without_repeats(finding for cause in _CAUSES for finding in cause(scene))


def logs_wanted(scene: Scene) -> list[tuple[str, str, bool]]:
    """(namespace, pod, previous) of the plugin pods whose logs would say more: a few, because a cause is often the same everywhere."""
    wanted: list[tuple[str, str, bool]] = []
    for plugin in scene.plugins:
        for node in scene.without_gpu():
            pod = plugin.pods.get(node.name)
            if pod is not None and len(wanted) < _LOGS and has_run(pod):
                wanted.append((plugin.namespace, str(pod["metadata"]["name"]), "CrashLoopBackOff" in pod_state(pod)))
    return wanted
