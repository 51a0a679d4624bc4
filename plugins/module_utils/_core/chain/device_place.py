# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the GPUs that the step prove has looked at are those of the pool that the report is about, and all of them."""

from __future__ import annotations

from typing import Collection, Iterator

from ..shared.findings import joined_names
from ..shared.mappings import Json


def device_place_objections(step: Json, pool: str, verified: Collection[str]) -> Iterator[str]:
    """Why the step's result is not about the pool.

    Args:
        step: The result of gpu_proof.
        pool: The pool that the report is about, "" if it has no name.
        verified: The nodes of the pool that the step verify has read.
    """
    asked, named = step.get("selection", {}), pool or "a pool without a name"
    whose = asked.get("pool", "an unknown pool")
    if not pool or whose not in ("", pool):
        yield f"the proof of the GPUs was of {whose}, not of {named}"
    foreign = [name for name in _nodes(step) if name not in _nodes_of(step, pool)]
    if foreign:
        yield f"{joined_names(foreign)} cannot be shown to belong to {named}"
    if asked.get("nodes") or asked.get("node_selector"):
        yield from _left_out(step, named, verified)


def _left_out(step: Json, pool: str, verified: Collection[str]) -> Iterator[str]:
    """What a proof that was limited to some nodes has left out."""
    missing = [name for name in verified if name not in _nodes(step)]
    if missing:
        yield f"the proof of the GPUs left out {joined_names(missing)}"
    elif not verified:
        yield f"the proof of the GPUs was limited to some nodes, and which others {pool} has is not known"


def _nodes(step: Json) -> list[str]:
    """The nodes that the step has looked at, in whichever part of its result."""
    named = [*(node.get("name") for node in step.get("nodes", [])), *(device.get("node") for device in step.get("devices", []))]
    return [str(name or "a node without a name") for name in dict.fromkeys(named)]


def _nodes_of(step: Json, pool: str) -> list[str]:
    return [str(node.get("name")) for node in step.get("nodes", []) if node.get("pool") == pool]
