# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Options that only preview versions of the AKS API have, and their refusal under a stable version."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..._errors import InvalidInputError
from ..shared.explanation import Explanation
from .options import POOL_OPTIONS

_LAST_WITHOUT = "2026-08-01"  # the newest stable version that is known not to have them
_PREVIEW = "2026-08-02-preview"  # has all of them
PREVIEW_NEEDED = Explanation(
    "PreviewApiNeeded",
    cause="Only preview versions of the AKS API have this option.",
    remedy=f"Set api_version: {_PREVIEW}, or leave out the option.",
)


def refuse_under_stable(params: Mapping[str, Any], api_version: str | None) -> None:
    """Refuse a task's options that its version of the API does not have. Raises InvalidInputError."""
    named = [option.name for option in POOL_OPTIONS if option.preview and params.get(option.name) is not None]
    problem = beyond_version(named, api_version)
    if problem:
        raise InvalidInputError(
            f"The AKS API does not have the option in this version: {problem}.",
            code=PREVIEW_NEEDED.code,
            cause=PREVIEW_NEEDED.cause,
            remedy=PREVIEW_NEEDED.remedy,
        )


def beyond_version(names: Sequence[str], api_version: str | None) -> str | None:
    """The named options that this version of the API does not have, with the version; None if it has them, or may have them."""
    older = api_version is None or (not api_version.endswith("-preview") and api_version <= _LAST_WITHOUT)
    shown = f"with api_version {api_version}" if api_version else "without api_version"
    return f"{', '.join(names)} {shown}" if names and older else None
