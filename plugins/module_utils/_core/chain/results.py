# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks the results that a playbook passes to the report, so that a mistake is explained instead of raising a traceback."""

from __future__ import annotations

from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..shared.mappings import Json, listing, mapping

# What is a dictionary in a task's result, and what a list of them; all else is shown as it is.
_FACTS: Mapping[str, Any] = {"gpu_schedulable": {"nodes": [{}], "pools": {}, "findings": [{}]}}
_RESULT: Mapping[str, Any] = {
    "ansible_facts": _FACTS,
    "job": {"findings": [{}]},
    "findings": [{}],
    "error": {},
    "coverage": {},
    "devices": [{"figures": {}, "floor": {}, "findings": [{}]}],
    "nodes": [{"findings": [{}]}],
}
_FAILURE = {"result": _RESULT}


def given_steps(value: Any) -> dict[str, Json]:
    """The steps by name that are passed to the report, without null values at any depth. Raises InvalidInputError."""
    return {name: _fitted(step, _RESULT, name) for name, step in given_values(value, "the input").items()}


def given_failure(value: Any) -> Json:
    """The failure that is passed to the report. Raises InvalidInputError."""
    failure: Json = _fitted(value, _FAILURE, "failure")
    return failure


def given_report(value: Any) -> Json:
    """The result of gpu_report that is passed to the index page. Raises InvalidInputError."""
    result: Json = _fitted(value, {"report": {"coverage": {}, "used": {}}}, "a report")
    if "verdict" not in result.get("report", {}):
        raise _refusal("an entry of reports does not contain a report")
    return result


def given_values(value: Any, where: str) -> dict[str, Any]:
    """A dictionary that is passed to the report, without null values. Raises InvalidInputError."""
    return {name: each for name, each in given_dictionary(value, where).items() if each is not None}


def given_dictionary(value: Any, where: str) -> dict[str, Any]:
    """A dictionary that is passed to the report, empty for null. Raises InvalidInputError."""
    return {str(name): each for name, each in mapping(value, where, _refusal).items()}


def _fitted(value: Any, form: Any, where: str) -> Any:
    """The value, with the dictionaries and lists that the report reads."""
    if isinstance(form, list):
        return [_fitted(each, form[0], f"an entry of {where}") for each in listing(value, where, _refusal) if each is not None]
    found = given_values(value, where)
    return {**found, **{name: _fitted(found[name], below, f"{where}.{name}") for name, below in form.items() if name in found}}


def _refusal(problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"{problem[:1].upper()}{problem[1:]}.",
        code="InvalidArguments",
        cause="The report needs the unchanged results that the tasks of the playbook registered.",
        remedy="Pass the registered results without changes.",
    )
