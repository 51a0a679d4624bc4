# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Plans and writes a DaemonSet and its namespace: compares with what is there, and respects what other tools manage."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Mapping, Sequence

from ..._core.plugin.daemonset import namespace_manifest
from ..._core.shared.change import Change, narrowed
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import FIELD_MANAGER, is_marked
from ..._errors import InvalidInputError, KubernetesError
from ..._kube.client import KubeClient
from ..._kube.ownership import adoptable, adoption_patch, other_managers
from ..._kube.resources import DAEMONSETS, NAMESPACES


@dataclass(frozen=True)
class DaemonSetPlan:
    """What to write: the manifest, and how to handle other owners of the live object's fields."""

    manifest: Json
    live: Json | None
    adopt: bool
    force: bool
    create_namespace: bool
    change: Change

    @property
    def adopted(self) -> bool:
        """Whether a DaemonSet that others created becomes the collection's; manual changes of its own are only reverted."""
        return self.adopt and self.live is not None and not is_marked(self.live)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What would change: the namespace if it does not exist, then the DaemonSet."""
        return (*((_new_namespace(self.manifest),) if self.create_namespace else ()), self.change)


def own_daemonset(namespace: str, name: str, daemonsets: Sequence[Json]) -> Json | None:
    """The DaemonSet of this name among all of the cluster, None if it does not exist."""
    return next((each for each in daemonsets if (each["metadata"]["namespace"], each["metadata"]["name"]) == (namespace, name)), None)


def plan_daemonset(manifest: Json, live: Json | None, client: KubeClient, *, force: bool) -> DaemonSetPlan:
    """What to do so that the DaemonSet is as its manifest says. Raises InvalidInputError if it belongs to another owner.

    Args:
        manifest: The DaemonSet as it should be.
        live: The DaemonSet of this name, None if it does not exist.
        client: The API server.
        force: Whether to take over fields that other tools manage.
    """
    in_namespace = live is not None or client.find(NAMESPACES, manifest["metadata"]["namespace"]) is not None
    adopt = live is not None and adoptable(live, FIELD_MANAGER)
    if live is not None and live["spec"]["selector"] != manifest["spec"]["selector"]:
        raise _foreign(manifest, f"its selector is {live['spec']['selector']}")
    after = _after(manifest, live, client, adopt=adopt, force=force) if in_namespace else manifest
    change = _change(live, after, manifest, adopt=adopt)
    return DaemonSetPlan(manifest, live, adopt, force, create_namespace=not in_namespace, change=change)


def predicted_changes(manifest: Json) -> tuple[Change, ...]:
    """The changes of check mode before the cluster exists: the DaemonSet and its namespace would be created as described."""
    return _new_namespace(manifest), Change(_subject(manifest), after=manifest)


def create_namespace(plan: DaemonSetPlan, client: KubeClient) -> None:
    """Create the namespace if it does not exist."""
    if plan.create_namespace:
        client.create(NAMESPACES, namespace_manifest(plan.manifest["metadata"]["namespace"], marked=True))


def write_daemonset(plan: DaemonSetPlan, client: KubeClient) -> int:
    """Write the DaemonSet, whose namespace exists; return its generation after that."""
    if plan.live is not None and plan.adopt:
        client.json_patch(DAEMONSETS, plan.live, adoption_patch(plan.live, FIELD_MANAGER))
    applied = client.apply(DAEMONSETS, plan.manifest, manager=FIELD_MANAGER, force=plan.force)
    return int(applied["metadata"]["generation"])


def comparable(daemonset: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that count as differences: labels and the whole spec, including the server's defaults."""
    metadata = daemonset["metadata"]
    return {"metadata": {"labels": metadata.get("labels") or {}}, "spec": daemonset["spec"]}


def _change(live: Json | None, after: Json, manifest: Json, *, adopt: bool) -> Change:
    """The change from the live object to the object that the server would create, so that removed fields count as well."""
    subject = _subject(manifest)
    if live is None:
        return Change(subject, after=manifest)
    before, wanted = _flat(comparable(live)), _flat(comparable(after))
    if adopt:
        before["fieldManagers"], wanted["fieldManagers"] = sorted(other_managers(live, FIELD_MANAGER)), [FIELD_MANAGER]
    return narrowed(subject, before, wanted)


def _after(manifest: Json, live: Json | None, client: KubeClient, *, adopt: bool, force: bool) -> Json:
    """The manifest as the server would store it, by a dry run, so that its defaults do not count as differences."""
    if live is not None and adopt:
        return client.replace(DAEMONSETS, manifest, manager=FIELD_MANAGER, dry_run=True)
    try:
        return client.apply(DAEMONSETS, manifest, manager=FIELD_MANAGER, force=force, dry_run=True)
    except KubernetesError as error:
        if error.status != HTTPStatus.CONFLICT or live is None:
            raise
        owners = ", ".join(sorted(other_managers(live, FIELD_MANAGER)))
        raise _foreign(manifest, f"{error.message} It has fields of {owners}") from error


def _flat(daemonset: Json) -> dict[str, Any]:
    """The DaemonSet in the parts that a diff shows separately."""
    spec = daemonset.get("spec") or {}
    template = spec.get("template") or {}
    pod = template.get("spec") or {}
    rest = {name: value for name, value in spec.items() if name != "template"}
    return {"labels": (daemonset.get("metadata") or {}).get("labels"), **rest, "podMetadata": template.get("metadata"), **pod}


def _foreign(manifest: Json, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The {_subject(manifest)} belongs to another owner: {why}.",
        code="FieldManagerConflict",
        cause="Another tool manages it, and each of the two would undo the other's changes.",
        remedy="Leave it to that tool, or take over its fields with force_conflicts: true.",
    )


def _subject(manifest: Json) -> str:
    metadata = manifest["metadata"]
    return f"DaemonSet {metadata['namespace']}/{metadata['name']}"


def _new_namespace(manifest: Json) -> Change:
    name = manifest["metadata"]["namespace"]
    return Change(f"Namespace {name}", after=namespace_manifest(name, marked=True))
