# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is wrong with values that a user adds to those of the chart: what Helm or the API server refuses, or what has no effect.

A path begins with what the user calls the values.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._errors import InvalidInputError
from .chart_keys import is_of_chart, misspelled
from .facts import sentence, shown

_Path = Tuple[str, ...]
_KEYED_BY_CHART = 2  # levels of the chart in which no key has a dot, below the name; below them are labels and annotations
_OF_VARIABLE = ("name", "value", "valueFrom")
_OF_TOLERATION = ("key", "operator", "value", "effect", "tolerationSeconds")


def refuse_unusable(values: Mapping[str, Any], name: str) -> None:
    """Refuse what Helm or the API server would not accept, or would ignore, anywhere in the user's values. Raises InvalidInputError.

    Args:
        values: The values.
        name: What the user calls them.
    """
    _refuse_form(values, (name,))
    for path, meant in misspelled(values):
        raise unusable(f"{dotted((name, *path))} is not a key of the chart; did you mean {meant}?")


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
            f"{dotted(path)} is null.",
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
    if "." in key and len(path) <= _KEYED_BY_CHART:
        raise unusable(f"{dotted((*path, key))} is one key with a dot, which the chart ignores; nest the keys, as in values.yaml")


def _problems(value: Any, path: _Path) -> Iterator[str]:
    """What is wrong with the value, by the name of its key, unless that is a user's own, as of a label."""
    name = path[-1] if is_of_chart(path[1:-1]) else ""
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
                f"{dotted(path)} contains a toleration without a key: {shown(item)}.",
                code="TolerationWithoutKey",
                cause="AKS removes all other tolerations of a pod that has one without a key, so what Helm applied and what exists differ.",
                remedy="Give the toleration a key, one for each taint. The taints of the pools are tolerated without it.",
            )


def dotted(path: Sequence[str]) -> str:
    """The path as helm --set writes it."""
    return ".".join(str(key).replace(".", "\\.") for key in path)


def unusable(why: str) -> InvalidInputError:
    """The error for values that cannot be used."""
    return InvalidInputError(
        sentence(f"The values of the chart cannot be used: {why}"),
        code="InvalidOperatorValues",
        cause="The chart could not be rendered with it, or would not mean what it says.",
        remedy="Correct it. It has the form of the chart's values.yaml.",
    )
