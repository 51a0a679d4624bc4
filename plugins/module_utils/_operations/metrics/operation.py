# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_metrics_info: asks the sources of metrics in their order, and returns what the first one with devices tells."""

from __future__ import annotations

from typing import Any, Mapping

from ..._core.metrics.article import gone
from ..._core.metrics.result import totals
from ..._core.shared.findings import most_telling, without_repeats
from ..._errors import MetricsError
from ..._kube.connection.settings import kube_settings
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..operation import Operation, Outcome, Run
from ..target_cluster import connected, spoken_to, target_cluster
from .exporter import read_exporters
from .reading import Reading
from .request import EXPORTER, MetricsRequest, arguments, request_of


def _facts(request: MetricsRequest, source: str, reading: Reading) -> dict[str, Any]:
    findings = without_repeats([*reading.findings, *gone(request.wanted.gone)])
    return {
        "source": source,
        "units": request.wanted.units(),
        "totals": totals(reading.nodes),
        "nodes": list(reading.nodes),
        "findings": [each.facts() for each in findings],
    }


def _nothing_to_read(request: MetricsRequest) -> Outcome:
    """Check mode before the cluster exists."""
    warning = "The kubeconfig does not exist yet, so no metrics can be read."
    return Outcome({"gpu_metrics": _facts(request, "", Reading(()))}, warnings=(warning,))


def _without_devices(request: MetricsRequest, facts: Mapping[str, Any], reading: Reading) -> MetricsError:
    cause = most_telling(reading.findings)
    explained = cause.explanation.error_fields() if cause else {"code": "NoMetrics"}
    where = f"pool {request.pool}" if request.pool else "the cluster"
    evidence = f": {cause.evidence}" if cause else ""
    return MetricsError(f"There are no metrics of the GPUs of {where}{evidence}", **explained, facts={"gpu_metrics": facts})


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = request_of(params)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _nothing_to_read(request)
    with connected(settings, target_cluster(params, run), run, wait_timeout=None) as client:
        reading = read_exporters(request, client)
        facts = {**_facts(request, EXPORTER, reading), **spoken_to(settings, client)}
    if not reading.has_devices:
        raise _without_devices(request, facts, reading)
    return Outcome({"gpu_metrics": facts})


OPERATION = Operation(arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
