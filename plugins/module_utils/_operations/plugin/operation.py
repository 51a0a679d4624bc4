# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind nvidia_device_plugin: applies the DaemonSet and waits until it serves every GPU node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Mapping, Sequence

from ..._core.nodes.taints import parse_taints
from ..._core.plugin.manifest import PluginSettings, config_map_manifest, namespace_manifest, plugin_manifest
from ..._core.plugin.rollout import served_nodes
from ..._core.scheduling.device_plugins import DevicePlugin, device_plugin
from ..._core.scheduling.requests import GPU_RESOURCE
from ..._core.scheduling.selection import Selection
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.change import Change, narrowed
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import FIELD_MANAGER, is_marked
from ..._errors import InvalidInputError, KubernetesError
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._kube.ownership import adoptable, adoption_patch, other_managers
from ..._kube.resources import DAEMONSETS, NAMESPACES
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..cluster_reader import ClusterReader, ClusterWatch
from ..operation import Operation, Outcome, Run
from ..owner_resources import with_owners
from ..target_cluster import connected, spoken_to, target_cluster
from .config import ConfigPlan, apply_config, plan_config, remove_config
from .refusals import refuse_two_owners
from .removal import remove_plugin
from .request import PluginRequest, comparable, plugin_arguments, plugin_request
from .rollout import await_rollout, own_daemonset

_EVERY_GPU_NODE = Selection(None, GPU_RESOURCE)


@dataclass(frozen=True)
class PluginPlan:
    """What to write: the manifest, and how to handle other owners of the live object's fields."""

    manifest: Json
    live: Json | None
    adopt: bool
    create_namespace: bool
    change: Change
    config: ConfigPlan

    @property
    def adopted(self) -> bool:
        """Whether a DaemonSet that others created becomes the collection's; manual changes of its own are only reverted."""
        return self.adopt and self.live is not None and not is_marked(self.live)


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
    plan = _plan(request, client, own_daemonset(request.settings, daemonsets))
    refuse_two_owners(_plugin_of(plan.manifest), with_owners(snapshot, client), allow_second=request.allow_second_plugin)
    changes = _changes(request, plan)
    result = {"name": request.settings.name, "namespace": request.settings.namespace, "adopted": plan.adopted}
    if run.check_mode:
        return Outcome({**result, **_service(plan.manifest, snapshot)}, changes)
    generation = _write(request, plan, client) if any(change.changed for change in changes) else 0
    if live is not None:
        snapshot = await_rollout(request, live, generation, client, client.deadline)
    service = _service(plan.manifest, snapshot)
    warnings = tuple(f"The device plugin does not serve {node}: {reason}." for node, reason in service["unserved"].items())
    return Outcome({**result, **service}, changes, warnings)


def _plan(request: PluginRequest, client: KubeClient, live: Json | None) -> PluginPlan:
    settings = request.settings
    namespace = live is not None or client.find(NAMESPACES, settings.namespace) is not None
    manifest = plugin_manifest(settings, marked=live is None or is_marked(live))
    adopt = live is not None and adoptable(live, FIELD_MANAGER)
    if live is not None and live["spec"]["selector"] != manifest["spec"]["selector"]:
        raise _foreign(settings, f"its selector is {live['spec']['selector']}")
    after = _after(request, client, manifest, live, adopt=adopt) if namespace else manifest
    change = _change(settings, live, after, manifest, adopt=adopt)
    config = plan_config(settings, client, daemonset=live, in_namespace=namespace, force=request.force_conflicts)
    return PluginPlan(manifest, live, adopt, create_namespace=not namespace, change=change, config=config)


def _change(settings: PluginSettings, live: Json | None, after: Json, manifest: Json, *, adopt: bool) -> Change:
    """The change from the live object to the object that the server would create, so that removed fields count as well."""
    subject = f"DaemonSet {settings.namespace}/{settings.name}"
    if live is None:
        return Change(subject, after=manifest)
    before, wanted = _flat(comparable(live)), _flat(comparable(after))
    if adopt:
        before["fieldManagers"], wanted["fieldManagers"] = sorted(other_managers(live, FIELD_MANAGER)), [FIELD_MANAGER]
    return narrowed(subject, before, wanted)


