# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Kubernetes versions: their syntax and their order."""

from __future__ import annotations

import re

from ..._errors import InvalidInputError

# Those of long-term support end in text.
_FORM = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4}(-[a-z]+)?)?")


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, as a sort key. Versions of long-term support have a suffix: 1.28.101-akslts → (1, 28, 101)."""
    return tuple(map(int, re.findall(r"[0-9]{1,9}", version)))


def validate_version(parameter: str, version: str | None) -> None:
    """Reject anything that is not a Kubernetes version; None is a parameter that is not set. Raises InvalidInputError."""
    if version is not None and not _FORM.fullmatch(version):
        raise InvalidInputError(
            f"{parameter} is '{version}'.",
            code="InvalidVersion",
            cause="A Kubernetes version has the form 1.34 or 1.34.8.",
            remedy="Set it to a quoted version that 'az aks get-versions --location LOCATION --output table' lists, or leave it out.",
        )
