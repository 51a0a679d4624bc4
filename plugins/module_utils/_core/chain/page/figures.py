# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What was measured on a GPU: names, units and short forms of the figures."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from ...shared.mappings import Json


class Figure(NamedTuple):
    """A figure of a GPU: what the page calls it, and its unit."""

    name: str
    unit: str


FIGURES: Mapping[str, Figure] = {
    "memory_gb_s": Figure("Memory", "GB/s"),
    "sgemm_tflops": Figure("SGEMM", "TFLOP/s"),
    "host_to_device_gb_s": Figure("To GPU", "GB/s"),
    "device_to_host_gb_s": Figure("From GPU", "GB/s"),
    "memory_errors": Figure("Memory errors", ""),
    "train_accuracy": Figure("Accuracy", ""),
    "seconds": Figure("Time", "s"),
}
_WHOLE = 100


def measured(devices: Sequence[Json]) -> Sequence[str]:
    """The figures that at least one of the GPUs has."""
    return [name for name in FIGURES if any(device["figures"].get(name) is not None for device in devices)]


def heading(name: str) -> str:
    """The name of a figure, and its unit."""
    return ", ".join(filter(None, FIGURES[name]))


def value(device: Json, name: str) -> str:
    """A figure of a GPU, and the floor that it is below; empty if it was not measured."""
    number, floor = device["figures"].get(name), device["floor"].get(name)
    if number is None:
        return ""
    return f"{short(number)}, below {short(floor)}" if _is_below(number, floor) else short(number)


def short(number: Any, digits: int = 3) -> str:
    """A number with as many digits as one reads."""
    if not isinstance(number, float):
        return str(number)
    return f"{number:,.0f}" if abs(number) >= _WHOLE else f"{number:.{digits}g}"


def _is_below(number: Any, floor: Any) -> bool:
    return isinstance(number, (int, float)) and isinstance(floor, (int, float)) and number < floor
