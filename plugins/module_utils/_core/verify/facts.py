# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The return value of gpu_schedulable_facts: GPUs per node, per pool and in total, and where a given pod would fit."""

from __future__ import annotations

from typing import Any, Iterable, Sequence

from ..nodes.gpu_node import GpuNode
from ..owners.cluster_resources import owner_names, owners_on
from ..owners.owners import Owner, Owners
from ..scheduling.placement import fit
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding
from ..shared.mappings import Json
from .context import context_of

_COUNTS = ("capacity", "allocatable", "requested", "free")


def snapshot_facts(snapshot: ClusterSnapshot, findings: Sequence[Finding], pod_spec: Json | None = None) -> dict[str, Any]:
    """The GPUs per node, per pool and in total, and why some cannot be used.

    Args:
        snapshot: The cluster.
        findings: What is wrong, by which each node shows its reasons.
        pod_spec: The spec of a pod, for which the facts also show where it would fit.
    """
    reasons = _reasons(findings)
    pools = sorted({node.pool for node in snapshot.nodes})
    return {
        "resource": snapshot.resource,
        "pool": snapshot.pool or "",
        "nodes": [{**node.facts(), "reasons": reasons.get(node.name, [])} for node in snapshot.nodes],
        "pools": {pool: _pool(snapshot, [node for node in snapshot.nodes if node.pool == pool]) for pool in pools},
        **_totals(snapshot.nodes),
        "findings": [{**finding.facts(), "context": context_of(finding, snapshot)} for finding in findings],
        **({} if pod_spec is None else {"fits": fit(pod_spec, snapshot.nodes, snapshot.dra_resources).facts()}),
    }


def _pool(snapshot: ClusterSnapshot, nodes: Sequence[GpuNode]) -> dict[str, Any]:
    return {**_totals(nodes), "owners": owner_names(owners for node in nodes for owners in _owners(snapshot, node))}


def _owners(snapshot: ClusterSnapshot, node: GpuNode) -> list[Owners]:
    """What says who brings the node's driver, device plugin and metrics."""
    plugins = [plugin for plugin in snapshot.plugins if plugin.is_gpu_plugin and node.name in plugin.pods]
    by_pod = [Owners(plugin=Owner.OPERATOR if plugin.by_operator else Owner.DAEMONSET) for plugin in plugins]
    return [*owners_on(node.labels, node.image_version, snapshot.resources), *by_pod]


def _totals(nodes: Sequence[GpuNode]) -> dict[str, Any]:
    schedulable_gpus = sum(node.free for node in nodes if node.schedulable)
    return {
        "node_count": len(nodes),
        "physical": sum(node.hardware.physical for node in nodes),
        **{name: sum(getattr(node, name) for node in nodes) for name in _COUNTS},
        "resources": _by_name(nodes),
        "dra": {name: sum(getattr(node.dra, name) for node in nodes) for name in ("devices", "allocated", "free")},
        "schedulable_gpus": schedulable_gpus,
        "schedulable": schedulable_gpus > 0,
    }


def _by_name(nodes: Iterable[GpuNode]) -> dict[str, dict[str, int]]:
    """Totals of every GPU resource that a node has: whole GPUs, shares, MIG slices."""
    totals: dict[str, dict[str, int]] = {}
    for node in nodes:
        for name, counts in node.resources.items():
            total = totals.setdefault(name, dict.fromkeys(_COUNTS, 0))
            for field in _COUNTS:
                total[field] += getattr(counts, field)
    return dict(sorted(totals.items()))


def _reasons(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Codes of the findings that name a node, by its name."""
    codes: dict[str, list[str]] = {}
    for finding in findings:
        for subject in finding.subjects:
            codes.setdefault(subject, []).append(finding.code)
    return codes
