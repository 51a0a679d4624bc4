# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Takes out of objects and logs what leaves the cluster in an archive: secrets, tokens, values of environment variables, and addresses.

Names stay, because a diagnosis is about them. Of nodes, pods and events, only the fields that a diagnosis reads remain in the first place.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from ..shared.mappings import Json
from ..shared.url_passwords import HIDDEN, without_password

# Of environment variables, the values that a diagnosis reads; they are choices and no secrets.
_PLAIN_ENV = frozenset({"MIG_STRATEGY"})
# Whose annotations are settings. All others are dropped: kubectl's copy of the manifest, and what anybody else keeps there.
_SETTINGS = ("nvidia.com/", "cluster-autoscaler.kubernetes.io/", "karpenter.sh/", "kubernetes.azure.com/", "gpuops-aks")
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)"  # four numbers, unlike a version's three
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f:]{1,39})?(?![\w:])"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:-])"
)
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]{0,4096})?|(?i:\bbearer\s{1,4})[\w.~+/=-]{8,}")
# name=value, "name": "value", and name: value if the value does not look like a word, as in "oauth token: unexpected status".
_SECRET = re.compile(
    r"(?P<name>(?i:[\w-]{0,60}(?:password|passwd|secret|token|api[_-]?key|accountkey|access[_-]?key|sig)))"
    r"(?P<sign>[\"']?\s{0,2}=\s{0,2}|[\"']\s{0,2}:\s{0,2}|:\s{1,2}(?=[\"']|\S{0,40}\d))"
    r"(?P<value>\"[^\"]{1,4096}\"|'[^']{1,4096}'|[^\s\"',;&]{1,4096})"
)
_SECRET_NAME = re.compile(r"(?i)-{1,2}[\w-]*(?:password|passwd|secret|token|key|sig)")
_DROPPED = frozenset({"managedFields", "addresses", "hostIP", "hostIPs", "podIP", "podIPs", "imagePullSecrets", "selfLink"})


def redacted_text(text: str) -> str:
    """The text without passwords, tokens and addresses."""
    text = _TOKEN.sub(HIDDEN, without_password(text))
    text = _SECRET.sub(lambda found: f"{found['name']}{found['sign']}{HIDDEN}", text)
    return _ADDRESS.sub(HIDDEN, text)


def redacted(value: Any) -> Any:
    """An object, or a part of one, without what must not leave the cluster."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, list):
        return [redacted(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _FIELDS.get(name, redacted)(field) for name, field in value.items() if name not in _DROPPED}


def _annotations(value: Mapping[str, Any] | None) -> Json:
    return {name: redacted(text) for name, text in (value or {}).items() if name.startswith(_SETTINGS)}


def _environment(value: list[Json] | None) -> list[Json]:
    """The names of the variables, and the values of those that are known."""
    return [
        {"name": each.get("name"), **({"value": each["value"]} if each.get("name") in _PLAIN_ENV and "value" in each else {})}
        for each in value or ()
    ]


def _arguments(value: list[Any] | None) -> list[str]:
    """Arguments, without one that follows the name of a secret."""
    words = [str(each) for each in value or ()]
    return [HIDDEN if before and _SECRET_NAME.fullmatch(before) else redacted_text(word) for before, word in zip(["", *words], words)]  # noqa: B905


def _names_only(value: Any) -> Any:
    return [{"name": each.get("name")} for each in value or () if isinstance(each, dict)]


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "annotations": _annotations,
    "env": _environment,
    "envFrom": lambda _value: [],
    "args": _arguments,
    "command": _arguments,
    "uid": lambda value: value,
    "creationTimestamp": lambda value: value,
    "config": _names_only,  # of a ResourceClaim: what its driver is told
}
