# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How many GPUs are cut into MIG slices, by how many slices of each profile there are."""

from __future__ import annotations

import re
from typing import NamedTuple, Sequence

# https://docs.nvidia.com/datacenter/tesla/mig-user-guide/: a profile is <compute slices>g.<memory>gb, of a GPU's seven and eight slices.
_PROFILE = re.compile(r"(?P<compute>[1-7])g\.(?P<memory>\d{1,4})gb")
_COMPUTE, _MEMORY = 7, 8


class Slices(NamedTuple):
    """So many slices of a profile, as in 1g.10gb."""

    profile: str
    units: int


def sliced_gpus(slices: Sequence[Slices], gpu_memory: int) -> int:
    """The GPUs that it takes at least for these slices; of a profile in another form, each slice counts as a GPU.

    Args:
        slices: The slices of a node.
        gpu_memory: GB that one of its GPUs has, 0 if unknown.
    """
    sizes = [(_PROFILE.match(each.profile), each.units) for each in slices]
    known = [(int(match["compute"]), int(match["memory"]), count) for match, count in sizes if match]
    unknown = sum(count for match, count in sizes if not match)
    compute = _rounded_up(sum(part * count for part, _memory, count in known), _COMPUTE)
    memory = _rounded_up(sum(_memory_slices(part, gpu_memory) * count for _compute, part, count in known), _MEMORY)
    alone = max((_rounded_up(count, _COMPUTE // part) for part, _memory, count in known), default=0)
    return unknown + max(compute, memory, alone)


def _memory_slices(gigabytes: int, gpu_memory: int) -> int:
    return round(gigabytes * _MEMORY / gpu_memory) if gpu_memory else 0


def _rounded_up(count: int, each: int) -> int:
    return -(-count // each)
