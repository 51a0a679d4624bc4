# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The kinds of values in a result that the report reads, for one check at its edge. A template may have turned a value into text."""

from __future__ import annotations

from typing import Any, Callable

from ..._errors import InvalidInputError

Kind = Callable[[Any, str], Any]  # takes a value and its place, returns the value in its kind; raises InvalidInputError
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


def text(value: Any, where: str) -> str:
    """A string; numbers and truth values become one."""
    if isinstance(value, (str, int, float)):
        return str(value)
    raise refusal(f"{where} is {value!r}, not text")


def texts(value: Any, where: str) -> list[str]:
    """A list of strings; a single one is a list, too."""
    return [text(each, where) for each in (value if isinstance(value, (list, tuple)) else [value]) if each is not None]


def number(value: Any, where: str) -> float:
    """A number, whether or not JSON can represent it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    try:
        return float(str(value))
    except ValueError as error:
        raise refusal(f"{where} is {value!r}, not a number") from error


def count(value: Any, where: str) -> int:
    """A whole number."""
    if str(value).isdecimal():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise refusal(f"{where} is {value!r}, not a whole number")


def flag(value: Any, where: str) -> bool:
    """True or false."""
    if str(value).lower() in _TRUE + _FALSE:
        return str(value).lower() in _TRUE
    raise refusal(f"{where} is {value!r}, not true or false")


def one_of(*words: str) -> Kind:
    """A kind that has only these words; what is none of them counts as the last one."""
    return lambda value, _where: value if isinstance(value, str) and value in words else words[-1]


def refusal(problem: str) -> InvalidInputError:
    """The error for a value that the report cannot read."""
    return InvalidInputError(
        f"{problem[:1].upper()}{problem[1:]}.",
        code="InvalidArguments",
        cause="The report needs the unchanged results that the tasks of the playbook registered.",
        remedy="Pass the registered results without changes.",
    )
