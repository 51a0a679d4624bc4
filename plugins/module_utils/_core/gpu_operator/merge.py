# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Merges a user's own values over the computed ones, and refuses those with which the operator could not be installed or would not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._errors import InvalidInputError
from .facts import AKS, OPERATOR, OperatorFacts, operator_facts, shown
from .rules import refuse_unservable
from .values import Value, chart_values

_Path = Tuple[str, ...]
_OTHER_SET = {
    AKS: f"set driver: {OPERATOR} for pools with gpu_driver: None",
    OPERATOR: f"set driver: {AKS} for pools with gpu_driver: Install",
}


@dataclass(frozen=True)
class OperatorValues:
    """The chart's values, and why each one is set, by its path as helm --set writes it: driver.enabled."""

    values: Mapping[str, Any]
    reasons: Mapping[str, str]


def operator_values(given: Any) -> OperatorValues:
    """The values of the GPU Operator's chart for the facts that a user gives. Raises InvalidInputError if no values could work."""
    facts = operator_facts(given)
    refuse_unservable(facts)
    _refuse_unusable(facts.values, ())
    rows = tuple(chart_values(facts))
    own = dict(_leaves(facts.values, ()))
    for row in rows:
        _refuse_contradiction(row, own, facts)
    return OperatorValues(_merged(_nested(rows), facts.values, ()), _reasons(rows, own))


def _nested(rows: Sequence[Value]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for row in rows:
        place = values
        for key in row.path[:-1]:
            place = place.setdefault(key, {})
        place[row.path[-1]] = row.value
    return values


def _leaves(values: Mapping[str, Any], path: _Path) -> Iterator[tuple[_Path, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _merged(computed: Mapping[str, Any], own: Mapping[str, Any], path: _Path) -> dict[str, Any]:
    merged = dict(computed)
    for key, value in own.items():
        merged[key] = _over(computed[key], value, (*path, key)) if key in computed else _copied(value)
    return merged


def _over(computed: Any, own: Any, path: _Path) -> Any:
    if not isinstance(own, type(computed)):
        raise _unusable(f"{_dotted(path)} is {shown(own)}, where the chart expects a value such as {shown(computed)}")
    if isinstance(computed, dict):
        return _merged(computed, own, path)
    return _joined(computed, own, path) if isinstance(computed, list) else own


def _joined(computed: Sequence[Mapping[str, Any]], own: Sequence[Any], path: _Path) -> list[Any]:
    """Tolerations are added, and an environment variable replaces the one with its name."""
    for item in own:
        if not isinstance(item, dict):
            raise _unusable(f"{_dotted(path)} contains {shown(item)}, which is not a dictionary")
    names = {item["name"] for item in own if "name" in item}
    kept = [dict(item) for item in computed if item.get("name") not in names]
    return [*kept, *(_copied(item) for item in own if item not in kept)]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _reasons(rows: Sequence[Value], own: Mapping[_Path, Any]) -> dict[str, str]:
    reasons = {row.path: row.reason for row in rows}
    for path, value in own.items():
        added = path in reasons and isinstance(value, list)
        reasons[path] = f"{reasons[path]} More are set in values." if added else "It is set in values."
    return {_dotted(path): reason for path, reason in reasons.items()}


def _dotted(path: Sequence[str]) -> str:
    return ".".join(str(key).replace(".", "\\.") for key in path)


def _refuse_contradiction(row: Value, own: Mapping[_Path, Any], facts: OperatorFacts) -> None:
    if row.fixed and own.get(row.path, row.value) != row.value:
        name = _dotted(row.path)
        raise InvalidInputError(
            f"values sets {name} to {shown(own[row.path])}, but driver is {facts.driver}.",
            code="ContradictingOptions",
            cause=f"With driver: {facts.driver}, {name} must be {shown(row.value)}. {row.reason}",
            remedy=f"Remove {name} from values, or {_OTHER_SET[facts.driver]}.",
        )


def _refuse_unusable(value: Any, path: _Path) -> None:
    """Refuse what Helm or the API server would not accept, anywhere in the user's values."""
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise _unusable(f"{_dotted((*path, shown(key)))} is not a name")
            _refuse_unusable(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _refuse_unusable(each, (*path, str(index)))
            _refuse_keyless(each, path)
    elif value is None:
        raise InvalidInputError(
            f"values sets {_dotted(path)} to null.",
            code="NullInValues",
            cause="Helm 4 installs by server-side apply, which rejects null for the fields of the operator's ClusterPolicy.",
            remedy="Leave the key out to keep the chart's value, or set an empty string, list or dictionary.",
        )
    elif not isinstance(value, (str, bool, int, float)):
        raise _unusable(f"{_dotted(path)} is {shown(value)}, which JSON does not have; quote it if it is a string")


def _refuse_keyless(item: Any, path: _Path) -> None:
    if path[-1] == "tolerations" and isinstance(item, dict) and not item.get("key"):
        raise InvalidInputError(
            f"values adds a toleration without a key to {_dotted(path)}: {shown(item)}.",
            code="TolerationWithoutKey",
            cause="AKS removes all other tolerations of a pod that has one without a key, so what Helm applied and what exists differ.",
            remedy="Give the toleration a key, one for each taint, or list the taints in node_taints.",
        )


def _unusable(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"values is not usable: {why}.",
        code="InvalidOperatorValues",
        cause="The chart could not be rendered with it, or would not mean what it says.",
        remedy="Correct values, which has the form of the chart's values.yaml.",
    )
