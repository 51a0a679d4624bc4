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

try:
    import yaml
except ImportError:  # the door reports what is missing
    pass

LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}  # list → what its entries hold beside their name
# All else about a user may be a credential: a token, a key, the arguments or the environment of a login command.
_NO_SECRETS = ("client-certificate", "client-key", "tokenFile", "username")


def parse_kubeconfig(text: str, *, source: str) -> dict[str, Any]:
    """A kubeconfig as a dict; an empty text is an empty one. Raises InvalidInputError."""
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise _not_a_kubeconfig(source) from error
    if not isinstance(content, dict) or not all(_are_entries(content.get(name) or [], body) for name, body in LISTS.items()):
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
        raise InvalidInputError(
            f"{path} can't be read: {_reason(error)}", code="UnreadableFile", remedy="Check the path and its rights."
        ) from error
    return parse_kubeconfig(text, source=str(path))


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
        raise _not_changed(path, "written", error) from error


def remove_kubeconfig(path: Path) -> None:
    """Remove the file; where the path is a link, what it leads to. One that is gone already is fine. Raises InvalidInputError."""
    path = path.resolve()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _not_changed(path, "removed", error) from error


def _reason(error: OSError | UnicodeDecodeError) -> str:
    """The system's words, without the number and the path that go with them."""
    return f"{getattr(error, 'strerror', None) or error}."


def _not_changed(path: Path, participle: str, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"{path} can't be {participle}: {_reason(error)}", code="UnwritableFile", remedy="Check the path and its rights."
    )


def _replace(path: Path, config: Mapping[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.safe_dump(dict(config), file, sort_keys=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
