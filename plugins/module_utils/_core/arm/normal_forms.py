# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Brings a value into one form, so that two spellings that mean the same to Azure compare as equal."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any, Callable, Mapping

from .resource_option import ADDRESSES, CASELESS, DURATION, EXACT, SEQUENCE, TAINTS, ResourceOption

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)")  # Go's, which the kubelet reads
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def normal_form(value: Any, option: ResourceOption | None) -> Any:
    """A property's value in the one form of all its spellings, for comparison; None for an empty value.

    Azure drops empty values, doesn't keep the order of a list unless it means something, and accepts the names of its enumerations in any
    case.
    """
    if value in ([], {}, ()):
        return None
    if option is None:
        return value
    form = _FORMS[CASELESS if option.choices else option.compare]
    if isinstance(value, (list, tuple)):
        forms = [form(str(each)) for each in value if each not in ("", None)]
        return forms if option.compare == SEQUENCE else sorted({*forms}) or None
    return form(value) if isinstance(value, str) else value


def _address(text: str) -> str:
    """A range of addresses; a single address is the range that contains only itself."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        return text.lower()


def _taint(text: str) -> str:
    """Kubernetes writes a taint without a value with and without the equals sign."""
    return text.replace("=:", ":")


def _duration(text: str) -> str:
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return text
    return f"{sum(float(number) * _SECONDS[unit] for number, unit in parts):.9f}"


_FORMS: Mapping[str, Callable[[str], str]] = {
    EXACT: str,
    CASELESS: str.lower,
    ADDRESSES: _address,
    TAINTS: _taint,
    DURATION: _duration,
}
