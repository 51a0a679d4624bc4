# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping

from .._clock import Deadline
from .._errors import InvalidInputError, KubernetesError, WaitTimeoutError
from .._gpu.change import Change, narrowed
from .._gpu.diagnosis import DevicePlugin, Scene, device_plugins
from .._gpu.manifests import (
    FIELD_MANAGER,
    PLUGIN_SELECTOR,
    PluginSettings,
    is_marked,
    namespace_manifest,
    owned_subset,
    plugin_manifest,
)
from .._gpu.rollout import current_pods, served_nodes, waiting_for
from .._gpu.taints import parse_taints
from .._kube.client import KubeClient
from .._kube.mirror import Mirror, Watched
from .._kube.namespaces import contents
from .._kube.ownership import adoptable, adoption_patch, other_managers
from .._kube.resources import DAEMONSETS, NAMESPACES, PODS
from .._kube.settings import kube_settings
from .arguments import KUBE_LIBRARIES, as_texts, kube_arguments, toleration_arguments, wait_arguments
from .operation import Operation, Outcome, Run
from .scene import Selection, live_scene, read_scene
from .schedulable import GPU_RESOURCE

Json = Mapping[str, Any]
# A pod that fits this image's API tolerates every GPU node by this label (https://learn.microsoft.com/azure/aks/use-labels).
_DEFAULT_SELECTOR = {"kubernetes.azure.com/accelerator": "nvidia"}
_DEFAULT_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_IMAGE = "mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin:v0.18.2"


@dataclass(frozen=True)
class PluginRequest:
    """The DaemonSet that is to be there, or not. wait_timeout is in seconds."""

    settings: PluginSettings
    absent: bool
    remove_adopted: bool
    force_conflicts: bool
    wait: bool
    wait_timeout: float


@dataclass(frozen=True)
class PluginPlan:
    """What is to be written: the manifest, and how it gets past those who own fields of the live object."""

    manifest: Json
    live: Json | None
    adopt: bool
    create_namespace: bool
    change: Change


def ensure_plugin(request: PluginRequest, client: KubeClient, run: Run) -> Outcome:
    """Make the DaemonSet as described and wait for a ready pod on every GPU node that it should serve."""
    scene = read_scene(Selection("", GPU_RESOURCE), client)
    plan = _plan(request, client)
    _refuse_where_not_needed(plan.manifest, scene)
    changes = _changes(request, plan)
    result = {"name": request.settings.name, "namespace": request.settings.namespace, "adopted": plan.adopt}
    if run.check_mode:
        return Outcome({**result, **_service(plan.manifest, scene)}, changes)
    if any(change.changed for change in changes):
        _write(request, plan, client)
    if request.wait:
        scene = _await_rollout(request, client, Deadline(run.clock, request.wait_timeout))
    service = _service(plan.manifest, scene)
    warnings = tuple(f"The device plugin doesn't serve {node}: {reason}." for node, reason in service["unserved"].items())
    return Outcome({**result, **service}, changes, warnings)


def _plan(request: PluginRequest, client: KubeClient) -> PluginPlan:
    settings = request.settings
    live = client.find(DAEMONSETS, settings.name, settings.namespace)
    namespace = live is not None or client.find(NAMESPACES, settings.namespace) is not None
    manifest = plugin_manifest(settings, marked=live is None or is_marked(live))
    adopt = live is not None and adoptable(live, FIELD_MANAGER)
    if live is not None and live["spec"]["selector"] != manifest["spec"]["selector"]:
        raise _foreign(settings, f"its selector is {live['spec']['selector']}")
    after = _after(request, client, manifest, live, adopt=adopt) if namespace else manifest
    before = owned_subset(live, _comparable(after)) if live is not None else {}
    subject = f"DaemonSet {settings.namespace}/{settings.name}"
    change = narrowed(subject, _flat(before), _flat(_comparable(after))) if live is not None else Change(subject, after=manifest)
    return PluginPlan(manifest, live, adopt, create_namespace=not namespace, change=change)


def _after(request: PluginRequest, client: KubeClient, manifest: Json, live: Json | None, *, adopt: bool) -> Json:
    """What the server would make of the manifest: dry runs, so that its defaults count as no difference."""
    if live is not None and adopt:
        return client.replace(DAEMONSETS, manifest, manager=FIELD_MANAGER, dry_run=True)
    try:
        return client.apply(DAEMONSETS, manifest, manager=FIELD_MANAGER, force=request.force_conflicts, dry_run=True)
    except KubernetesError as error:
        if error.status != HTTPStatus.CONFLICT or live is None:
            raise
        owners = ", ".join(sorted(other_managers(live, FIELD_MANAGER)))
        raise _foreign(request.settings, f"{error.message} It has fields of {owners}") from error


