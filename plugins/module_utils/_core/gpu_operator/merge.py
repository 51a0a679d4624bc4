# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Merges a user's own values over the computed ones, and refuses those with which the operator could not be installed or would not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._errors import InvalidInputError
from .fact_names import OF_FILTER, FactNames
from .facts import AKS, OPERATOR, OperatorFacts, operator_facts, shown
from .own_values import dotted, refuse_unusable, unusable
from .unservable import refuse_unservable
from .values import Value, chart_values

_Path = Tuple[str, ...]
_OTHER_SET = {AKS: f"{OPERATOR} for pools with gpu_driver: None", OPERATOR: f"{AKS} for pools with gpu_driver: Install"}


@dataclass(frozen=True)
class OperatorValues:
    """The chart's values, and why each one is set, by its path as helm --set writes it: driver.enabled."""

    values: Mapping[str, Any]
    reasons: Mapping[str, str]


def operator_values(given: Any, names: FactNames = OF_FILTER) -> OperatorValues:
    """The values of the GPU Operator's chart for the facts that a user gives. Raises InvalidInputError if no values could work.

    Args:
        given: The facts.
        names: What the user calls them.
    """
    facts = operator_facts(given, names)
    refuse_unservable(facts)
    refuse_unusable(facts.values, names.of_cluster("values"))
    rows = tuple(chart_values(facts))
    own = dict(_leaves(facts.values, ()))
    for row in rows:
        _refuse_contradiction(row, own, facts)
    return OperatorValues(_merged(_nested(rows), facts.values, (names.of_cluster("values"),)), _reasons(rows, own))


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
        raise unusable(f"{dotted(path)} is {shown(own)}, where the chart expects a value such as {shown(computed)}")
    if isinstance(computed, dict):
        return _merged(computed, own, path)
    return _joined(computed, own, path) if isinstance(computed, list) else own


def _joined(computed: Sequence[Mapping[str, Any]], own: Sequence[Any], path: _Path) -> list[Any]:
    """Tolerations are added, and an environment variable replaces the one with its name."""
    for item in own:
        if not isinstance(item, dict):
            raise unusable(f"{dotted(path)} contains {shown(item)}, which is not a dictionary")
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
    return {dotted(path): reason for path, reason in reasons.items()}


def _refuse_contradiction(row: Value, own: Mapping[_Path, Any], facts: OperatorFacts) -> None:
    if not row.fixed:
        return
    values, fact = facts.names.of_cluster("values"), facts.names.of_cluster(row.follows)
    for name, wanted, given in _pairs(row, own.get(row.path, row.value)):
        if given != wanted:
            raise InvalidInputError(
                f"{values} sets {name} to {shown(given)}, but {fact} is {getattr(facts, row.follows)}.",
                code="ContradictingOptions",
                cause=f"With {fact}: {getattr(facts, row.follows)}, {name} must be {shown(wanted)}. {row.reason}",
                remedy=f"Remove {name} from {values}, or set {fact}{_other_set(row.follows, facts)}.",
            )


def _pairs(row: Value, given: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, value and the user's value: of the row, or of each environment variable of its list that the user sets too."""
    if not isinstance(row.value, list):
        yield dotted(row.path), row.value, given
        return
    own = {item.get("name"): item.get("value") for item in given if isinstance(item, dict)} if isinstance(given, list) else {}
    for item in row.value:
        yield f"{dotted(row.path)} {item['name']}", item["value"], own.get(item["name"], item["value"])


def _other_set(fact: str, facts: OperatorFacts) -> str:
    return f": {_OTHER_SET[facts.driver]}" if fact == "driver" else ", which the other values follow"
