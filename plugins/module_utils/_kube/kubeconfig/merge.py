# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Merges a fetched kubeconfig into an existing one, as az aks get-credentials does, and removes it again."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from ..._core.shared.ownership import CREATED_TAG
from .document import LISTS

# The fields of a context that the collection sets; others, such as its namespace, belong to the user.
_OWN_FIELDS = ("cluster", "user", "extensions")


def with_context_name(fetched: Mapping[str, Any], name: str, *, cluster: str | None = None) -> dict[str, Any]:
    """The fetched kubeconfig with its context, and optionally its cluster, renamed.

    Args:
        fetched: the kubeconfig from Azure.
        name: the new name of its context.
        cluster: the new name of its cluster, if any; the Azure CLI renames the cluster when the user names the context.
    """
    renamed = copy.deepcopy(dict(fetched))
    context = renamed["contexts"][0]
    context["name"] = renamed["current-context"] = name
    if cluster:
        renamed["clusters"][0]["name"] = context["context"]["cluster"] = cluster
    return renamed


def marked(fetched: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the collection's mark on its contexts, as an extension, which kubectl keeps."""
    result = copy.deepcopy(dict(fetched))
    for context in result["contexts"]:
        context["context"]["extensions"] = [{"name": CREATED_TAG, "extension": True}]
    return result


def is_marked_context(context: Mapping[str, Any]) -> bool:
    """Whether the collection wrote a context entry."""
    extensions = (context.get("context") or {}).get("extensions") or ()
    return any(extension.get("name") == CREATED_TAG for extension in extensions)


def conflicts(existing: Mapping[str, Any], fetched: Mapping[str, Any]) -> list[str]:
    """Entries of others with the same name and other content, which merging would replace, such as `users minikube`."""
    return [f"{kind} {entry['name']}" for kind in LISTS for entry in fetched[kind] if _replaces_anothers(existing, kind, entry)]


def _replaces_anothers(existing: Mapping[str, Any], kind: str, entry: Mapping[str, Any]) -> bool:
    found = _entry(existing, kind, entry["name"])
    return found is not None and not _same(kind, found, entry) and not _is_ours(existing, kind, found)


def _entry(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any] | None:
    return next((entry for entry in config.get(kind) or () if entry["name"] == name), None)


def _same(kind: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether two entries are equivalent. Of contexts, only cluster and user are compared."""
    if kind != "contexts":
        return found == wanted
    return all((found.get("context") or {}).get(name) == wanted["context"].get(name) for name in ("cluster", "user"))


def _is_ours(existing: Mapping[str, Any], kind: str, found: Mapping[str, Any]) -> bool:
    """Whether the collection wrote an entry: a context with its mark, or a cluster or user that only such contexts use."""
    if kind == "contexts":
        return is_marked_context(found)
    using = [context for context in existing.get("contexts") or () if refers_to(context, LISTS[kind]) == found["name"]]
    return bool(using) and all(map(is_marked_context, using))


def merged(existing: Mapping[str, Any], fetched: Mapping[str, Any], *, current: bool = False) -> dict[str, Any]:
    """The existing kubeconfig with the fetched entries, which replace entries of the same name.

    An equivalent context is kept, so that the collection does not claim one that others wrote.

    Args:
        existing: the kubeconfig in the file.
        fetched: the kubeconfig to merge into it.
        current: whether the fetched context becomes the current one even if there is a current context. By default the user's choice
            stays, so that tasks that merge several clusters into one file do not undo each other's choice.
    """
    result = {"apiVersion": "v1", "kind": "Config", "preferences": {}, **copy.deepcopy(dict(existing))}
    for kind in LISTS:
        new = {entry["name"]: entry for entry in fetched[kind]}
        kept = [_replaced(kind, entry, new.pop(entry["name"], None)) for entry in result.get(kind) or []]
        result[kind] = [*kept, *new.values()]
    chosen = result.get("current-context")
    if current or not chosen or context_named(result, chosen) is None:
        result["current-context"] = fetched["current-context"]
    return result


def _replaced(kind: str, old: Any, new: Any) -> Any:
    if new is None or (kind == "contexts" and _same(kind, old, new)):
        return old
    if kind != "contexts":
        return new
    users_own = {name: value for name, value in (old.get("context") or {}).items() if name not in _OWN_FIELDS}
    return {**new, "context": {**users_own, **new["context"]}}


def same_named(existing: Mapping[str, Any], fetched: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of the existing kubeconfig whose names the fetched one has, too."""
    names = {kind: {entry["name"] for entry in fetched[kind]} for kind in LISTS}
    return {kind: [entry for entry in existing.get(kind) or () if entry["name"] in names[kind]] for kind in LISTS}


def without_context(existing: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The kubeconfig without a context, and without its cluster and user unless another context uses them."""
    result = copy.deepcopy(dict(existing))
    removed = context_named(existing, name) or {}
    result["contexts"] = _without(result, "contexts", {name})
    for kind, key in (("clusters", "cluster"), ("users", "user")):
        used = {refers_to(entry, key) for entry in result["contexts"]}
        result[kind] = _without(result, kind, {refers_to(removed, key)} - used)
    if result.get("current-context") == name:
        result["current-context"] = ""
    return result


def _without(config: Mapping[str, Any], kind: str, names: set[Any]) -> list[Any]:
    return [entry for entry in config.get(kind) or [] if entry["name"] not in names]


def has_entries(config: Mapping[str, Any]) -> bool:
    """Whether the kubeconfig has any context, cluster or user."""
    return any(config.get(name) for name in LISTS)


def refers_to(context: Mapping[str, Any], key: str) -> Any:
    """The name of the cluster or user that a context entry refers to."""
    return (context.get("context") or {}).get(key)


def context_named(config: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The context entry of this name; None if there is none."""
    return _entry(config, "contexts", name)


def server_of(config: Mapping[str, Any], context: str) -> str | None:
    """The URL of a context's API server; None if the context, its cluster or the URL is missing."""
    cluster = _entry(config, "clusters", str(refers_to(context_named(config, context) or {}, "cluster"))) or {}
    server = (cluster.get("cluster") or {}).get("server")
    return str(server) if server else None


def user_of(config: Mapping[str, Any], context: str) -> Mapping[str, Any]:
    """The credentials of a context's user; empty if it has none."""
    user = _entry(config, "users", str(refers_to(context_named(config, context) or {}, "user"))) or {}
    return user.get("user") or {}