def _comparable(daemonset: Json) -> dict[str, Any]:
    """What counts as a difference: labels and the whole spec, with the server's defaults in it."""
    metadata = daemonset["metadata"]
    return {"metadata": {"labels": metadata.get("labels") or {}}, "spec": daemonset["spec"]}


def _flat(daemonset: Json) -> dict[str, Any]:
    """The DaemonSet in the pieces that a diff should show apart."""
    spec = daemonset.get("spec") or {}
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    rest = {name: value for name, value in spec.items() if name != "template"}
    return {"labels": (daemonset.get("metadata") or {}).get("labels"), **rest, "podMetadata": template.get("metadata"), **pod}


def _foreign(settings: PluginSettings, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The DaemonSet {settings.namespace}/{settings.name} belongs to somebody else: {why}.",
        code="FieldManagerConflict",
        cause="Another tool manages it, and the two would undo each other's changes.",
        remedy="Leave it to that tool, or take the fields over with force_conflicts: true.",
    )


def _plugin_of(manifest: Json) -> DevicePlugin:
    metadata = {**manifest["metadata"], "uid": ""}
    return device_plugins([{**manifest, "metadata": metadata}], ())[0]


def _refuse_where_not_needed(manifest: Json, scene: Scene) -> None:
    """Two device plugins on one node fight for the same socket. Raises InvalidInputError."""
    reached, _ = served_nodes(_plugin_of(manifest), scene)
    node = next((node for node in reached if node.own_plugin), None)
    if node is not None:
        raise InvalidInputError(
            f"The device plugin's DaemonSet would run on {node.name}, which must not have one: {node.own_plugin}.",
            code="PluginNotNeeded",
            cause="Each pool has one owner of its device plugin; a second one breaks the first.",
            remedy="Leave the plugin step out for this pool, or keep the DaemonSet off it with node_selector.",
        )


def _changes(request: PluginRequest, plan: PluginPlan) -> tuple[Change, ...]:
    if not plan.create_namespace:
        return (plan.change,)
    namespace = namespace_manifest(request.settings.namespace, marked=True)
    return (Change(f"Namespace {request.settings.namespace}", after=namespace), plan.change)


def _write(request: PluginRequest, plan: PluginPlan, client: KubeClient) -> None:
    if plan.create_namespace:
        client.create(NAMESPACES, namespace_manifest(request.settings.namespace, marked=True))
    if plan.live is not None and plan.adopt:
        client.json_patch(DAEMONSETS, plan.live, adoption_patch(plan.live, FIELD_MANAGER))
    client.apply(DAEMONSETS, plan.manifest, manager=FIELD_MANAGER, force=request.force_conflicts)


def _service(manifest: Json, scene: Scene) -> dict[str, Any]:
    served, unserved = served_nodes(_plugin_of(manifest), scene)
    return {"served": [node.name for node in served], "unserved": unserved}


def _await_rollout(request: PluginRequest, client: KubeClient, deadline: Deadline) -> Scene:
    settings = request.settings
    with live_scene(Selection("", GPU_RESOURCE), client) as live:

        def own() -> tuple[Json, DevicePlugin] | None:
            for daemonset in live.mirror.all("daemonsets"):
                if (daemonset["metadata"]["namespace"], daemonset["metadata"]["name"]) == (settings.namespace, settings.name):
                    return daemonset, device_plugins([daemonset], live.mirror.all("pods"))[0]
            return None

        def pending() -> dict[str, str]:
            found = own()
            if found is None:
                return {"(none)": "the DaemonSet is gone"}
            daemonset, plugin = found
            states = waiting_for(plugin, served_nodes(plugin, live.now())[0])
            return states or ({} if current_pods(daemonset) else {"(all)": "the rollout of the new template goes on"})

        if not live.mirror.wait(lambda: not pending(), deadline):
            raise WaitTimeoutError(
                f"The device plugin is not ready on every GPU node after {request.wait_timeout:.0f} s: "
                + "; ".join(f"{node}: {state}" for node, state in pending().items()) + ".",
                cause="The image can't be pulled, the plugin fails at its start, or a node is not Ready.",
                remedy=f"Look at 'kubectl describe pods -n {settings.namespace} -l name={PLUGIN_SELECTOR['name']}'.",
            )  # fmt: skip
        return live.now()


