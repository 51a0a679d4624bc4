# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Label selectors: whether a node meets one, or a pod's node selector and required node affinity, and what it lacks."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from ..nodes.labels import checked_key, checked_value
from ..shared.mappings import Json

_INTEGER = re.compile(r"[+-]?[0-9]+")
# A requirement of a selector in Kubernetes' own syntax, and the commas between requirements, but not those between values.
_SET = re.compile(r"(?P<key>\S+)\s+(?P<operator>in|notin)\s*\((?P<values>[^)]*)\)")
_EQUALITY = re.compile(r"(?P<key>[^=!<>\s]+)\s*(?P<operator>==?|!=|[<>])\s*(?P<value>\S*)")
_COMMA = re.compile(r",(?![^(]*\))")
_OPERATORS = {"=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt", "in": "In", "notin": "NotIn"}


def missing_labels(pod_spec: Json, labels: Mapping[str, str]) -> list[str]:
    """Of a pod's nodeSelector, the labels that the node does not have, as key=value."""
    return [f"{key}={value}" for key, value in (pod_spec.get("nodeSelector") or {}).items() if labels.get(key) != value]


def unmet_affinity(pod_spec: Json, labels: Mapping[str, str], node_name: str | None) -> str | None:
    """The required node affinity of a pod, if the node meets none of its terms; None if it meets one or none is required.

    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
    """
    terms = required_terms(pod_spec)
    if terms is None or any(_meets_term(term, labels, node_name) for term in terms):
        return None
    return " or ".join(map(_term_text, terms))


def required_terms(pod_spec: Json) -> Sequence[Json] | None:
    """The terms of the node affinity that a pod requires, one of which a node has to meet; None if it requires none."""
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return (required.get("nodeSelectorTerms") or ()) if required else None


def _meets_term(term: Json, labels: Mapping[str, str], node_name: str | None) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:  # an empty term selects nothing
        return False
    return all(_meets(each, labels) for each in expressions) and all(_meets(each, {"metadata.name": node_name or ""}) for each in fields)


def matches_selector(labels: Mapping[str, str], selector: str) -> bool:
    """Whether labels match a selector in Kubernetes' own syntax, as the API server decides it.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    return all(_meets(_requirement(each.strip()), labels) for each in _COMMA.split(selector) if each.strip())


def checked_selector(option: str, selector: str) -> str:
    """A selector in Kubernetes' own syntax, "" for none. Raises InvalidInputError for one that the API server would not accept."""
    for text in _COMMA.split(selector) if selector.strip() else ():
        requirement = _requirement(text.strip())
        checked_key(option, requirement["key"])
        for value in requirement.get("values", ()):
            checked_value(option, value)
    return selector


def _requirement(text: str) -> Json:
    """A requirement of a selector as an expression of a node affinity."""
    in_set = _SET.fullmatch(text)
    if in_set is not None:
        values = [value.strip() for value in in_set["values"].split(",")]
        return {"key": in_set["key"], "operator": _OPERATORS[in_set["operator"]], "values": values}
    equality = _EQUALITY.fullmatch(text)
    if equality is not None:
        return {"key": equality["key"], "operator": _OPERATORS[equality["operator"]], "values": [equality["value"]]}
    return {"key": text.lstrip("! "), "operator": "DoesNotExist" if text.startswith("!") else "Exists"}


def _meets(expression: Json, labels: Mapping[str, str]) -> bool:
    operator, values = expression.get("operator"), expression.get("values") or ()
    value = labels.get(expression["key"])
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    return _compares(operator, value, values)


def _compares(operator: Any, value: str | None, bounds: Any) -> bool:
    """Gt and Lt; both sides have to be integers."""
    number, bound = _integer(value), _integer(next(iter(bounds), None))
    if number is None or bound is None:
        return False
    return number > bound if operator == "Gt" else number < bound


def _integer(text: str | None) -> int | None:
    """What Kubernetes takes for one: decimal digits within 64 bits. Python would also take 1_0."""
    if text is None or not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def _term_text(term: Json) -> str:
    parts = [*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())]
    return (
        " and ".join(f"{each['key']} {each.get('operator')} {', '.join(each.get('values') or ())}".strip() for each in parts) or "(empty)"
    )
