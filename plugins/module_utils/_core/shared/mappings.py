# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Type checks for the dictionaries and lists that a user passes in Kubernetes' or NVIDIA's own form."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ..._errors import InvalidInputError

Json = Mapping[str, Any]  # a JSON object, read-only
Refusal = Callable[[str], InvalidInputError]


def mapping(value: Any, where: str, refusal: Refusal) -> Json:
    """Check that part of a user's value is a dictionary; {} for None. Raises the refusal."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refusal(f"{where} is {value!r}, not a dictionary")
    return value


def listing(value: Any, where: str, refusal: Refusal) -> list[Any]:
    """Check that part of a user's value is a list; [] for None. Raises the refusal."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise refusal(f"{where} is {value!r}, not a list")
    return value


def without_empty(fields: Json) -> dict[str, Any]:
    """The fields that are not empty: the API server omits empty ones."""
    return {name: value for name, value in fields.items() if value not in ({}, [], "")}
