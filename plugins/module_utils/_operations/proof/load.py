# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the exporters of the nodes again and again while their GPUs are proven, in a thread."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import TracebackType
from typing import Iterable, NamedTuple, Sequence

from ..._clock import Clock
from ..._core.metrics.catalog import wanted
from ..._core.metrics.exporters import Exporter
from ..._core.proof.duration import load_seconds
from ..._core.proof.load import LOAD_METRICS, Load
from ..._core.shared.findings import joined_names
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..exporter_reader import Answer, answering_exporters, answers, devices_in
from .conclusion import Plan
from .request import ProofRequest

_METRICS = wanted(LOAD_METRICS)
# A GPU works for less than a second if the load is switched off. Each node adds a request to every reading.
_LEAST_PAUSE, _PAUSE_OF_NODE = 0.5, 0.05
_PATIENCE = 2.0  # for a reading that is under way when the proof ends
_NO_EXPORTER = "No DCGM exporter that answers was found on {nodes}. Run the module gpuops.aks.dcgm_exporter for the pool first."


class FoundExporters(NamedTuple):
    """The exporters that have answered, and why some nodes have none, "" if nothing is missing."""

    exporters: Sequence[Exporter] = ()
    problem: str = ""


def find_exporters(request: ProofRequest, nodes: set[str], client: KubeClient) -> FoundExporters:
    """The exporters of the nodes whose GPUs are proven. It never raises: without metrics, the GPUs can be proven all the same."""
    if not request.measure_load:
        return FoundExporters()
    try:
        found = [each for each in answering_exporters(request.pool or None, client) if each.node in nodes]
    except KubernetesError as error:
        return FoundExporters(problem=f"{error.message} {error.remedy}")
    answered = list(answers(found, client))
    missing = nodes - {each.node for each in found}
    problem = _NO_EXPORTER.format(nodes=joined_names(sorted(missing))) if missing else _problem(answered)
    return FoundExporters([each.exporter for each in answered if not each.error], problem)


def with_load_seconds(request: ProofRequest, plan: Plan, exporters: Iterable[Exporter]) -> ProofRequest:
    """The request whose settings say how long the GPUs work so that the exporters show it."""
    if not request.measure_load:
        return request
    seconds = request.load_seconds
    if seconds is None:
        seconds = load_seconds(plan.jobs, exporters, request.settings, request.parallel, request.wait_timeout)
    return replace(request, settings=replace(request.settings, load_seconds=seconds))


class LoadSampler:
    """Measures the load of the GPUs while the context lasts. It never raises.

    load: what has been measured. problem: why something could not be, "" if nothing was missing.

    Args:
        found: The exporters to read.
        client: The API server, by which they are read.
        clock: The time.
    """

    def __init__(self, found: FoundExporters, client: KubeClient, clock: Clock) -> None:
        self._exporters, self._client, self._clock = found.exporters, client, clock
        self._began = clock.now()
        self._over = threading.Event()
        self._adding = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(name="load of the GPUs", target=self._measure, daemon=True)
        self.load = Load()
        self.problem = found.problem

    def __enter__(self) -> LoadSampler:
        self._began = self._clock.now()
        if self._exporters:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        if self._exporters:
            self._thread.join(_PATIENCE)
        with self._adding:
            self._closed = True

    def _measure(self) -> None:
        pause = max(_LEAST_PAUSE, _PAUSE_OF_NODE * len(self._exporters))
        while not self._over.is_set():
            self._read()
            self._over.wait(pause)

    def _read(self) -> None:
        seconds = self._clock.now() - self._began
        answered = list(answers(self._exporters, self._client))
        nodes = [each.exporter.node for each in answered if not each.error]
        with self._adding:
            if not self._closed:
                self.load.add(seconds, nodes, devices_in(answered, _METRICS))
                self.problem = self.problem or _problem(answered)


def _problem(answered: Iterable[Answer]) -> str:
    return next((f"The {each.exporter.name} on node {each.exporter.node}: {each.error.message}" for each in answered if each.error), "")
