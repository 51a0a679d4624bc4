# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a wait for GPUs waits for, and whether a snapshot meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from ..nodes.gpu_node import GpuNode
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding
from .permanent_causes import permanent, permanent_by_evidence


@dataclass(frozen=True)
class WaitCriteria:
    """What a wait is for. Without numbers: min_nodes nodes, each of which serves its GPUs.

    Args:
        min_nodes: How many nodes there have to be.
        allocatable: How many GPUs Ready nodes have to offer, in use or not.
        schedulable: How many GPUs a new pod has to be able to get.
        nodes: The names of the nodes that count, () for all in the snapshot.
    """

    min_nodes: int = 1
    allocatable: int | None = None
    schedulable: int | None = None
    nodes: tuple[str, ...] = ()

    def reached(self, snapshot: ClusterSnapshot) -> bool:
        """Whether the snapshot meets the criteria."""
        counted = self._counted(snapshot)
        if len(counted) < self._least:
            return False
        if self.allocatable is None and self.schedulable is None:
            return all(node.serves for node in counted)
        return _offered(counted) >= (self.allocatable or 0) and _free(counted) >= (self.schedulable or 0)

    def progress(self, snapshot: ClusterSnapshot) -> str:
        """How close the snapshot is, for the message of a wait that has timed out."""
        counted = self._counted(snapshot)
        if self.allocatable is None and self.schedulable is None:
            serving = sum(node.serves for node in counted)
            return f"{serving} of {max(len(counted), self._least)} GPU nodes serve {snapshot.resource}"
        where = f" on {', '.join(self.nodes)}" if self.nodes else ""
        wanted = ((self.allocatable, _offered(counted), "allocatable"), (self.schedulable, _free(counted), "schedulable"))
        return " and ".join(f"{have} of {n} {snapshot.resource} are {what}{where}" for n, have, what in wanted if n is not None)

    def out_of_reach(self, snapshot: ClusterSnapshot, findings: Sequence[Finding], *, by_evidence: bool = False) -> list[Finding]:
        """Why waiting alone cannot meet the criteria. Numbers may still be reached by nodes that join later.

        Args:
            snapshot: The cluster.
            findings: Its findings.
            by_evidence: Whether the snapshot has all evidence, such as logs.
        """
        if self.allocatable is not None or self.schedulable is not None:
            return []
        nodes = {node.name for node in self._counted(snapshot)}
        return permanent_by_evidence(findings, nodes, snapshot) if by_evidence else permanent(findings, nodes)

    @property
    def _least(self) -> int:
        if self.nodes:
            return len(self.nodes)
        return self.min_nodes if self.allocatable is None and self.schedulable is None else 0

    def _counted(self, snapshot: ClusterSnapshot) -> Sequence[GpuNode]:
        return [node for node in snapshot.nodes if node.name in self.nodes] if self.nodes else snapshot.nodes


def _offered(nodes: Sequence[GpuNode]) -> int:
    return sum(node.offered for node in nodes if node.ready)


def _free(nodes: Sequence[GpuNode]) -> int:
    return sum(node.free for node in nodes if node.schedulable)
