# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is wrong with values that a user adds to those of the chart: what Helm or the API server refuses, or what has no effect.

A newer chart may have keys that are not known here. So only a key that looks like a misspelled one is refused.
"""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._errors import InvalidInputError
from .facts import shown

_Path = Tuple[str, ...]
# NVIDIA/gpu-operator deployments/gpu-operator/values.yaml (26.7), and what Helm itself reads in any chart.
_KEYS = (
    "platform", "nfd", "psa", "psp", "cdi", "sandboxWorkloads", "hostPaths", "daemonsets", "validator", "operator", "mig", "driver",
    "toolkit", "devicePlugin", "dcgm", "dcgmExporter", "gfd", "migManager", "nodeStatusExporter", "gds", "gdrcopy", "vgpuManager",
    "vgpuDeviceManager", "vfioManager", "kataManager", "kataSandboxDevicePlugin", "sandboxDevicePlugin", "ccManager", "extraObjects",
    "node-feature-discovery", "global", "fullnameOverride", "nameOverride", "tags",
)  # fmt: skip
_ALIKE = 0.8
_KEYED_BY_CHART = 2  # levels of the chart in which no key has a dot; below them are labels and annotations
_OF_VARIABLE = ("name", "value", "valueFrom")
_OF_TOLERATION = ("key", "operator", "value", "effect", "tolerationSeconds")


def refuse_unusable(values: Mapping[str, Any]) -> None:
    """Refuse what Helm or the API server would not accept, or would ignore, anywhere in the user's values. Raises InvalidInputError."""
    _refuse_form(values, ())
    for key in values:
        meant = [] if key in _KEYS else get_close_matches(key.lower(), [each.lower() for each in _KEYS], n=1, cutoff=_ALIKE)
        if meant:
            name = next(each for each in _KEYS if each.lower() == meant[0])
            raise unusable(f"{key} is not a key of the chart; did you mean {name}?")


def _refuse_form(value: Any, path: _Path) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _refuse_key(key, path)
            _refuse_form(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _refuse_form(each, (*path, str(index)))
    elif value is None:
        raise InvalidInputError(
            f"values sets {dotted(path)} to null.",
            code="NullInValues",
            cause="Helm 4 installs by server-side apply, which rejects null for the fields of the operator's ClusterPolicy.",
            remedy="Leave the key out to keep the chart's value, or set an empty string, list or dictionary.",
        )
    elif not isinstance(value, (str, bool, int, float)):
        raise unusable(f"{dotted(path)} is {shown(value)}, which JSON does not have; quote it if it is a string")
    for problem in _problems(value, path):
        raise unusable(f"{dotted(path)} {problem}")


def _refuse_key(key: Any, path: _Path) -> None:
    if not isinstance(key, str):
        raise unusable(f"{dotted((*path, shown(key)))} is not a name")
    if "." in key and len(path) < _KEYED_BY_CHART:
        raise unusable(f"{dotted((*path, key))} is one key with a dot, which the chart ignores; nest the keys, as in values.yaml")


def _problems(value: Any, path: _Path) -> Iterator[str]:
    """What is wrong with the value, by the name of its key."""
    name = path[-1] if path else ""
    if name == "enabled" and not isinstance(value, bool):
        yield f"is {shown(value)}, not true or false"
    elif name in ("env", "tolerations") and not isinstance(value, list):
        yield f"is {shown(value)}, not a list"
    elif name == "env":
        yield from _variable_problems(value)
    elif name == "tolerations":
        _refuse_keyless(value, path)
        yield from _item_problems(value, _OF_TOLERATION)


def _variable_problems(items: Sequence[Any]) -> Iterator[str]:
    yield from _item_problems(items, _OF_VARIABLE)
    for item in items:
        if not isinstance(item.get("name"), str) or not item["name"]:
            yield f"contains {shown(item)}, which has no name"
        elif not isinstance(item.get("value", ""), str):
            yield f"contains {shown(item)}, whose value is not a string; quote it"
    for name, count in Counter(item["name"] for item in items).items():
        if count > 1:
            yield f"contains {name} {count} times"


def _item_problems(items: Sequence[Any], keys: Sequence[str]) -> Iterator[str]:
    for item in items:
        if not isinstance(item, dict):
            yield f"contains {shown(item)}, which is not a dictionary"
        else:
            yield from (f"contains {shown(item)}, and {key} is not one of {', '.join(keys)}" for key in item if key not in keys)


def _refuse_keyless(items: Sequence[Any], path: _Path) -> None:
    for item in items:
        if isinstance(item, dict) and not item.get("key"):
            raise InvalidInputError(
                f"values adds a toleration without a key to {dotted(path)}: {shown(item)}.",
                code="TolerationWithoutKey",
                cause="AKS removes all other tolerations of a pod that has one without a key, so what Helm applied and what exists differ.",
                remedy="Give the toleration a key, one for each taint, or list the taints in node_taints.",
            )


def dotted(path: Sequence[str]) -> str:
    """The path as helm --set writes it."""
    return ".".join(str(key).replace(".", "\\.") for key in path)


def unusable(why: str) -> InvalidInputError:
    """The error for values that cannot be used."""
    return InvalidInputError(
        f"values is not usable: {why}.",
        code="InvalidOperatorValues",
        cause="The chart could not be rendered with it, or would not mean what it says.",
        remedy="Correct values, which has the form of the chart's values.yaml.",
    )
