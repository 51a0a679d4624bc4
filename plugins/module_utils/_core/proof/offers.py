# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What each selected node offers to a proof: by which resource, how many GPUs, how many of them are free, and who holds the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Mapping, Sequence

from ..nodes.gpu_node import SIMULATED_LABEL, GpuNode, Resource
from ..nodes.taints import Taint
from ..scheduling.node_facts import is_sliced
from ..scheduling.requests import GPU_RESOURCE
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding, finding
from .findings import GPU_SHARED, NOT_OFFERED

_SHARED = ".shared"


@dataclass(frozen=True)
class Offer:
    """The GPUs of a node under one resource name.

    Args:
        resource: The name by which pods request them.
        capacity: How many GPUs or MIG slices the node has.
        asked: How many units of the resource the proof requests: what is free, or one share.
        held: How many GPUs other pods hold.
        holders: These pods, as namespace/name.
        shared: Whether a unit is a share of a GPU.
    """

    resource: str
    capacity: int
    asked: int
    held: int = 0
    holders: tuple[str, ...] = ()
    shared: bool = False

    @property
    def missing(self) -> int:
        """GPUs that the node has, and neither offers nor has given to a pod; the other GPUs behind one share, too."""
        return max(0, self.capacity - self.asked - self.held)


@dataclass(frozen=True)
class NodePlan:
    """A node, what it offers, and why not all of it can be proven."""

    name: str
    pool: str
    model: str
    taints: tuple[Taint, ...]
    offers: tuple[Offer, ...]
    findings: tuple[Finding, ...] = ()
    simulated: bool = False

    @property
    def capacity(self) -> int:
        """The GPUs and MIG slices of the node."""
        return sum(offer.capacity for offer in self.offers)

    @property
    def free(self) -> int:
        """The units that the proof requests."""
        return sum(offer.asked for offer in self.offers)

    @property
    def holders(self) -> tuple[str, ...]:
        """The pods that hold GPUs of the node."""
        return tuple(dict.fromkeys(pod for offer in self.offers for pod in offer.holders))


def plans(snapshot: ClusterSnapshot, diagnosis: Sequence[Finding], names: Sequence[str] = ()) -> list[NodePlan]:
    """What can be proven on each selected node.

    Args:
        snapshot: The cluster.
        diagnosis: What is known to be wrong with its nodes.
        names: The only nodes to prove, by default all of the snapshot.
    """
    return [_plan(node, snapshot, diagnosis) for node in snapshot.nodes if not names or node.name in names]


def _plan(node: GpuNode, snapshot: ClusterSnapshot, diagnosis: Sequence[Finding]) -> NodePlan:
    found = list(_offers(node, snapshot))
    claimable = 0 if found else snapshot.dra_devices.get(node.name, 0)
    offers = found or [Offer(snapshot.resource, claimable or node.hardware.physical, 0)]
    if not node.ready:
        offers = [_out_of_reach(offer) for offer in offers]
    return NodePlan(
        name=node.name,
        pool=node.pool,
        model=node.gpu_model,
        taints=tuple(taint for taint in node.info.taints if taint.blocks),
        offers=tuple(offers),
        findings=(*_shares(node, offers), *_reasons(node, offers, diagnosis)),
        simulated=node.labels.get(SIMULATED_LABEL) == "true",
    )


def _reasons(node: GpuNode, offers: Sequence[Offer], diagnosis: Sequence[Finding]) -> list[Finding]:
    """Why a node offers less than it has. What is said of another one is no reason against a proof, which shows if its GPUs work."""
    lacking = [offer for offer in offers if not offer.shared and (offer.missing or not offer.capacity)]
    own = [each for each in diagnosis if node.name in each.subjects]
    return own or [_not_offered(node, offer) for offer in lacking] if lacking else []


def _not_offered(node: GpuNode, offer: Offer) -> Finding:
    return finding(NOT_OFFERED, [(node.name, f"{offer.resource}: {offer.capacity} GPUs, {offer.asked} free, {offer.held} held")])


def _out_of_reach(offer: Offer) -> Offer:
    """The offer of a node on which no pod can start now."""
    return Offer(offer.resource, offer.capacity, 0, offer.held, offer.holders, offer.shared)


def _offers(node: GpuNode, snapshot: ClusterSnapshot) -> Iterator[Offer]:
    found = False
    for name, counts in node.resources.items():
        if counts.capacity or counts.allocatable or counts.requested:
            found = True
            yield _offer(node, name, counts)
    if not found and node.dra.devices and snapshot.resource in snapshot.dra_resources:
        holders = tuple(pod for pod, _units in node.dra.holders)
        yield Offer(snapshot.resource, node.dra.devices, node.dra.free, node.dra.allocated, holders)


def _offer(node: GpuNode, name: str, counts: Resource) -> Offer:
    holders = tuple(dict.fromkeys(pod for pod, _units in node.info.holders.get(name, ())))
    units = max(counts.capacity, counts.allocatable)
    if not _is_shared(node, name, units):
        machine = node.hardware.physical if _is_whole(node, name) and len(node.resources) == 1 else 0
        return Offer(name, max(units, counts.requested, machine), counts.free, counts.requested, holders)
    gpus = node.hardware.physical or -(-units // max(1, _replicas(node.labels, name)))
    asked = min(1, counts.free)
    return Offer(name, gpus, asked, 0 if asked else gpus, holders, shared=True)


def _is_shared(node: GpuNode, name: str, units: int) -> bool:
    """Whether a unit is a share: by its name, by GPU feature discovery, or because the machine has fewer GPUs than it offers."""
    more = _is_whole(node, name) and 0 < node.hardware.physical < units
    return name.endswith(_SHARED) or _replicas(node.labels, name) > 1 or more


def _is_whole(node: GpuNode, name: str) -> bool:
    """Whether a unit is a GPU of the machine, unless GPUs are shared."""
    return name == GPU_RESOURCE and not is_sliced({"metadata": {"labels": node.labels}})


def _replicas(labels: Mapping[str, str], name: str) -> int:
    base = name[: -len(_SHARED)] if name.endswith(_SHARED) else name
    text = labels.get(f"{base}.replicas", "")
    return int(text) if text.isdigit() else 0


def _shares(node: GpuNode, offers: Sequence[Offer]) -> Iterator[Finding]:
    """What a proof of a share does not cover."""
    for offer in offers:
        if offer.shared and offer.asked:
            yield finding(GPU_SHARED, [(node.name, f"{offer.resource}: 1 share requested, {offer.capacity} GPUs")])
