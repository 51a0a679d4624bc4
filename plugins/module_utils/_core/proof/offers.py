# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What each selected node offers to a proof: by which resource, how many GPUs, how many of them are free, and who holds the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator, Mapping, Sequence

from ..nodes.gpu_node import SIMULATED_LABEL, GpuNode, Resource
from ..nodes.taints import Taint
from ..scheduling.device_plugins import DevicePlugin
from ..scheduling.node_facts import MIG_STRATEGY_LABEL, is_sliced
from ..scheduling.requests import GPU_RESOURCE
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.counts import counted
from ..shared.findings import Finding, finding
from ..sizes.lookup import known_size
from .findings import GPU_SHARED, NOT_OFFERED
from .slices import Slices, sliced_gpus

_SHARED, _SLICE = ".shared", "/mig-"


@dataclass(frozen=True)
class Offer:
    """The GPUs of a node under one resource name.

    Args:
        resource: The name by which pods request them.
        capacity: How many GPUs or MIG slices the node has.
        asked: How many units of the resource the proof requests: what is free, or one share.
        held: How many of those that the node offers now other pods hold.
        holders: The pods that hold any, also of a node that is not ready.
        shared: Whether a unit is a share of a GPU.
        sliced: Whether a unit is a MIG slice.
    """

    resource: str
    capacity: int
    asked: int
    held: int = 0
    holders: tuple[str, ...] = ()
    shared: bool = False
    sliced: bool = False

    @property
    def missing(self) -> int:
        """GPUs that the node has and does not offer now, held or not; the other GPUs behind one share, too."""
        return max(0, self.capacity - self.asked - self.held)

    @property
    def lacks(self) -> bool:
        """Whether the node offers less than it has. Behind a share, the other GPUs are unknown."""
        return not self.capacity or bool(self.missing and not (self.shared and self.asked))


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
    uid: str = ""

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
    selected = (node for node in snapshot.nodes if (node.name in names if names else _may_be_nvidias(node)))
    return [_plan(_labelled(node, snapshot), snapshot, diagnosis) for node in selected]


def _may_be_nvidias(node: GpuNode) -> bool:
    """Whether the node can have an NVIDIA GPU: the proof cannot test those of others."""
    size = known_size(node.vm_size)
    return size is None or size.series.vendor == "nvidia" or bool(node.resources)


def _labelled(node: GpuNode, snapshot: ClusterSnapshot) -> GpuNode:
    """The node with the label of GPU feature discovery if it offers its MIG slices as GPUs, and only the device plugin shows it."""
    units = max((counts.capacity for name, counts in node.resources.items() if name == GPU_RESOURCE), default=0)
    more = 0 < node.hardware.physical < units and node.hardware.replicas == 1
    if not more or not (node.services or any(_divides(plugin, node) for plugin in snapshot.plugins)):
        return node
    return replace(node, labels={MIG_STRATEGY_LABEL: "single", **node.labels})


def _divides(plugin: DevicePlugin, node: GpuNode) -> bool:
    """Whether the plugin offers each slice of the node as a GPU. With a configuration file, it may offer shares instead."""
    return node.name in plugin.pods and plugin.mig_strategy == "single" and not plugin.config_maps


def _plan(node: GpuNode, snapshot: ClusterSnapshot, diagnosis: Sequence[Finding]) -> NodePlan:
    offers = _with_whole_machine(node, list(_offers(node, snapshot)))
    if not node.ready:
        offers = [replace(offer, asked=0, held=0) for offer in offers]
    own = [each for each in diagnosis if node.name in each.subjects]
    return NodePlan(
        name=node.name,
        pool=node.pool,
        model=node.gpu_model,
        taints=tuple(taint for taint in node.info.taints if taint.blocks),
        offers=tuple(offers),
        findings=(*_shares(node, offers), *_reasons(node, offers, own)),
        uid=node.uid,
        simulated=node.labels.get(SIMULATED_LABEL) == "true",
    )


def _reasons(node: GpuNode, offers: Sequence[Offer], own: Sequence[Finding]) -> list[Finding]:
    """Why a node offers less than it has, and what is wrong with it if its GPUs are not tested because other pods hold them."""
    lacking = [_not_offered(node, offer) for offer in offers if offer.lacks]
    if lacking:
        return list(own) or lacking
    held = any(offer.held for offer in offers)
    return [each for each in own if held and each.severity == "error"]


