# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes a DaemonSet and waits until its pods are gone, then its namespace if nothing is left in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Mapping

from ..._core.plugin.daemonset import namespace_manifest
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_made_by, is_marked
from ..._kube.client import KubeClient
from ..._kube.mirror import await_gone
from ..._kube.namespaces import contents
from ..._kube.resources import DAEMONSETS, NAMESPACES, PODS, Kind, ObjectName
from ..._kube.watch import Watched
from .plan import comparable


@dataclass
class Removal:
    """What a removal deletes, each object with its change, and what it keeps, with the reason.

    write: whether to delete anything, as opposed to check mode. wait: whether to wait until it is gone.
    """

    client: KubeClient
    write: bool
    wait: bool
    changes: list[Change] = field(default_factory=list)
    deleted: set[ObjectName] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)

    def delete(self, kind: Kind, name: str, change: Change) -> None:
        """Record that an object is deleted."""
        self.deleted.add(kind.named(name))
        self.changes.append(change)

    def keep(self, subject: str) -> None:
        """Record that an object stays because the collection did not create it."""
        self.kept.append(f"{subject}: not made by this collection")

    @property
    def waits(self) -> bool:
        """Whether there is something to wait for."""
        return self.wait and self.write


def remove_daemonset(removal: Removal, namespace: str, name: str, selector: Mapping[str, str], *, adopted: bool) -> bool:
    """Delete the DaemonSet and wait for its pods; those that an earlier removal has left may still run. Whether it is gone.

    Args:
        removal: What is deleted.
        namespace: The namespace of the DaemonSet.
        name: Its name.
        selector: The labels of its pods.
        adopted: Whether to delete it even if the collection did not create it.
    """
    live = removal.client.find(DAEMONSETS, name, namespace)
    subject = f"DaemonSet {namespace}/{name}"
    if live is not None and not is_marked(live) and not adopted:
        removal.keep(subject)
        return False
    if live is not None:
        _delete(removal, live, subject)
    if removal.waits:
        labels = ",".join(f"{label}={value}" for label, value in selector.items())
        own = partial(is_made_by, kind="DaemonSet", name=name)
        pods = Watched("pods", PODS, namespace, label_selector=labels, keep=own)
        await_gone(removal.client, [pods], removal.client.deadline, what=f"A pod of the {subject}")
    return True


def _delete(removal: Removal, live: Json, subject: str) -> None:
    metadata = live["metadata"]
    removal.delete(DAEMONSETS, metadata["name"], Change(subject, before=comparable(live)))
    if removal.write:
        removal.client.delete(DAEMONSETS, metadata["name"], metadata["namespace"], uid=metadata["uid"])


def remove_namespace(removal: Removal, name: str) -> None:
    """Delete the namespace if the collection created it and nothing is left in it."""
    namespace = removal.client.find(NAMESPACES, name)
    if namespace is None:
        return
    if not is_marked(namespace):
        removal.keep(f"Namespace {name}")
        return
    if "deletionTimestamp" not in namespace["metadata"]:
        others = [str(found) for found in contents(removal.client, name) if found not in removal.deleted]
        if others:
            removal.kept.append(f"Namespace {name}: holds {', '.join(others)}")
            return
        removal.delete(NAMESPACES, name, Change(f"Namespace {name}", before=namespace_manifest(name, marked=True)))
        if removal.write:
            removal.client.delete(NAMESPACES, name, uid=namespace["metadata"]["uid"])
    if removal.waits:
        itself = Watched("namespaces", NAMESPACES, field_selector=f"metadata.name={name}")
        await_gone(removal.client, [itself], removal.client.deadline, what=f"The namespace {name}")
