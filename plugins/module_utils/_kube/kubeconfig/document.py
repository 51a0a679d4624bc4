# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Parses a kubeconfig, and shows one without its credentials."""

from __future__ import annotations

import copy
from typing import Any, Mapping

from ..._core.shared.url_passwords import without_password
from ..._errors import InvalidInputError
from .form import problem_of
from .yaml_text import NotYamlError, read_yaml

LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}  # list → what its entries hold beside their name
# All else about a user may be a credential: a token, a key, the arguments or the environment of a login command.
_NO_SECRETS = ("client-certificate", "client-key", "tokenFile", "username", "as", "as-uid", "as-groups")
_URLS = ("server", "proxy-url")


def parse_kubeconfig(text: str, *, source: str) -> dict[str, Any]:
    """A kubeconfig as a dict whose known fields have the types that Kubernetes gives them; an empty text is an empty one.

    Raises InvalidInputError.
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
        f"{source} is no kubeconfig: {problem}.",
        code="InvalidKubeconfig",
        cause="It is not YAML of a kubeconfig's form, and is left as it is.",
        remedy="Correct the file, give another path, or move the file away.",
    )


def shown(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a diff may show: everything but credentials, those in a URL included."""
    result = copy.deepcopy(dict(config))
    for entry in result.get("users") or ():
        user = entry.get("user") or {}
        entry["user"] = {name: value if name in _NO_SECRETS else "VALUE HIDDEN" for name, value in user.items()}
    for entry in result.get("clusters") or ():
        cluster = entry.get("cluster") or {}
        cluster.update({name: without_password(cluster[name]) for name in _URLS if cluster.get(name)})
    return result
