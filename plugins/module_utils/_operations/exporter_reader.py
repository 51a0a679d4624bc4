# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Finds the DCGM exporters of the nodes, and reads their texts through the API server, which needs no network to the nodes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator, NamedTuple, Sequence

from .._core.metrics.catalog import Wanted
from .._core.metrics.device_labels import device_key
from .._core.metrics.exporters import SELECTORS, Exporter, exporters, measurable, preferred
from .._core.metrics.exposition import samples
from .._core.metrics.result import Devices
from .._core.nodes.gpu_node import GpuNode
from .._core.scheduling.requests import GPU_RESOURCE
from .._core.scheduling.selection import Selection
from .._core.scheduling.snapshot import ClusterSnapshot
from .._errors import KubernetesError
from .._kube.client import KubeClient
from .._kube.resources import PODS
from .cluster_reader import ClusterReader

_THREADS = 16
_SECONDS = 10.0  # an exporter answers within one
_MOST_BYTES = 32 * 1024 * 1024  # a node with 8 GPUs that are divided into 56 instances has less than one MiB
_WHAT = "Reading the exporter of"


class Answer(NamedTuple):
    """What an exporter has answered: its text, or why there is none."""

    exporter: Exporter
    text: str
    error: KubernetesError | None = None


def gpu_nodes(pool: str | None, client: KubeClient) -> ClusterSnapshot:
    """The GPU nodes of a pool, or of the cluster if it is None. Raises KubernetesError."""
    return ClusterReader(Selection(pool, GPU_RESOURCE), client).snapshot(daemonsets=())


def exporters_of(nodes: Sequence[GpuNode], client: KubeClient) -> list[Exporter]:
    """All exporters of these nodes. Raises KubernetesError if pods cannot be listed."""
    return exporters(nodes, [pod for selector in SELECTORS for pod in client.list(PODS, labelSelector=selector)])


def answering_exporters(pool: str | None, client: KubeClient) -> list[Exporter]:
    """One exporter for each GPU node that has one that should answer. Raises KubernetesError if nodes or pods cannot be listed."""
    return preferred(exporters_of(measurable(gpu_nodes(pool, client).nodes), client))


def answers(exporters_to_read: Sequence[Exporter], client: KubeClient) -> Iterator[Answer]:
    """What the exporters answer now."""
    threads = ThreadPoolExecutor(_THREADS)
    try:
        yield from threads.map(lambda exporter: _answer(exporter, client), exporters_to_read)
    finally:
        threads.shutdown(cancel_futures=True)


def _answer(exporter: Exporter, client: KubeClient) -> Answer:
    what = f"{_WHAT} {exporter.node}"
    try:
        with client.exchange("GET", exporter.path, what=what, accept="text/plain", limit=client.limit(_SECONDS)) as response:
            text: bytes = response.read(_MOST_BYTES + 1)
            if len(text) > _MOST_BYTES:
                raise _endless(what)
            return Answer(exporter, text.decode(errors="replace"))
    except KubernetesError as error:
        return Answer(exporter, "", error)


def _endless(what: str) -> KubernetesError:
    """The error for a response that would fill the memory. The connection is closed by it."""
    return KubernetesError(
        f"{what}: the response has more than {_MOST_BYTES // 1024**2} MiB.",
        code="ExporterNotAnswering",
        cause="Another program than a DCGM exporter answers on its port.",
        remedy="Look at the pod with 'kubectl describe pod'.",
    )


def take(answer: Answer, devices: Devices, wanted: Wanted) -> bool:
    """Whether there was a device in the text, all of which are taken over."""
    before = len(devices)
    for sample in samples(answer.text, set(wanted.fields)):
        key = device_key(sample.labels, answer.exporter.node)
        if key is not None:
            devices.describe(key, sample.labels)
            devices.add(key, sample.name, sample.value)
    return len(devices) > before


def devices_in(answered: Sequence[Answer], wanted: Wanted) -> list[dict[str, Any]]:
    """The devices that the texts show, as modules return them."""
    devices = Devices(wanted)
    for each in answered:
        take(each, devices, wanted)
    return [device for of_node in devices.by_node().values() for device in of_node]
