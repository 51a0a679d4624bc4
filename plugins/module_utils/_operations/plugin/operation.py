# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind nvidia_device_plugin: applies the DaemonSet and waits until it serves every GPU node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Sequence

from ..._core.nodes.taints import parse_taints
from ..._core.plugin.manifest import config_map_manifest, plugin_manifest
from ..._core.plugin.rollout import served_nodes
from ..._core.scheduling.device_plugins import DevicePlugin, device_plugin
from ..._core.scheduling.requests import GPU_RESOURCE
from ..._core.scheduling.selection import Selection
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_marked
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._kube.resources import DAEMONSETS
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..cluster_reader import ClusterReader, ClusterWatch
from ..daemonset.plan import DaemonSetPlan, create_namespace, own_daemonset, plan_daemonset, predicted_changes, write_daemonset
from ..operation import Operation, Outcome, Run
from ..owner_resources import with_owners
from ..target_cluster import connected, spoken_to, target_cluster
from .config import ConfigPlan, apply_config, plan_config, remove_config
from .refusals import refuse_two_owners
from .removal import remove_plugin
from .request import PluginRequest, plugin_arguments, plugin_request
from .rollout import await_rollout

_EVERY_GPU_NODE = Selection(None, GPU_RESOURCE)


@dataclass(frozen=True)
class PluginPlan:
    """What to write: the DaemonSet, and the ConfigMap with its configuration."""

    daemonset: DaemonSetPlan
    config: ConfigPlan

    @property
    def changes(self) -> tuple[Change, ...]:
        """What would change, in the order in which it is written."""
        *namespace, daemonset = self.daemonset.changes
        return (*namespace, *([self.config.change] if self.config.change else []), daemonset)


def ensure_plugin(request: PluginRequest, client: KubeClient, run: Run) -> Outcome:
    """Create or update the DaemonSet and wait for a ready pod on every GPU node that it should serve."""
    reader = ClusterReader(_EVERY_GPU_NODE, client)
    if run.check_mode or not request.wait:
        daemonsets = client.list(DAEMONSETS)
        return _ensure(request, client, run, snapshot=reader.snapshot(daemonsets=daemonsets), daemonsets=daemonsets)
    with reader.watch() as live:
        return _ensure(request, client, run, snapshot=live.now(), daemonsets=live.mirror.all("daemonsets"), live=live)


def _ensure(
    request: PluginRequest,
    client: KubeClient,
    run: Run,
    *,
    snapshot: ClusterSnapshot,
    daemonsets: Sequence[Json],
    live: ClusterWatch | None = None,
) -> Outcome:
    """Plan and write the DaemonSet, and wait for its rollout.

    Args:
        request: What is requested.
        client: The API server.
        run: The task.
        snapshot: The cluster before the change.
        daemonsets: All DaemonSets before the change.
        live: The cluster kept up to date, None not to wait for the rollout.
    """
    settings = request.settings
    plan = _plan(request, client, own_daemonset(settings.namespace, settings.name, daemonsets))
    manifest, changes = plan.daemonset.manifest, plan.changes
    refuse_two_owners(_plugin_of(manifest), with_owners(snapshot, client), allow_second=request.allow_second_plugin)
    result = {"name": settings.name, "namespace": settings.namespace, "adopted": plan.daemonset.adopted}
    if run.check_mode:
        return Outcome({**result, **_service(manifest, snapshot)}, changes)
    generation = _write(plan, client) if any(change.changed for change in changes) else 0
    if live is not None:
        snapshot = await_rollout(request, live, generation, client, client.deadline)
    service = _service(manifest, snapshot)
    warnings = tuple(f"The device plugin does not serve {node}: {reason}." for node, reason in service["unserved"].items())
    return Outcome({**result, **service}, changes, warnings)


def _plan(request: PluginRequest, client: KubeClient, live: Json | None) -> PluginPlan:
    settings, force = request.settings, request.force_conflicts
    daemonset = plan_daemonset(plugin_manifest(settings, marked=live is None or is_marked(live)), live, client, force=force)
    in_namespace = not daemonset.create_namespace
    return PluginPlan(daemonset, plan_config(settings, client, daemonset=live, in_namespace=in_namespace, force=force))


def _plugin_of(manifest: Json) -> DevicePlugin:
    metadata = {**manifest["metadata"], "uid": ""}
    return device_plugin({**manifest, "metadata": metadata})


def _write(plan: PluginPlan, client: KubeClient) -> int:
    """Write what is planned; return the generation of the DaemonSet after that."""
    create_namespace(plan.daemonset, client)
    apply_config(plan.config, client)
    generation = write_daemonset(plan.daemonset, client)
    remove_config(plan.config, client)
    return generation


def _service(manifest: Json, snapshot: ClusterSnapshot) -> dict[str, Any]:
    served, unserved = served_nodes(_plugin_of(manifest), snapshot)
    return {"served": [node.name for node in served], "unserved": unserved}


def _predicted(request: PluginRequest) -> Outcome:
    """Check mode before the cluster exists: the plugin would be created as described."""
    settings = request.settings
    result = {"name": settings.name, "namespace": settings.namespace, "adopted": False, "served": [], "unserved": {}}
    namespace, daemonset = predicted_changes(plugin_manifest(settings, marked=True))
    config = config_map_manifest(settings, marked=True)
    of_config = [Change(f"ConfigMap {settings.namespace}/{config['metadata']['name']}", after=config)] if settings.config else []
    changes = (namespace, *of_config, daemonset)
    return Outcome({"kept": []} if request.absent else result, () if request.absent else changes)


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = plugin_request(params)
    parse_taints(request.settings.node_taints)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _predicted(request)
    wait_timeout = request.wait_timeout if request.wait and not run.check_mode else None
    with connected(settings, target_cluster(params, run), run, wait_timeout=wait_timeout) as client:
        outcome = remove_plugin(request, client, run) if request.absent else ensure_plugin(request, client, run)
        return replace(outcome, result={**outcome.result, **spoken_to(settings, client)})


OPERATION = Operation(plugin_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
