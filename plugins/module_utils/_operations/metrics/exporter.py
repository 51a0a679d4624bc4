# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The source exporter: reads the text of each node's DCGM exporter through the API server, which needs no network to the nodes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Iterator, Mapping, NamedTuple, Sequence

from ..._core.metrics.catalog import Wanted
from ..._core.metrics.device_labels import device_key
from ..._core.metrics.exporters import SELECTORS, Exporter, exporters, measurable, misplaced, preferred, refused, silent, without_devices
from ..._core.metrics.exposition import samples
from ..._core.metrics.judge import without_pods, without_profiling
from ..._core.metrics.result import Devices, node_facts
from ..._core.nodes.gpu_node import GpuNode
from ..._core.scheduling.requests import GPU_RESOURCE
from ..._core.scheduling.selection import Selection
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding
from ..._core.verify.causes_pools import no_nodes
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import PODS
from ..cluster_reader import ClusterReader
from .reading import Reading

_THREADS = 16
_SECONDS = 10.0  # an exporter answers within one
_WHAT = "Reading the exporter of"


class _Answer(NamedTuple):
    """What an exporter has answered: its text, or why there is none."""

    exporter: Exporter
    text: str
    error: KubernetesError | None = None


def read_exporters(pool: str | None, wanted: Wanted, client: KubeClient) -> Reading:
    """The devices of the GPU nodes by their exporters. Raises KubernetesError if nodes or pods cannot be listed."""
    snapshot = ClusterReader(Selection(pool, GPU_RESOURCE), client).snapshot(daemonsets=())
    nodes = measurable(snapshot.nodes)
    found = exporters(nodes, [pod for selector in SELECTORS for pod in client.list(PODS, labelSelector=selector)])
    answers = list(_answers(preferred(found), client))
    devices = Devices(wanted)
    findings = [
        *(() if nodes else no_nodes(snapshot)),
        *misplaced(nodes, found),
        *_failures(answers),
        *_take_all([each for each in answers if not each.error], devices, wanted, _in_use(nodes)),
    ]
    by_node = devices.by_node()
    return Reading([node_facts(node, by_node.get(node.name, ())) for node in nodes], findings)


def _take_all(answers: Sequence[_Answer], devices: Devices, wanted: Wanted, in_use: Mapping[str, int]) -> Iterator[Finding]:
    """Take over the devices of all answers; findings about what they lack."""
    empty = [each.exporter for each in answers if not _take(each, devices, wanted)]
    yield from without_devices([(each.node, each.name) for each in empty])
    yield from without_profiling(devices, wanted)
    yield from without_pods(devices, in_use, [each.exporter.node for each in answers if not each.exporter.managed])


def _answers(exporters_to_read: Sequence[Exporter], client: KubeClient) -> Iterator[_Answer]:
    threads = ThreadPoolExecutor(_THREADS)
    try:
        yield from threads.map(lambda exporter: _answer(exporter, client), exporters_to_read)
    finally:
        threads.shutdown(cancel_futures=True)


def _answer(exporter: Exporter, client: KubeClient) -> _Answer:
    what = f"{_WHAT} {exporter.node}"
    try:
        with client.exchange("GET", exporter.path, what=what, accept="text/plain", limit=client.limit(_SECONDS)) as response:
            return _Answer(exporter, response.read().decode(errors="replace"))
    except KubernetesError as error:
        return _Answer(exporter, "", error)


def _take(answer: _Answer, devices: Devices, wanted: Wanted) -> bool:
    """Whether there was a device in the text, all of which are taken over."""
    before = len(devices)
    for sample in samples(answer.text, set(wanted.fields)):
        key = device_key(sample.labels, answer.exporter.node)
        if key is not None:
            devices.describe(key, sample.labels)
            devices.add(key, sample.name, sample.value)
    return len(devices) > before


def _failures(answers: Sequence[_Answer]) -> Iterator[Finding]:
    """Findings about the exporters that could not be read: those that the API server refuses by its reason, and those that are silent."""
    denied: dict[Explanation, list[tuple[str, str]]] = {}
    unanswered: list[tuple[str, str]] = []
    for exporter, _unused, error in answers:
        if error is not None and error.status == HTTPStatus.FORBIDDEN:
            denied.setdefault(Explanation(error.code, error.cause, error.remedy), []).append((exporter.node, error.message))
        elif error is not None:
            unanswered.append((exporter.node, f"{exporter.name}: {error.message}"))
    yield from (refused(explanation, shown) for explanation, shown in denied.items())
    yield from silent(unanswered)


def _in_use(nodes: Sequence[GpuNode]) -> Mapping[str, int]:
    return {node.name: sum(each.requested for each in node.resources.values()) for node in nodes}
