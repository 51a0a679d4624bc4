# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Merges a fetched kubeconfig into an existing one and takes it out again, as az aks get-credentials does."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from ..._core.shared.ownership import CREATED_TAG
from .document import LISTS

# A context's members that say where it leads; others, as its namespace, are the user's.
_LEADS = ("cluster", "user", "extensions")


def with_context_name(fetched: Mapping[str, Any], name: str, *, cluster: str = "") -> dict[str, Any]:
    """The fetched kubeconfig with its context renamed, and with cluster its cluster too, as the Azure CLI does for a name that is given."""
    renamed = copy.deepcopy(dict(fetched))
    context = renamed["contexts"][0]
    context["name"] = renamed["current-context"] = name
    if cluster:
        renamed["clusters"][0]["name"] = context["context"]["cluster"] = cluster
    return renamed


def marked(fetched: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the collection's mark on its context, where kubectl keeps what it doesn't know."""
    result = copy.deepcopy(dict(fetched))
    for context in result["contexts"]:
        context["context"]["extensions"] = [{"name": CREATED_TAG, "extension": True}]
    return result


def is_marked_context(context: Mapping[str, Any]) -> bool:
    """Whether a context entry was written by the collection."""
    extensions = (context.get("context") or {}).get("extensions") or ()
    return any(extension.get("name") == CREATED_TAG for extension in extensions)


def conflicts(existing: Mapping[str, Any], fetched: Mapping[str, Any]) -> list[str]:
    """Entries that others wrote under the same name with other content, as `users minikube`; merging would replace them."""
    return [
        f"{kind} {entry['name']}"
        for kind in LISTS
        for entry in fetched[kind]
        for found in [_entry(existing, kind, entry["name"])]
        if found is not None and not _same(kind, found, entry) and not _is_ours(existing, kind, found)
    ]


def _entry(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any] | None:
    return next((entry for entry in config.get(kind) or () if entry["name"] == name), None)


def _same(kind: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether two entries lead to the same; a context may have more to it than where it leads."""
    if kind != "contexts":
        return found == wanted
    return all((found.get("context") or {}).get(name) == wanted["context"].get(name) for name in ("cluster", "user"))


def _is_ours(existing: Mapping[str, Any], kind: str, found: Mapping[str, Any]) -> bool:
    """Whether the collection wrote an entry: a context by its mark, a cluster or user when only such contexts use it."""
    if kind == "contexts":
        return is_marked_context(found)
    using = [context for context in existing.get("contexts") or () if refers_to(context, LISTS[kind]) == found["name"]]
    return bool(using) and all(map(is_marked_context, using))


def merged(existing: Mapping[str, Any], fetched: Mapping[str, Any], *, current: bool = False) -> dict[str, Any]:
    """The existing kubeconfig with the fetched entries in it, in the place of those of the same name.

    The fetched context becomes the current one where there is none, or with current: what a person has chosen stays, and tasks that merge
    several clusters into one file don't undo each other's choice. A context that leads to the same stays as it is, so that one which
    others wrote doesn't become ours.
    """
    result = {"apiVersion": "v1", "kind": "Config", "preferences": {}, **copy.deepcopy(dict(existing))}
    for kind in LISTS:
        new = {entry["name"]: entry for entry in fetched[kind]}
        kept = [_replaced(kind, entry, new.pop(entry["name"], None)) for entry in result.get(kind) or []]
        result[kind] = [*kept, *new.values()]
    chosen = str(result.get("current-context") or "")
    if current or context_named(result, chosen) is None:
        result["current-context"] = fetched["current-context"]
    return result


def _replaced(kind: str, old: Any, new: Any) -> Any:
    if new is None or (kind == "contexts" and _same(kind, old, new)):
        return old
    if kind != "contexts":
        return new
    users_own = {name: value for name, value in (old.get("context") or {}).items() if name not in _LEADS}
    return {**new, "context": {**users_own, **new["context"]}}


def same_named(existing: Mapping[str, Any], fetched: Mapping[str, Any]) -> dict[str, Any]:
    """The existing kubeconfig without the entries that the fetched one has no name for."""
    names = {kind: {entry["name"] for entry in fetched[kind]} for kind in LISTS}
    return {kind: [entry for entry in existing.get(kind) or () if entry["name"] in names[kind]] for kind in LISTS}


def without_context(existing: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The kubeconfig without a context, and without the cluster and user that no other context uses."""
    result = copy.deepcopy(dict(existing))
    gone = context_named(existing, name) or {}
    result["contexts"] = [entry for entry in result.get("contexts") or [] if entry["name"] != name]
    for kind, key in (("clusters", "cluster"), ("users", "user")):
        used = {refers_to(entry, key) for entry in result["contexts"]}
        unused = {refers_to(gone, key)} - used
        result[kind] = [entry for entry in result.get(kind) or [] if entry["name"] not in unused]
    if result.get("current-context") == name:
        result["current-context"] = ""
    return result


def has_entries(config: Mapping[str, Any]) -> bool:
    """Whether there is any context, cluster or user in it."""
    return any(config.get(name) for name in LISTS)


def refers_to(context: Mapping[str, Any], key: str) -> Any:
    """The name of the cluster, or of the user, that a context entry joins."""
    return (context.get("context") or {}).get(key)


def context_named(config: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The context entry of this name."""
    return _entry(config, "contexts", name)


def server_of(config: Mapping[str, Any], context: str) -> str:
    """The API server's URL that a context leads to, "" when it leads nowhere."""
    cluster = _entry(config, "clusters", str(refers_to(context_named(config, context) or {}, "cluster"))) or {}
    return str((cluster.get("cluster") or {}).get("server", ""))


def user_of(config: Mapping[str, Any], context: str) -> Mapping[str, Any]:
    """What a context signs in with; empty when there is nothing."""
    user = _entry(config, "users", str(refers_to(context_named(config, context) or {}, "user"))) or {}
    return user.get("user") or {}