def remove_plugin(request: PluginRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the DaemonSet, wait until its pods are gone, then the namespace if the collection made it and it is empty."""
    settings = request.settings
    left: list[str] = []
    changes: list[Change] = []
    live = client.find(DAEMONSETS, settings.name, settings.namespace)
    if live is not None and not is_marked(live) and not request.remove_adopted:
        left.append(f"DaemonSet {settings.namespace}/{settings.name}: not made by this collection")
    elif live is not None:
        changes.append(Change(f"DaemonSet {settings.namespace}/{settings.name}", before=_comparable(live)))
        if not run.check_mode:
            _delete_daemonset(request, live, client, Deadline(run.clock, request.wait_timeout))
    _remove_namespace(request, client, run, changes, left)
    return Outcome({"name": settings.name, "namespace": settings.namespace, "left": left}, tuple(changes))


def _delete_daemonset(request: PluginRequest, live: Json, client: KubeClient, deadline: Deadline) -> None:
    settings, uid = request.settings, live["metadata"]["uid"]
    client.delete(DAEMONSETS, settings.name, settings.namespace, uid=uid)
    if request.wait:
        selector = ",".join(f"{name}={value}" for name, value in PLUGIN_SELECTOR.items())
        with Mirror(client, [Watched("pods", PODS, settings.namespace, label_selector=selector)]) as mirror:
            if not mirror.wait(lambda: not any(_owned_by(pod, uid) for pod in mirror.all("pods")), deadline):
                raise WaitTimeoutError(
                    f"The device plugin's pods are still there after {request.wait_timeout:.0f} s.",
                    cause="A node that is not Ready keeps its pods in Terminating.",
                    remedy="Run the task again when the node is back or removed.",
                )


def _owned_by(pod: Json, uid: str) -> bool:
    return any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences") or ())


def _remove_namespace(request: PluginRequest, client: KubeClient, run: Run, changes: list[Change], left: list[str]) -> None:
    name = request.settings.namespace
    namespace = client.find(NAMESPACES, name)
    if namespace is None:
        return
    if not is_marked(namespace):
        left.append(f"Namespace {name}: not made by this collection")
        return
    others = [found for found in contents(client, name) if not (changes and found == f"daemonsets/{request.settings.name}")]
    if others:
        left.append(f"Namespace {name}: holds {', '.join(others)}")
        return
    changes.append(Change(f"Namespace {name}", before=namespace_manifest(name, marked=True)))
    if not run.check_mode:
        client.delete(NAMESPACES, name, uid=namespace["metadata"]["uid"])
        if request.wait:
            with Mirror(client, [Watched("namespaces", NAMESPACES, field_selector=f"metadata.name={name}")]) as mirror:
                mirror.wait(lambda: not mirror.all("namespaces"), Deadline(run.clock, request.wait_timeout))


def _predicted(request: PluginRequest) -> Outcome:
    """Check mode before there is a cluster: the plugin would be made as described."""
    settings = request.settings
    result = {"name": settings.name, "namespace": settings.namespace, "adopted": False, "served": [], "unserved": {}}
    manifest = plugin_manifest(settings, marked=True)
    changes = (
        Change(f"Namespace {settings.namespace}", after=namespace_manifest(settings.namespace, marked=True)),
        Change(f"DaemonSet {settings.namespace}/{settings.name}", after=manifest),
    )
    return Outcome({"left": []} if request.absent else result, () if request.absent else changes)


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **toleration_arguments(),
        **wait_arguments(timeout=600),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "default": "nvidia-device-plugin-daemonset"},
        "namespace": {"type": "str", "default": "gpu-resources"},
        "image": {"type": "str", "default": _IMAGE},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "priority_class_name": {"type": "str", "default": "system-node-critical"},
        "env": {"type": "dict", "default": {"FAIL_ON_INIT_ERROR": "false"}},
        "args": {"type": "list", "elements": "str", "default": []},
        "resources": {"type": "dict", "default": {}},
        "security_context": {"type": "dict", "default": _DEFAULT_SECURITY},
        "update_strategy": {"type": "dict", "default": {"type": "RollingUpdate"}},
        "annotations": {"type": "dict", "default": {}},
        "remove_adopted": {"type": "bool", "default": False},
        "force_conflicts": {"type": "bool", "default": False},
    }


def _request(params: Mapping[str, Any]) -> PluginRequest:
    as_given = ("name", "namespace", "image", "image_pull_policy", "image_pull_secrets", "node_taints", "tolerations")
    also = ("priority_class_name", "args", "resources", "security_context", "update_strategy")
    settings = PluginSettings(
        **{name: params[name] for name in (*as_given, *also)},
        node_selector=_DEFAULT_SELECTOR if params["node_selector"] is None else as_texts(params["node_selector"]),
        env=as_texts(params["env"]),
        annotations=as_texts(params["annotations"]),
    )
    return PluginRequest(
        settings,
        absent=params["state"] == "absent",
        **{name: params[name] for name in ("remove_adopted", "force_conflicts", "wait", "wait_timeout")},
    )


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = _request(params)
    parse_taints(request.settings.node_taints)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _predicted(request)
    with closing(KubeClient(settings)) as client:
        return remove_plugin(request, client, run) if request.absent else ensure_plugin(request, client, run)


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES)
