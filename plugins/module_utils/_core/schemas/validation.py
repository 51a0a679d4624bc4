# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks decoded JSON against a TypedDict, so that a malformed response becomes one clear error instead of a KeyError deep in a rule.

Used for every response of Azure and of an API server; the shapes themselves are the other files of this package.
"""

from __future__ import annotations

import types
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_DEEPEST = 100
_LARGEST = 2**63  # the integers of both APIs have 64 bits
_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "a boolean", dict: "an object", list: "a list", type(None): "null"}
_NOTHING = type(None)
_UNIONS = (Union, getattr(types, "UnionType", Union))  # as written in full, and as X | Y


class FormError(ValueError):
    """A response is JSON, but not in the form that the API documents. The message says where."""


def require_form(document: Any, shape: Any) -> None:
    """Check the fields of a decoded response that a TypedDict names; other fields may be anything. Raises FormError.

    null counts as absent, as in both APIs: it is removed if the shape does not allow it.
    """
    _require_depth(document)
    _check(document, shape, "")


def _require_depth(document: Any) -> None:
    """Reject a response that is nested deeper than any real resource."""
    level = [document]
    for _unused in range(_DEEPEST):
        level = [below for each in level if isinstance(each, (dict, list)) for below in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return
    raise FormError(f"it has more than {_DEEPEST} levels")


def _check(value: Any, shape: Any, place: str) -> None:
    origin, arguments = get_origin(shape), get_args(shape)
    if hasattr(shape, "__total__"):
        _check_fields(_of(value, dict, place), shape, place)
    elif origin in _UNIONS:
        _check_union(value, arguments, place)
    elif origin is list:
        for each in _of(value, list, place):
            _check(each, arguments[0], place)
    elif origin is dict:
        for each in _of(value, dict, place).values():
            _check(each, arguments[1], place)
    elif shape is not Any:
        _of(value, shape, place)


def _check_union(value: Any, arguments: tuple[Any, ...], place: str) -> None:
    if value is None and _NOTHING in arguments:
        return
    possible = [each for each in arguments if each is not _NOTHING]
    if len(possible) == 1:
        _check(value, possible[0], place)
    elif type(value) not in possible:
        _of(value, possible[0], place)


def _check_fields(value: dict[str, Any], shape: Any, place: str) -> None:
    fields, required = _fields(shape)
    for name, field in fields.items():
        if name in value and value[name] is None and _NOTHING not in get_args(field):
            del value[name]
        if name in value:
            _check(value[name], field, f"{place}.{name}" if place else name)
        elif name in required:
            raise FormError(f"{place or 'it'} has no {name}")


def _of(value: Any, kind: type, place: str) -> Any:
    found = type(value)  # exactly: a bool is an int
    if kind is float and found is int:
        return value
    if found is not kind:
        raise FormError(f"{place or 'it'} is {_NAMES[found]}, not {_NAMES[kind]}")
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise FormError(f"{place} is an integer of more than 64 bits")
    return value


@lru_cache(maxsize=128)
def _fields(shape: Any) -> tuple[dict[str, Any], frozenset[str]]:
    return get_type_hints(shape), shape.__required_keys__
