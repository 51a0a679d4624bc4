# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Properties and headers that the user passes through to Azure although no option covers them."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ..._errors import InvalidInputError
from ..arm.properties import merged
from .options import name_at, option_at

# What only Azure writes: named, it would never come true.
_READ_ONLY = frozenset({"name", "eTag", "status", "provisioningState", "currentOrchestratorVersion", "virtualMachineNodesStatus"})
_VERSION = re.compile(r"20\d\d-[01]\d-[0-3]\d(-preview)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What the collection or the HTTP client sets itself.
_OWN_HEADERS = frozenset({"authorization", "content-length", "content-type", "host", "if-match", "if-none-match", "transfer-encoding"})


def with_extra(properties: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The named properties and the extra ones. Raises InvalidInputError for a property that only an option, or only Azure, may set."""
    for name in extra:
        if name in _READ_ONLY:
            raise InvalidInputError(
                f"extra_properties contains {name}, which only Azure sets.",
                code="ReadOnlyProperty",
                cause="Azure ignores this property in a request.",
                remedy=f"Remove {name} from extra_properties.",
            )
    _refuse_conflict(properties, extra, ())
    _refuse_known(extra, ())
    return {**merged(properties, extra), **{name: None for name, value in extra.items() if value is None}}


def _refuse_conflict(properties: Mapping[str, Any], extra: Mapping[str, Any], above: tuple[str, ...]) -> None:
    for name, value in extra.items():
        if name not in properties:
            continue
        path, named = (*above, name), properties[name]
        if isinstance(named, dict) and isinstance(value, dict):
            _refuse_conflict(named, value, path)
            continue
        raise InvalidInputError(
            f"{name_at(path)} and extra_properties.{'.'.join(path)} are the same property.",
            code="ContradictingOptions",
            cause="extra_properties is only for properties that have no option.",
            remedy=f"Set only {name_at(path)}, which is checked before the request is sent.",
        )


def _refuse_known(extra: Mapping[str, Any], above: tuple[str, ...]) -> None:
    """What an option is there for is said by the option, which has a type and rules; null may take it away."""
    for name, value in extra.items():
        path = (*above, name)
        option = option_at(path)
        if isinstance(value, dict) and (option is None or option.options):
            _refuse_known(value, path)
        elif option is not None and value is not None:
            raise InvalidInputError(
                f"extra_properties.{'.'.join(path)} is what the option {name_at(path)} sets.",
                code="KnownProperty",
                cause="extra_properties is only for properties that have no option, and is sent unchecked.",
                remedy=f"Set {name_at(path)} instead.",
            )


def validate_api_version(version: str) -> None:
    """Refuse what can't be a version of Azure's API. Raises InvalidInputError."""
    if not _VERSION.fullmatch(version):
        raise InvalidInputError(
            f"api_version is '{version}'.",
            code="InvalidApiVersion",
            cause="An Azure API version is a date, with -preview for a preview version.",
            remedy="Set it to a version such as 2026-07-02-preview, or leave it out.",
        )


def validate_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that HTTP can't carry or that aren't the user's to set. Raises InvalidInputError."""
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS:
            raise InvalidInputError(
                f"custom_headers contains {name}, which the request already sets.",
                code="InvalidHeader",
                cause="Overriding this header would break the request or its sign-in.",
                remedy="Remove it.",
            )
        if not _HEADER.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise InvalidInputError(
                f"custom_headers contains '{name}', which is not a valid HTTP header.",
                code="InvalidHeader",
                cause="A header's name must have letters, digits and hyphens, and its value must be one line of ASCII.",
                remedy="Use a header such as 'UseGPUDedicatedVHD: true'.",
            )
