# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Waits until the DaemonSet's pods are available on every node, and diagnoses the nodes where they are not."""

from __future__ import annotations

from typing import Mapping

from ..._clock import Deadline
from ..._core.plugin.manifest import PLUGIN_SELECTOR, PluginSettings
from ..._core.plugin.progress import rollout_status
from ..._core.plugin.rollout import current_pods, not_yet_available, served_nodes, waiting_for
from ..._core.scheduling.device_plugins import DevicePlugin, device_plugin
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.mappings import Json
from ..._core.verify.diagnosis import diagnose
from ..._errors import WaitTimeoutError
from ..._kube.client import KubeClient
from ..._progress import Status
from ..cluster_reader import ClusterWatch
from ..daemonset.plan import own_daemonset
from ..evidence import timeout_of, with_evidence
from .request import PluginRequest

_GONE = {"the DaemonSet": "does not exist"}  # not yet, or no longer
_ROLLING = {"all nodes": "the new template is still rolling out"}


def await_rollout(request: PluginRequest, live: ClusterWatch, generation: int, client: KubeClient, deadline: Deadline) -> ClusterSnapshot:
    """Wait until every node has an available pod of the DaemonSet's template; return the snapshot then. Raises WaitTimeoutError.

    Args:
        request: What is requested.
        live: The cluster, kept up to date.
        generation: The generation of the DaemonSet to wait for; a newer one counts as well.
        client: The API server, to read why nodes are not ready.
        deadline: When the wait is over.
    """
    rollout = _Rollout(request.settings, live, generation)
    if not live.mirror.wait(lambda: not rollout.pending(), deadline, rollout.status):
        raise _not_ready(request, rollout.pending(), live, client)
    return live.now()


class _Rollout:
    """The progress of a rollout, as the mirror shows it."""

    def __init__(self, settings: PluginSettings, live: ClusterWatch, generation: int) -> None:
        self._settings = settings
        self._live = live
        self._generation = generation
        # The plugin of such a node works as soon as the node offers GPUs, usually before minReadySeconds have passed.
        self._bare = {node.name for node in live.now().nodes if not node.allocatable}

    def pending(self) -> Mapping[str, str]:
        """Node → what its pod waits for. The mirror may not show yet what has just been written."""
        daemonset = own_daemonset(self._settings.namespace, self._settings.name, self._live.mirror.all("daemonsets"))
        if daemonset is None:
            return _GONE
        if daemonset["metadata"]["generation"] < self._generation:
            return _ROLLING
        plugin = self._plugin(daemonset)
        nodes, _unserved = served_nodes(plugin, self._live.now())
        waiting = waiting_for(plugin, nodes)
        if waiting or not current_pods(daemonset):
            return waiting or _ROLLING
        return not_yet_available(daemonset, nodes, self._bare & {node.name for node in nodes if node.allocatable})

    def status(self) -> Status:
        """The status line of the wait."""
        daemonset = own_daemonset(self._settings.namespace, self._settings.name, self._live.mirror.all("daemonsets"))
        nodes = served_nodes(self._plugin(daemonset), self._live.now())[0] if daemonset else ()
        return rollout_status(len(nodes), self.pending())

    def _plugin(self, daemonset: Json) -> DevicePlugin:
        return device_plugin(daemonset, self._live.mirror.all("pods"))


def _not_ready(request: PluginRequest, pending: Mapping[str, str], live: ClusterWatch, client: KubeClient) -> WaitTimeoutError:
    """The nodes that did not become ready, with the diagnosis of these nodes as the cause."""
    states = "; ".join(f"{node}: {state}" for node, state in pending.items())
    shown = with_evidence(live.now(), client, whole_pools=False)
    return timeout_of(
        f"The device plugin is not ready on every GPU node after {request.wait_timeout:.0f} s: {states}.",
        [finding for finding in diagnose(shown) if pending.keys() & set(finding.subjects)],
        otherwise=f"Check 'kubectl describe pods -n {request.settings.namespace} -l name={PLUGIN_SELECTOR['name']}'.",
        trouble=live.mirror.trouble,
    )
