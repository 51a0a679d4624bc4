# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Waits until the exporter runs on every node of the pool, and then until its metrics show every node's GPUs."""

from __future__ import annotations

from functools import partial
from typing import Any, Sequence

from ...._core.metrics.catalog import wanted
from ...._core.metrics.exporters import PASSING
from ...._core.metrics.progress import measured_status, rollout_status
from ...._core.plugin.rollout import current_pods
from ...._core.scheduling.snapshot import ClusterSnapshot
from ...._core.shared.findings import joined_names, most_telling
from ...._core.shared.mappings import Json
from ...._errors import MetricsError
from ...._kube.client import KubeClient
from ...._kube.mirror import Mirror
from ...._kube.resources import DAEMONSETS
from ...._kube.watch import Watched
from ...evidence import timeout_of
from ...operation import Run
from ..exporter import read_exporters
from ..reading import Reading, metrics_facts
from ..request import EXPORTER
from .request import ExporterRequest

_EVERY_METRIC = wanted(())
# An exporter has values within 30 seconds of its start. A large pool is not asked more often than that.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
# For a reading that begins just before the end of the wait.
_READING_SECONDS = 60.0


def facts_of(reading: Reading) -> dict[str, Any]:
    """What the exporters show, as the module returns it."""
    return metrics_facts(reading, EXPORTER if reading.has_devices else "", _EVERY_METRIC)


def read_once(request: ExporterRequest, client: KubeClient, run: Run, known: ClusterSnapshot | None = None) -> Reading:
    """What the exporters of the pool show now. known: the nodes, if they have just been read."""
    return read_exporters(request.pool, _EVERY_METRIC, client.until(run.deadline(_READING_SECONDS)), known)


def await_rollout(request: ExporterRequest, generation: int, client: KubeClient) -> None:
    """Wait until all pods have the DaemonSet's template and are available, or the deadline passes: the reading explains why they are not.

    Raises WaitTimeoutError only if it could not be seen.

    Args:
        request: What is requested.
        generation: The generation of the DaemonSet to wait for; a newer one counts as well.
        client: The API server.
    """
    settings = request.settings
    itself = Watched("daemonsets", DAEMONSETS, settings.namespace, field_selector=f"metadata.name={settings.name}")
    with Mirror(client, [itself]) as mirror:
        seen = partial(mirror.all, "daemonsets")
        done = mirror.wait(lambda: _rolled_out(seen(), generation), client.deadline, lambda: rollout_status(seen()))
        if not done and mirror.trouble is not None:
            message = f"The exporter is not ready on every node of pool {request.pool} after {request.wait_timeout:.0f} s."
            raise timeout_of(message, [], otherwise="", trouble=mirror.trouble)


def _rolled_out(daemonsets: Sequence[Json], generation: int) -> bool:
    return any(has_available_pods(each) for each in daemonsets if each["metadata"]["generation"] >= generation)


def has_available_pods(daemonset: Json) -> bool:
    """Whether all pods have the DaemonSet's template and are available."""
    status = daemonset.get("status", {})
    return current_pods(daemonset) and status.get("numberAvailable", 0) >= status.get("desiredNumberScheduled", 0)


def await_metrics(request: ExporterRequest, client: KubeClient, run: Run, known: ClusterSnapshot | None) -> Reading:
    """Read until every GPU node of the pool shows its GPUs. Raises MetricsError if waiting cannot help, WaitTimeoutError.

    Args:
        request: What is requested.
        client: The API server.
        run: The run of the task.
        known: The nodes for the first reading, if they have just been read.
    """
    deadline, pause = client.deadline, _FIRST_PAUSE
    while True:
        reading = read_once(request, client, run, known)
        missing = [node["name"] for node in reading.nodes if not node["devices"]]
        if reading.nodes and not missing:
            return reading
        _refuse_lasting(request, reading)
        if deadline.passed:
            raise timeout_of(
                f"The exporters of pool {request.pool} do not show the GPUs of {joined_names(missing) or 'any node'} after "
                f"{request.wait_timeout:.0f} s.",
                reading.findings,
                otherwise="Look at the log of the exporter's pods.",
                trouble=None,
                facts={"gpu_metrics": facts_of(reading)},
            )
        known = None
        deadline.report(partial(measured_status, len(reading.nodes), missing))
        deadline.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _refuse_lasting(request: ExporterRequest, reading: Reading) -> None:
    """Raise MetricsError if waiting cannot help, such as with a missing right."""
    cause = most_telling(each for each in reading.findings if each.severity == "error" and each.code not in PASSING)
    if cause is not None:
        subject = f"The exporters of pool {request.pool} cannot be read" if reading.nodes else "There is nothing to measure"
        message = f"{subject}: {joined_names(cause.subjects)}: {cause.evidence}"
        raise MetricsError(message, **cause.explanation.error_fields(), facts={"gpu_metrics": facts_of(reading)})
