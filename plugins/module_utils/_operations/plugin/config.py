# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads, applies and deletes the ConfigMap with the device plugin's configuration, in step with the DaemonSet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._core.plugin.config import config_map_name
from ..._core.plugin.manifest import PluginSettings, config_map_manifest
from ..._core.shared.change import Change, narrowed
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import FIELD_MANAGER, is_marked
from ..._errors import InvalidInputError
from ..._kube.client import KubeClient
from ..._kube.ownership import adoptable
from ..._kube.resources import CONFIG_MAPS


@dataclass(frozen=True)
class ConfigPlan:
    """The plugin's ConfigMap as it should be, manifest None for none. change is None if there is nothing to report."""

    manifest: Json | None = None
    live: Json | None = None
    force: bool = False
    change: Change | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.change is not None and self.change.changed


def plan_config(settings: PluginSettings, client: KubeClient, *, daemonset: Json | None, in_namespace: bool, force: bool) -> ConfigPlan:
    """What to do with the ConfigMap. One that is no longer needed is looked for only if the live DaemonSet mounts it.

    Args:
        settings: The plugin, with its configuration or without.
        client: The API server.
        daemonset: The live DaemonSet, None if it does not exist.
        in_namespace: Whether the namespace exists.
        force: Whether to overwrite a ConfigMap of another owner.
    """
    name = config_map_name(settings.name)
    if not settings.config:
        return plan_removal(settings, client) if daemonset is not None and _mounts(daemonset, name) else ConfigPlan()
    subject = _subject(settings)
    live = client.find(CONFIG_MAPS, name, settings.namespace) if in_namespace else None
    manifest = config_map_manifest(settings, marked=live is None or is_marked(live))
    if live is None:
        return ConfigPlan(manifest, change=Change(subject, after=manifest))
    if not force:
        _refuse_foreign(subject, live, manifest)
    force = force or adoptable(live, FIELD_MANAGER)
    after = client.apply(CONFIG_MAPS, manifest, manager=FIELD_MANAGER, force=force, dry_run=True)
    return ConfigPlan(manifest, live, force, narrowed(subject, _comparable(live), _comparable(after)))


def _refuse_foreign(subject: str, live: Json, manifest: Json) -> None:
    """Refuse to overwrite a ConfigMap with other content that this collection has not created. Raises InvalidInputError."""
    if not is_marked(live) and _comparable(live)["data"] != manifest["data"]:
        raise InvalidInputError(
            f"The {subject} belongs to another owner.",
            code="FieldManagerConflict",
            cause="This collection did not create it, and would overwrite it with the plugin's configuration.",
            remedy="Remove it, give the DaemonSet another name, or take it over with force_conflicts: true.",
        )


def plan_removal(settings: PluginSettings, client: KubeClient) -> ConfigPlan:
    """The plan to delete the ConfigMap, if it exists and the collection created it."""
    live = client.find(CONFIG_MAPS, config_map_name(settings.name), settings.namespace)
    if live is None or not is_marked(live):
        return ConfigPlan(live=live)
    return ConfigPlan(live=live, change=Change(_subject(settings), before=_comparable(live)))


def apply_config(plan: ConfigPlan, client: KubeClient) -> None:
    """Write the ConfigMap, before the DaemonSet that mounts it."""
    if plan.manifest is not None and plan.changed:
        client.apply(CONFIG_MAPS, plan.manifest, manager=FIELD_MANAGER, force=plan.force)


def remove_config(plan: ConfigPlan, client: KubeClient) -> None:
    """Delete the ConfigMap, after the DaemonSet no longer mounts it."""
    if plan.manifest is None and plan.live is not None and plan.changed:
        metadata = plan.live["metadata"]
        client.delete(CONFIG_MAPS, metadata["name"], metadata["namespace"], uid=metadata["uid"])


def _subject(settings: PluginSettings) -> str:
    return f"ConfigMap {settings.namespace}/{config_map_name(settings.name)}"


def _mounts(daemonset: Json, name: str) -> bool:
    volumes = daemonset["spec"]["template"]["spec"].get("volumes") or ()
    return any((volume.get("configMap") or {}).get("name") == name for volume in volumes)


def _comparable(config_map: Json) -> dict[str, Any]:
    return {"labels": config_map["metadata"].get("labels") or {}, "data": config_map.get("data") or {}}
