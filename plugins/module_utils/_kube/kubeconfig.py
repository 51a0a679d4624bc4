# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import copy
import os
import tempfile
from pathlib import Path
from typing import Any, Mapping

from .._errors import InvalidInputError
from .._gpu.manifests import CREATED_TAG

try:
    import yaml
except ImportError:  # the door reports what is missing
    pass

_LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}  # list → what its entries hold beside their name
# All else about a user may be a credential: a token, a key, the arguments or the environment of a login command.
_NO_SECRETS = ("client-certificate", "client-key", "tokenFile", "username")


def parse_kubeconfig(text: str, *, source: str) -> dict[str, Any]:
    """A kubeconfig as a dict; an empty text is an empty one. Raises InvalidInputError."""
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise _not_a_kubeconfig(source) from error
    if not isinstance(content, dict) or not all(_are_entries(content.get(name) or [], body) for name, body in _LISTS.items()):
        raise _not_a_kubeconfig(source)
    return content


def _are_entries(entries: Any, body: str) -> bool:
    if not isinstance(entries, list):
        return False
    return all(isinstance(entry, dict) and "name" in entry and isinstance(entry.get(body) or {}, dict) for entry in entries)


def _not_a_kubeconfig(source: str) -> InvalidInputError:
    return InvalidInputError(
        f"{source} is no kubeconfig.",
        code="InvalidKubeconfig",
        cause="It is not YAML of a kubeconfig's form, and is left as it is.",
        remedy="Give another path, or move the file away.",
    )


def read_kubeconfig(path: Path) -> dict[str, Any]:
    """The kubeconfig in a file, an empty one where there is no file. Raises InvalidInputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} can't be read: {error}", code="UnreadableFile", remedy="Check the path and its rights.") from error
    return parse_kubeconfig(text, source=str(path))


def with_context_name(fetched: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fetched kubeconfig with its context renamed, "" for the name that AKS gives."""
    renamed = copy.deepcopy(dict(fetched))
    if name:
        renamed["contexts"][0]["name"] = name
        renamed["current-context"] = name
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


def merged(existing: Mapping[str, Any], fetched: Mapping[str, Any]) -> dict[str, Any]:
    """The existing kubeconfig with the fetched entries in it, in the place of those of the same name; the fetched context is current."""
    result = {"apiVersion": "v1", "kind": "Config", "preferences": {}, **copy.deepcopy(dict(existing))}
    for name in _LISTS:
        new = {entry["name"]: entry for entry in fetched[name]}
        kept = [new.pop(entry["name"], entry) for entry in result.get(name) or []]
        result[name] = [*kept, *new.values()]
    result["current-context"] = fetched["current-context"]
    return result


def without_context(existing: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The kubeconfig without a context, and without the cluster and user that no other context uses."""
    result = copy.deepcopy(dict(existing))
    gone = context_named(existing, name) or {}
    result["contexts"] = [entry for entry in result.get("contexts") or [] if entry["name"] != name]
    for kind, key in (("clusters", "cluster"), ("users", "user")):
        used = {_refers_to(entry, key) for entry in result["contexts"]}
        unused = {_refers_to(gone, key)} - used
        result[kind] = [entry for entry in result.get(kind) or [] if entry["name"] not in unused]
    if result.get("current-context") == name:
        result["current-context"] = ""
    return result


def has_entries(config: Mapping[str, Any]) -> bool:
    """Whether there is any context, cluster or user in it."""
    return any(config.get(name) for name in _LISTS)


def _refers_to(context: Mapping[str, Any], key: str) -> Any:
    """The name of the cluster, or of the user, that a context entry joins."""
    return (context.get("context") or {}).get(key)


def context_named(config: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The context entry of this name."""
    return next((entry for entry in config.get("contexts") or () if entry["name"] == name), None)


def server_of(config: Mapping[str, Any], context: str) -> str:
    """The API server's URL that a context leads to, "" when it leads nowhere."""
    cluster = _refers_to(context_named(config, context) or {}, "cluster")
    found = (one.get("cluster") or {} for one in config.get("clusters") or () if one["name"] == cluster)
    return str(next(found, {}).get("server", ""))


def shown(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a diff may show: everything but credentials."""
    result = copy.deepcopy(dict(config))
    for entry in result.get("users") or ():
        user = entry.get("user") or {}
        entry["user"] = {name: value if name in _NO_SECRETS else "VALUE HIDDEN" for name, value in user.items()}
    return result


def write_kubeconfig(path: Path, config: Mapping[str, Any]) -> None:
    """Write the whole file at once, readable by its owner only; a reader sees the old file or the new one. Raises InvalidInputError."""
    path = path.resolve()  # a link stays one
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, config)
    except OSError as error:
        raise InvalidInputError(
            f"{path} can't be written: {error}", code="UnwritableFile", remedy="Check the path and its rights."
        ) from error


def _replace(path: Path, config: Mapping[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.safe_dump(dict(config), file, sort_keys=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
