# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the exporters of the nodes again and again while their GPUs are proven, in a thread."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Iterable, Sequence

from ..._clock import Clock
from ..._core.metrics.catalog import wanted
from ..._core.metrics.exporters import Exporter
from ..._core.proof.load import LOAD_METRICS, Load
from ..._core.shared.findings import joined_names
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..exporter_reader import Answer, answering_exporters, answers, devices_in

_METRICS = wanted(LOAD_METRICS)
# The proof of a GPU takes a few seconds. Each node adds a request to every reading.
_LEAST_PAUSE, _PAUSE_OF_NODE = 0.5, 0.05
_PATIENCE = 2.0  # for a reading that is under way when the proof ends
_NO_EXPORTER = "No DCGM exporter that answers was found on {nodes}. Run the module gpuops.aks.dcgm_exporter for the pool first."


class LoadSampler:
    """Measures the load of the GPUs while the context lasts. It never raises: without metrics, the GPUs can be proven all the same.

    load: what has been measured. problem: why something could not be, "" if nothing was missing.

    Args:
        pool: The node pool, None for every GPU node.
        nodes: The nodes whose GPUs are proven.
        client: The API server, by which the exporters are read.
        clock: The time.
    """

    def __init__(self, pool: str | None, nodes: set[str], client: KubeClient, clock: Clock) -> None:
        self._pool, self._nodes, self._client, self._clock = pool, nodes, client, clock
        self._began = clock.now()
        self._over = threading.Event()
        self._adding = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(name="load of the GPUs", target=self._measure, daemon=True)
        self.load = Load()
        self.problem = ""

    def __enter__(self) -> LoadSampler:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(_PATIENCE)
        with self._adding:
            self._closed = True

    def _measure(self) -> None:
        try:
            found = [each for each in answering_exporters(self._pool, self._client) if each.node in self._nodes]
        except KubernetesError as error:
            self._tell(f"{error.message} {error.remedy}")
            return
        missing = self._nodes - {each.node for each in found}
        if missing:
            self._tell(_NO_EXPORTER.format(nodes=joined_names(sorted(missing))))
        pause = max(_LEAST_PAUSE, _PAUSE_OF_NODE * len(found))
        while found and not self._over.is_set():
            self._read(found)
            self._over.wait(pause)

    def _read(self, found: Sequence[Exporter]) -> None:
        seconds = self._clock.now() - self._began
        answered = list(answers(found, self._client))
        with self._adding:
            if not self._closed:
                self.load.add(seconds, devices_in(answered, _METRICS))
        self._tell(_problem(answered))

    def _tell(self, problem: str) -> None:
        with self._adding:
            if not self._closed:
                self.problem = self.problem or problem


def _problem(answered: Iterable[Answer]) -> str:
    return next((f"{each.exporter.name} on node {each.exporter.node}: {each.error.message}" for each in answered if each.error), "")