def _after(request: PluginRequest, client: KubeClient, manifest: Json, live: Json | None, *, adopt: bool) -> Json:
    """The manifest as the server would store it, by a dry run, so that its defaults do not count as differences."""
    if live is not None and adopt:
        return client.replace(DAEMONSETS, manifest, manager=FIELD_MANAGER, dry_run=True)
    try:
        return client.apply(DAEMONSETS, manifest, manager=FIELD_MANAGER, force=request.force_conflicts, dry_run=True)
    except KubernetesError as error:
        if error.status != HTTPStatus.CONFLICT or live is None:
            raise
        owners = ", ".join(sorted(other_managers(live, FIELD_MANAGER)))
        raise _foreign(request.settings, f"{error.message} It has fields of {owners}") from error


def _flat(daemonset: Json) -> dict[str, Any]:
    """The DaemonSet in the parts that a diff shows separately."""
    spec = daemonset.get("spec") or {}
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    rest = {name: value for name, value in spec.items() if name != "template"}
    return {"labels": (daemonset.get("metadata") or {}).get("labels"), **rest, "podMetadata": template.get("metadata"), **pod}


def _foreign(settings: PluginSettings, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The DaemonSet {settings.namespace}/{settings.name} belongs to another owner: {why}.",
        code="FieldManagerConflict",
        cause="Another tool manages it, and each of the two would undo the other's changes.",
        remedy="Leave it to that tool, or take over its fields with force_conflicts: true.",
    )


def _plugin_of(manifest: Json) -> DevicePlugin:
    metadata = {**manifest["metadata"], "uid": ""}
    return device_plugin({**manifest, "metadata": metadata})


def _changes(request: PluginRequest, plan: PluginPlan) -> tuple[Change, ...]:
    config = plan.config.change
    changes = [] if config is None else [config]
    if plan.create_namespace:
        namespace = namespace_manifest(request.settings.namespace, marked=True)
        changes.insert(0, Change(f"Namespace {request.settings.namespace}", after=namespace))
    return (*changes, plan.change)


def _write(request: PluginRequest, plan: PluginPlan, client: KubeClient) -> int:
    """Write what is planned; return the generation of the DaemonSet after that."""
    if plan.create_namespace:
        client.create(NAMESPACES, namespace_manifest(request.settings.namespace, marked=True))
    apply_config(plan.config, client)
    if plan.live is not None and plan.adopt:
        client.json_patch(DAEMONSETS, plan.live, adoption_patch(plan.live, FIELD_MANAGER))
    applied = client.apply(DAEMONSETS, plan.manifest, manager=FIELD_MANAGER, force=request.force_conflicts)
    remove_config(plan.config, client)
    return int(applied["metadata"]["generation"])


def _service(manifest: Json, snapshot: ClusterSnapshot) -> dict[str, Any]:
    served, unserved = served_nodes(_plugin_of(manifest), snapshot)
    return {"served": [node.name for node in served], "unserved": unserved}


def _predicted(request: PluginRequest) -> Outcome:
    """Check mode before the cluster exists: the plugin would be created as described."""
    settings = request.settings
    result = {"name": settings.name, "namespace": settings.namespace, "adopted": False, "served": [], "unserved": {}}
    manifest = plugin_manifest(settings, marked=True)
    config = config_map_manifest(settings, marked=True)
    changes = (
        Change(f"Namespace {settings.namespace}", after=namespace_manifest(settings.namespace, marked=True)),
        *([Change(f"ConfigMap {settings.namespace}/{config['metadata']['name']}", after=config)] if settings.config else []),
        Change(f"DaemonSet {settings.namespace}/{settings.name}", after=manifest),
    )
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
