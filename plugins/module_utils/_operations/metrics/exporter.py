# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The source exporter: the devices that the DCGM exporters of the nodes show, and what is wrong with those exporters."""

from __future__ import annotations

from http import HTTPStatus
from typing import Iterator, Mapping, Sequence

from ..._core.metrics.catalog import Wanted
from ..._core.metrics.exporters import measurable, misplaced, preferred, refused, silent, without_devices
from ..._core.metrics.judge import without_pods, without_profiling
from ..._core.metrics.result import Devices, node_facts
from ..._core.nodes.gpu_node import GpuNode
from ..._core.scheduling.snapshot import ClusterSnapshot
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding
from ..._core.verify.causes_pools import no_nodes
from ..._kube.client import KubeClient
from ..exporter_reader import Answer, answers, exporters_of, gpu_nodes, take
from .reading import Reading


def read_exporters(pool: str | None, wanted: Wanted, client: KubeClient, known: ClusterSnapshot | None = None) -> Reading:
    """The devices of the GPU nodes by their exporters. Raises KubernetesError if nodes or pods cannot be listed.

    Args:
        pool: The node pool, None for the whole cluster.
        wanted: The metrics.
        client: The API server.
        known: The nodes, if the caller has just read them.
    """
    snapshot = known or gpu_nodes(pool, client)
    nodes = measurable(snapshot.nodes)
    if not wanted.fields:  # what the nodes have is asked for, and not what their GPUs do
        return Reading([node_facts(node, ()) for node in nodes], [] if nodes else [*no_nodes(snapshot)])
    found = exporters_of(nodes, client)
    answered = list(answers(preferred(found), client))
    devices = Devices(wanted)
    findings = [
        *(() if nodes else no_nodes(snapshot)),
        *misplaced(nodes, found),
        *_failures(answered),
        *_take_all([each for each in answered if not each.error], devices, wanted, _in_use(nodes)),
    ]
    by_node = devices.by_node()
    return Reading([node_facts(node, by_node.get(node.name, ())) for node in nodes], findings)


def _take_all(answered: Sequence[Answer], devices: Devices, wanted: Wanted, in_use: Mapping[str, int]) -> Iterator[Finding]:
    """Take over the devices of all answers; findings about what they lack."""
    empty = [each.exporter for each in answered if not take(each, devices, wanted)]
    yield from without_devices([(each.node, each.name) for each in empty])
    yield from without_profiling(devices, wanted)
    yield from without_pods(devices, in_use, [each.exporter.node for each in answered if not each.exporter.managed])


def _failures(answered: Sequence[Answer]) -> Iterator[Finding]:
    """Findings about the exporters that could not be read: those that the API server refuses by its reason, and those that are silent."""
    denied: dict[Explanation, list[tuple[str, str]]] = {}
    unanswered: list[tuple[str, str]] = []
    for exporter, _unused, error in answered:
        if error is not None and error.status == HTTPStatus.FORBIDDEN:
            denied.setdefault(Explanation(error.code, error.cause, error.remedy), []).append((exporter.node, error.message))
        elif error is not None:
            unanswered.append((exporter.node, f"{exporter.name}: {error.message}"))
    yield from (refused(explanation, shown) for explanation, shown in denied.items())
    yield from silent(unanswered)


def _in_use(nodes: Sequence[GpuNode]) -> Mapping[str, int]:
    return {node.name: sum(each.requested for each in node.resources.values()) for node in nodes}
