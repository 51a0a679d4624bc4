# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_metrics_info: asks the sources of metrics in their order, and returns what the first one with metrics tells."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..._core.metrics.choice import Attempt, order
from ..._core.metrics.unavailable import NO_CLUSTER
from ..._core.shared.findings import Finding, most_telling
from ..._errors import GpuopsError, MetricsError
from ..arguments import AZURE_LIBRARIES, CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..operation import Operation, Outcome, Run
from .reading import Reading, metrics_facts
from .request import CONTAINER_INSIGHTS, MetricsRequest, arguments, request_of
from .sources import Sources


def _facts(request: MetricsRequest, source: str, reading: Reading, attempts: Sequence[Attempt]) -> dict[str, Any]:
    return metrics_facts(reading, source, request.wanted, window=request.window, step=request.step, attempts=attempts)


def _answers(request: MetricsRequest, source: str, reading: Reading) -> bool:
    """Whether the source has what it can have: Container Insights counts GPUs, and has no metrics of them any more.

    If only such counts are asked for, no other source needs any.
    """
    counts = source == CONTAINER_INSIGHTS or not request.wanted.fields
    return reading.has_devices or (counts and bool(reading.nodes))


def _without_devices(request: MetricsRequest, facts: Mapping[str, Any], reading: Reading) -> MetricsError:
    cause = most_telling(reading.findings)
    explained = cause.explanation.error_fields() if cause else {"code": "NoMetrics"}
    where = f"pool {request.pool}" if request.pool else "the cluster"
    evidence = f": {cause.evidence}" if cause else ""
    return MetricsError(f"There are no metrics of the GPUs of {where}{evidence}", **explained, facts={"gpu_metrics": facts})


def _named(request: MetricsRequest, source: str, sources: Sources) -> Outcome:
    """What the source that the task names tells. Raises GpuopsError."""
    reading = sources.read(source)
    facts = _facts(request, source, reading, [])
    if not _answers(request, source, reading):
        raise _without_devices(request, facts, reading)
    return Outcome({"gpu_metrics": facts})


def _best(request: MetricsRequest, sources: Sources) -> Outcome:
    """What the first source that has metrics tells, and why not those before it. Raises MetricsError if none has any."""
    attempts: list[Attempt] = []
    findings: list[Finding] = []
    for source in order(over_time=bool(request.window)):
        try:
            reading = sources.read(source)
        except GpuopsError as error:
            attempts.append(_passed_over(source, error))
            continue
        if _answers(request, source, reading):
            return Outcome({"gpu_metrics": _facts(request, source, reading, attempts)})
        failed = _without_devices(request, {}, reading)
        attempts.append(_passed_over(source, failed))
        findings.extend(reading.findings)
    raise _none(request, attempts, findings)


def _passed_over(source: str, error: GpuopsError) -> Attempt:
    return Attempt(source, error.code, error.message, error.cause, error.remedy)


def _none(request: MetricsRequest, attempts: Sequence[Attempt], findings: Sequence[Finding]) -> MetricsError:
    """The error if no source has metrics: the first one that could be asked gives the cause."""
    said = " ".join(f"{each.source}: {each.reason.rstrip('.')}." for each in attempts)
    first = next((each for each in attempts if each.code != NO_CLUSTER.code), attempts[0])
    return MetricsError(
        f"No source has metrics of the GPUs. {said}",
        code=first.code,
        cause=first.cause,
        remedy=first.remedy,
        facts={"gpu_metrics": _facts(request, "", Reading((), findings), attempts)},
    )


def _nothing_to_read(request: MetricsRequest) -> Outcome:
    """Check mode before the cluster exists."""
    warning = "The kubeconfig does not exist yet, so no metrics can be read."
    return Outcome({"gpu_metrics": _facts(request, "", Reading(()), [])}, warnings=(warning,))


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = request_of(params)
    sources = Sources(request, params, run)
    try:
        if sources.must_wait_for_cluster:
            return _nothing_to_read(request)
        return _named(request, request.source, sources) if request.source else _best(request, sources)
    finally:
        sources.close()


OPERATION = Operation(arguments(), _run, (*KUBE_LIBRARIES, *AZURE_LIBRARIES), CLUSTER_CONSTRAINTS)