def _not_offered(node: GpuNode, offer: Offer) -> Finding:
    return finding(NOT_OFFERED, [(node.name, f"{offer.resource}: {counted(offer.capacity, 'GPU')}, {offer.asked} free, {offer.held} held")])


def _offers(node: GpuNode, snapshot: ClusterSnapshot) -> Iterator[Offer]:
    known = {name: counts for name, counts in node.resources.items() if counts.capacity or counts.allocatable or counts.requested}
    for name, counts in known.items():
        yield _offer(node, name, counts)
    if known:
        return
    if node.dra.devices and snapshot.resource in snapshot.dra_resources:
        holders = tuple(pod for pod, _units in node.dra.holders)
        yield Offer(snapshot.resource, node.dra.devices, node.dra.free, node.dra.allocated, holders)
    else:  # only a claim can request them, if anything can
        yield Offer(snapshot.resource, snapshot.dra_devices.get(node.name, 0), 0)


def _offer(node: GpuNode, name: str, counts: Resource) -> Offer:
    holders = tuple(dict.fromkeys(pod for pod, _units in node.info.holders.get(name, ())))
    units = max(counts.capacity, counts.allocatable, counts.requested)
    sliced = _is_slice(node, name)
    if not _is_shared(node, name, units):
        return Offer(name, units, counts.free, min(counts.requested, counts.allocatable), holders, sliced=sliced)
    gpus = _behind(node, name, units)
    taken = bool(counts.requested and counts.allocatable)  # a share more would disturb the pods that share the GPU with it
    asked = 0 if counts.requested else min(1, counts.free)
    return Offer(name, gpus, asked, gpus if taken else 0, holders, shared=True, sliced=sliced)


def _behind(node: GpuNode, name: str, shares: int) -> int:
    """How many GPUs or MIG slices the shares are of."""
    replicas = _replicas(node.labels, name)
    if replicas > 1:
        return -(-shares // replicas)
    return shares if _is_slice(node, name) else node.hardware.physical or shares


def _with_whole_machine(node: GpuNode, offers: Sequence[Offer]) -> list[Offer]:
    """The offers, and the GPUs of the machine that are neither offered whole nor cut into slices."""
    whole = [offer for offer in offers if not offer.sliced]
    missing = node.hardware.physical - sum(offer.capacity for offer in whole) - _sliced(node, offers)
    if missing <= 0:
        return list(offers)
    if not whole:  # all that it offers are slices
        return [*offers, Offer(GPU_RESOURCE, missing, 0)]
    return [replace(offer, capacity=offer.capacity + missing) if offer is whole[0] else offer for offer in offers]


def _sliced(node: GpuNode, offers: Sequence[Offer]) -> int:
    """How many GPUs of the node are cut into the slices that it offers."""
    size = known_size(node.vm_size)
    slices = [Slices(_profile(node, offer.resource), offer.capacity) for offer in offers if offer.sliced]
    return sliced_gpus(slices, size.gpu_memory if size else 0)


def _profile(node: GpuNode, resource: str) -> str:
    """How large a slice is: in the resource's name, or in the product's, as in NVIDIA-A100-SXM4-40GB-MIG-1g.5gb."""
    return resource.partition(_SLICE)[2] or node.gpu_model.partition("-MIG-")[2]


def _is_shared(node: GpuNode, name: str, units: int) -> bool:
    """Whether a unit is a share: by its name, by GPU feature discovery, or because the machine has fewer GPUs than it offers."""
    more = name == GPU_RESOURCE and not _is_slice(node, name) and 0 < node.hardware.physical < units
    return name.endswith(_SHARED) or _replicas(node.labels, name) > 1 or more


def _is_slice(node: GpuNode, name: str) -> bool:
    """Whether a unit is a MIG slice, or a share of one."""
    return _SLICE in name or (name.startswith(GPU_RESOURCE) and is_sliced({"metadata": {"labels": node.labels}}))


def _replicas(labels: Mapping[str, str], name: str) -> int:
    base = name[: -len(_SHARED)] if name.endswith(_SHARED) else name
    text = labels.get(f"{base}.replicas", "")
    return int(text) if text.isdecimal() else 0


def _shares(node: GpuNode, offers: Sequence[Offer]) -> Iterator[Finding]:
    """What a proof of a share does not cover."""
    for offer in offers:
        if offer.shared and offer.asked:
            yield finding(GPU_SHARED, [(node.name, f"{offer.resource}: 1 share requested, {counted(offer.capacity, 'GPU')}")])
