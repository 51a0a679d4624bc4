# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Parses a kubeconfig, and redacts its credentials."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from ..._core.shared.url_passwords import without_password
from ..._errors import InvalidInputError
from .form import problem_of
from .yaml_text import NotYamlError, read_yaml

LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}  # list → the key that its entries have in addition to name
# Any other field of a user may be a credential: a token, a key, the arguments or environment of a login command.
_NO_SECRETS = ("client-certificate", "client-key", "tokenFile", "username", "as", "as-uid", "as-groups")
_URLS = ("server", "proxy-url")


def parse_kubeconfig(text: str, *, source: str) -> dict[str, Any]:
    """A kubeconfig whose known fields have the right types; an empty string is an empty kubeconfig. Raises InvalidInputError.

    Args:
        text: the kubeconfig as YAML.
        source: where it comes from, for error messages.
    """
    try:
        content = read_yaml(text)
    except NotYamlError as error:
        raise _not_a_kubeconfig(source, str(error)) from error
    if content is None:
        return {}
    problem = problem_of(content)
    if problem:
        raise _not_a_kubeconfig(source, problem)
    found: dict[str, Any] = content
    return found


def _not_a_kubeconfig(source: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"{source} is not a valid kubeconfig and was not changed: {problem}.",
        code="InvalidKubeconfig",
        cause="It is not YAML, or not YAML with the structure of a kubeconfig.",
        remedy="Correct the file, set another path, or move the file away.",
    )


def redacted(config: Mapping[str, Any]) -> dict[str, Any]:
    """The kubeconfig without credentials, for a diff; credentials in URLs are masked, too."""
    result = copy.deepcopy(dict(config))
    for entry in result.get("users") or ():
        entry["user"] = _redacted_user(entry.get("user") or {})
    for entry in result.get("clusters") or ():
        _mask_passwords(entry.get("cluster") or {})
    return result


def _redacted_user(user: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in _NO_SECRETS else "VALUE HIDDEN" for name, value in user.items()}


def _mask_passwords(cluster: dict[str, Any]) -> None:
    cluster.update({name: without_password(cluster[name]) for name in _URLS if cluster.get(name)})
