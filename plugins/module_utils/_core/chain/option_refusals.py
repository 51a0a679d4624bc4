# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is wrong with the value of a role variable: its type, a word that is not one of its choices, or a number out of range.

The types and choices are those of the roles' argument specs, by which Ansible would otherwise refuse the value without cause and remedy.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from ..pool.rules import BOUNDS
from ..shared.ranges import ACCURACY, AT_A_TIME, DEVICE_TIME, FIRST_POOL, LOAD_TIME, NODE_COUNT, RETRIES, SECONDS, Range

# The end of the variable's name → what its number may be; the first that fits. tests/unit/test_role_options.py holds it to the roles.
RANGES: Mapping[str, Range] = {
    "gpu_prove_gpu_timeout": DEVICE_TIME,
    "gpu_prove_load_seconds": LOAD_TIME,
    "_timeout": SECONDS,
    "_fail_fast_after": SECONDS,
    "aks_cluster_node_count": FIRST_POOL,
    "_node_count": BOUNDS["count"],
    "_min_count": BOUNDS["min_count"],
    "_max_count": BOUNDS["max_count"],
    "_min_nodes": NODE_COUNT,
    "_prove_parallel": AT_A_TIME,
    "_backoff_limit": RETRIES,
    "_min_accuracy": ACCURACY,
}
_KINDS = {
    "bool": "true or false",
    "dict": "a dictionary",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "path": "a path",
    "str": "a string",
}
_ALIKE = 0.6


def range_of(variable: str) -> Range | None:
    """What the number of a variable may be, None if it has no range."""
    return next((found for end, found in RANGES.items() if variable.endswith(end)), None)


def option_refusals(given: Sequence[Mapping[str, Any]]) -> Iterator[InvalidInputError]:
    """The errors in the values of role variables.

    A variable whose value is that of another one, such as the default of gpu_min_count, is not refused together with it.

    Args:
        given: For each variable its name and role, the other variables that its value names (names), the number if it is one (number),
            and what does not fit (unfit): of each part its place (at), value, type, elements, choices, and keys if the value is not one of
            them.
    """
    refused = {told["name"]: list(_refusals_of(told)) for told in given}
    wrong = {name for name, errors in refused.items() if errors}
    for told in sorted(given, key=lambda each: str(each["name"])):
        if not wrong & {*told["names"]}:
            yield from refused[told["name"]]


def _refusals_of(told: Mapping[str, Any]) -> Iterator[InvalidInputError]:
    name = told["name"]
    for part in told["unfit"]:
        yield _unfit(".".join((name, *part["at"])), told["role"], part)
    allowed = range_of(name)
    if not told["unfit"] and allowed is not None and told["number"] is not None:
        number = told["number"]
        try:
            allowed.checked(name, int(number) if number.is_integer() else number)
        except InvalidInputError as error:
            yield error


def _unfit(name: str, role: str, part: Mapping[str, Any]) -> InvalidInputError:
    described = f"'ansible-doc -t role gpuops.aks.{role}' describes it."
    if part["keys"]:
        return _refusal(
            f"{name} has no option '{part['value']}'.",
            cause="It is misspelled, or another variable or the path sets it.",
            remedy=f"{_meant(part['value'], part['keys'])}Correct or remove it; {described}",
        )
    return _refusal(
        f"{name} is {_shown(part)}.",
        cause=f"It must be {_wanted(part)}.",
        remedy=f"{_meant(part['value'], part['choices'])}Correct {name}; {described}",
    )


def _wanted(part: Mapping[str, Any]) -> str:
    words = f"one of {', '.join(str(each) or repr(each) for each in part['choices'])}" if part["choices"] else ""
    if part["elements"]:
        return f"a list, each of whose items is {words or _KINDS[part['elements']]}"
    return words or _KINDS[part["type"]]


def _shown(part: Mapping[str, Any]) -> str:
    """The value, unless it may be large or secret: where a dictionary or a list belongs, only what it is instead."""
    value = part["value"]
    if isinstance(value, (dict, list)):
        return f"a {type(value).__name__} that does not fit" if type(value).__name__ == part["type"] else _KINDS[type(value).__name__]
    if part["type"] in ("dict", "list"):
        return _KINDS.get(type(value).__name__, "something else")
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"


def _meant(value: Any, words: Any) -> str:
    known = [str(word) for word in words or () if word != ""]
    alike = get_close_matches(str(value).lower(), [word.lower() for word in known], n=1, cutoff=_ALIKE)
    return next((f"Did you mean {word}? " for word in known if word.lower() in alike), "")


def _refusal(problem: str, *, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="InvalidVariable", cause=cause, remedy=remedy)
