# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes the device plugin and waits until its pods are gone, then its namespace if nothing is left in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from ..._core.plugin.manifest import PLUGIN_SELECTOR, namespace_manifest
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_made_by, is_marked
from ..._kube.client import KubeClient
from ..._kube.mirror import await_gone
from ..._kube.namespaces import contents
from ..._kube.resources import CONFIG_MAPS, DAEMONSETS, NAMESPACES, PODS, Kind, ObjectName
from ..._kube.watch import Watched
from ..operation import Outcome, Run
from .config import plan_removal, remove_config
from .request import PluginRequest, comparable


@dataclass
class _Removal:
    """What a removal deletes, each object with its change, and what it keeps, with the reason."""

    changes: list[Change] = field(default_factory=list)
    deleted: set[ObjectName] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)

    def delete(self, kind: Kind, name: str, change: Change) -> None:
        self.deleted.add(kind.named(name))
        self.changes.append(change)


def remove_plugin(request: PluginRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the DaemonSet, wait until its pods are gone, then delete the namespace if the collection created it and it is empty."""
    settings = request.settings
    removal = _Removal()
    live = client.find(DAEMONSETS, settings.name, settings.namespace)
    if live is not None and not is_marked(live) and not request.remove_adopted:
        removal.kept.append(f"DaemonSet {settings.namespace}/{settings.name}: not made by this collection")
    else:
        _remove_daemonset(request, live, client, run, removal)
    if live is None or removal.deleted:
        _remove_config(request, client, run, removal)
    _remove_namespace(request, client, run, removal)
    return Outcome({"name": settings.name, "namespace": settings.namespace, "kept": removal.kept}, tuple(removal.changes))


def _remove_config(request: PluginRequest, client: KubeClient, run: Run, removal: _Removal) -> None:
    """Delete the plugin's ConfigMap, after the DaemonSet that mounted it."""
    plan = plan_removal(request.settings, client)
    if plan.live is None:
        return
    name = plan.live["metadata"]["name"]
    if plan.change is None:
        removal.kept.append(f"ConfigMap {request.settings.namespace}/{name}: not made by this collection")
        return
    removal.delete(CONFIG_MAPS, name, plan.change)
    if not run.check_mode:
        remove_config(plan, client)


def _remove_daemonset(request: PluginRequest, live: Json | None, client: KubeClient, run: Run, removal: _Removal) -> None:
    """The DaemonSet, and the wait for its pods; those that an earlier removal has left may serve their nodes still."""
    settings = request.settings
    subject = f"DaemonSet {settings.namespace}/{settings.name}"
    if live is not None:
        removal.delete(DAEMONSETS, settings.name, Change(subject, before=comparable(live)))
        if not run.check_mode:
            client.delete(DAEMONSETS, settings.name, settings.namespace, uid=live["metadata"]["uid"])
    if request.wait and not run.check_mode:
        selector = ",".join(f"{name}={value}" for name, value in PLUGIN_SELECTOR.items())
        own = partial(is_made_by, kind="DaemonSet", name=settings.name)
        pods = Watched("pods", PODS, settings.namespace, label_selector=selector, keep=own)
        await_gone(client, [pods], client.deadline, what=f"A pod of the {subject}")


def _remove_namespace(request: PluginRequest, client: KubeClient, run: Run, removal: _Removal) -> None:
    name = request.settings.namespace
    namespace = client.find(NAMESPACES, name)
    if namespace is None:
        return
    if not is_marked(namespace):
        removal.kept.append(f"Namespace {name}: not made by this collection")
        return
    if "deletionTimestamp" not in namespace["metadata"]:
        others = [str(found) for found in contents(client, name) if found not in removal.deleted]
        if others:
            removal.kept.append(f"Namespace {name}: holds {', '.join(others)}")
            return
        removal.delete(NAMESPACES, name, Change(f"Namespace {name}", before=namespace_manifest(name, marked=True)))
        if not run.check_mode:
            client.delete(NAMESPACES, name, uid=namespace["metadata"]["uid"])
    if request.wait and not run.check_mode:
        itself = Watched("namespaces", NAMESPACES, field_selector=f"metadata.name={name}")
        await_gone(client, [itself], client.deadline, what=f"The namespace {name}")
