# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Converts labels, tags, headers and environment values to the strings that the APIs require."""

from __future__ import annotations

import json
from typing import Any, Mapping

from ..._errors import InvalidInputError


def as_texts(option: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Values that Azure and Kubernetes require as strings: headers, labels, tags, a container's environment. Raises InvalidInputError."""
    return {str(name): _text(option, str(name), value) for name, value in values.items()}


def _text(option: str, name: str, value: Any) -> str:
    """The string that the user meant: YAML reads an unquoted true or 1 as another type. A dictionary or a list is always a mistake."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InvalidInputError(
        f"{option}: the value of {name} is {'null' if value is None else json.dumps(value, default=str)}.",
        code="NotAString",
        cause=f"The values of {option} must be strings.",
        remedy="Set it to a string, quoted if YAML would read it as another type ('' is the empty string), or leave it out.",
    )
