# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""What is reported with a finding about a node: how long it lasts, what Azure and AKS do to the machine, its versions, and its sisters.

Sisters are the other nodes of the same size and image. If they serve their GPUs, the machine is at fault; if none does, the image may be.
"""

from __future__ import annotations

from typing import Iterable, Iterator, Sequence

from ..nodes.conditions import SCHEDULED, NodeCondition
from ..nodes.gpu_node import GpuNode
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding, joined_names
from ..shared.mappings import Json
from ..shared.timestamps import in_words, seconds_between
from .known_images import bad_image

# Of a finding about more nodes than this, the first ones are described.
_DESCRIBED = 5
_EVENTS = 5
# Intended, or not about what runs on the node: what the machine is like explains nothing.
_APART = frozenset({"NodeCordoned", "NodeBeingDeleted", "AllGpusInUse", "AutoscalerAtMaximum", "NodeShutDown"})


def context_of(found: Finding, snapshot: ClusterSnapshot) -> list[str]:
    """Sentences about the nodes of a finding that help to judge it; none about a pool, and none that rest on what was not read."""
    if found.code in _APART:
        return []
    nodes = [node for node in snapshot.nodes if node.name in found.subjects]
    return [sentence for node in nodes[:_DESCRIBED] for sentence in _about(node, found, snapshot)]


def _about(node: GpuNode, found: Finding, snapshot: ClusterSnapshot) -> Iterator[str]:
    yield from _standing(node, found, snapshot.taken)
    yield from (f"{node.name}: {each.evidence}." for each in _scheduled(node, found))
    yield from (f"{node.name}: aks-auto-repair: {each}." for each in repairs_of(node.name, snapshot.repairs))
    if node.versions:
        yield f"{node.name}: {', '.join(node.versions)}."
    known = bad_image(node)
    if known is not None:
        yield f"{node.name}: node image {node.image_version} is known to be bad for its size ({known.source}). {known.what}"
    yield from _sisters(node, snapshot.nodes)


def _standing(node: GpuNode, found: Finding, taken: str) -> Iterator[str]:
    """How long the condition that the finding is about has been as it is."""
    for condition in node.conditions:
        seconds = seconds_between(condition.since, taken) if _is_about(condition, found) else None
        if seconds is not None:
            yield f"{node.name}: condition {condition.type} has been {condition.status} for {in_words(seconds)}."


def _is_about(condition: NodeCondition, found: Finding) -> bool:
    return f"condition {condition.type} is {condition.status}" in found.evidence


def _scheduled(node: GpuNode, found: Finding) -> Iterator[NodeCondition]:
    """What Azure has scheduled for the machine, for another finding."""
    for condition in node.conditions:
        if condition.type == SCHEDULED and condition.status == "True" and found.code != SCHEDULED:
            yield condition


def repairs_of(node: str, events: Iterable[Json]) -> Sequence[str]:
    """What AKS' node auto-repair reports about a node, the newest last.

    https://learn.microsoft.com/azure/aks/node-auto-repair
    """
    own = [event for event in events if (event.get("involvedObject") or {}).get("name") == node]
    timed = sorted((str(event.get("lastTimestamp") or event.get("eventTime") or ""), str(event.get("reason") or "")) for event in own)
    return [f"{reason} at {time}" if time else reason for time, reason in timed[-_EVENTS:]]


def _sisters(node: GpuNode, nodes: Iterable[GpuNode]) -> Iterator[str]:
    """Whether the other nodes of the same size and image serve their GPUs; nothing for a node that does itself."""
    alike = [each for each in nodes if each.name != node.name and each.is_alike(node)]
    if not alike:
        return
    fine = [each.name for each in alike if each.serves]
    if fine:
        yield f"{node.name}: {joined_names(fine)} of the same size and image serve their GPUs, so the fault is likely in this machine."
    elif not node.serves:
        yield f"{node.name}: none of the {len(alike) + 1} nodes of this size and image serves its GPUs, so it is likely not the machine."
