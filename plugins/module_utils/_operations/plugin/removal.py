# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes the device plugin and waits until its pods are gone, then its namespace if nothing is left in it."""

from __future__ import annotations

from ..._core.plugin.manifest import PLUGIN_SELECTOR
from ..._kube.client import KubeClient
from ..._kube.resources import CONFIG_MAPS
from ..daemonset.removal import Removal, remove_daemonset, remove_namespace
from ..operation import Outcome, Run
from .config import plan_removal, remove_config
from .request import PluginRequest


def remove_plugin(request: PluginRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the DaemonSet, wait until its pods are gone, then delete the namespace if the collection created it and it is empty."""
    name, namespace = request.settings.name, request.settings.namespace
    removal = Removal(client, write=not run.check_mode, wait=request.wait)
    if remove_daemonset(removal, namespace, name, PLUGIN_SELECTOR, adopted=request.remove_adopted):
        _remove_config(request, removal)
    remove_namespace(removal, namespace)
    return Outcome({"name": name, "namespace": namespace, "kept": removal.kept}, tuple(removal.changes))


def _remove_config(request: PluginRequest, removal: Removal) -> None:
    """Delete the plugin's ConfigMap, after the DaemonSet that mounted it."""
    plan = plan_removal(request.settings, removal.client)
    if plan.live is None:
        return
    name = plan.live["metadata"]["name"]
    if plan.change is None:
        removal.keep(f"ConfigMap {request.settings.namespace}/{name}")
        return
    removal.delete(CONFIG_MAPS, name, plan.change)
    if removal.write:
        remove_config(plan, removal.client)
