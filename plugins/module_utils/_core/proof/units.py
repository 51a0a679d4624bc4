# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a report is about, in the units that Kubernetes gives to a container: a MIG slice, or a GPU with all slices that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from ..shared.mappings import Json


@dataclass(frozen=True)
class Unit:
    """The lines about one GPU or slice.

    Args:
        uuid: Its UUID, None if not even that is known.
        lines: One line, or one for each slice of the GPU.
        of_slices: Whether it is a GPU that is cut into slices, and was given as a whole.
        granted: Whether it is one of those that the container was given, None if the container does not know which these are.
    """

    uuid: str | None
    lines: tuple[Json, ...]
    of_slices: bool
    granted: bool | None


def units(lines: Sequence[Json], *, sliced: bool, granted: Sequence[str] | None) -> list[Unit]:
    """The units of a report, those first that the container was given.

    Args:
        lines: The lines about devices.
        sliced: Whether the resource that was requested is a MIG slice.
        granted: The UUIDs that the container was given, None if they are not known.
    """
    grouped: dict[str, list[Json]] = {}
    for number, line in enumerate(lines):
        grouped.setdefault(_name(line, sliced=sliced) or f"device {number}", []).append(line)
    found = [_unit(each, sliced=sliced, granted=granted) for each in grouped.values()]
    return sorted(found, key=lambda unit: unit.granted is False)


def _name(line: Json, *, sliced: bool) -> str | None:
    device = line["device"]
    name: str | None = (None if sliced else device.get("parent_uuid")) or device.get("uuid")
    return name


def _unit(lines: Sequence[Json], *, sliced: bool, granted: Sequence[str] | None) -> Unit:
    uuid = _name(lines[0], sliced=sliced)
    names = {uuid, *(line["device"].get("uuid") for line in lines)}
    return Unit(
        uuid=uuid,
        lines=tuple(lines),
        of_slices=not sliced and any(line["device"].get("parent_uuid") for line in lines),
        granted=None if granted is None or uuid is None else bool(names & set(granted)),
    )
