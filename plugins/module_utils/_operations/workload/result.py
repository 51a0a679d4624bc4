# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The return value of gpu_job and its presets, and what its log proves by the request's patterns."""

from __future__ import annotations

from typing import Any, Sequence, TypeVar

from ..._core.shared.findings import Finding
from ..._core.shared.log_lines import as_shown
from ..._core.shared.printable import shortened
from ..._core.workload.job import pod_facts
from ..._core.workload.log import JobLog, parse_job_log
from ..._core.workload.proof import place_facts
from ..._errors import InvalidInputError
from .doubts import problem_of
from .observed_run import ObservedRun
from .pattern_time import JOB_STAYS, patterns_in_time
from .request import JobRequest

T = TypeVar("T")
_LOG_TAIL = 20
_TAIL_LINE = 2000  # characters
_MEASUREMENTS = 1000
_PATTERN_SECONDS = 2.0


def read_lines(request: JobRequest, lines: Sequence[str], seconds: float = _PATTERN_SECONDS) -> JobLog:
    """What the log proves, by the request's patterns. Raises InvalidInputError, also for patterns that take longer than that."""
    with patterns_in_time(seconds, "the Job's log", JOB_STAYS):
        return parse_job_log(
            lines,
            device_pattern=request.device_pattern,
            accuracy_pattern=request.accuracy_pattern,
            failure_pattern=request.failure_pattern,
            success_pattern=request.success_pattern,
        )


def job_result(request: JobRequest, observed: ObservedRun, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """The module's return value: what the run did and proved."""
    log = observed.log
    return {
        "job": {
            "name": request.settings.name,
            "namespace": request.settings.namespace,
            "succeeded": problem_of(request, observed) is None,
            "gpu_device": log.gpu_device,
            "gpus": log.gpus,
            "accuracy": [list(step) for step in _thinned(log.accuracy, _MEASUREMENTS)],
            "final_accuracy": log.final_accuracy,
            "steps": log.steps,
            **pod_facts(observed.pod, request.settings.name),
            **place_facts(observed.pod, observed.node, request.asked),
            "earlier_run": observed.earlier,
            "image": request.settings.image,
            "requested": {request.settings.resource: request.settings.gpus},
            **request.identity,
            "attempts": observed.attempts,
            "log_tail": [shortened(as_shown(line), _TAIL_LINE) for line in observed.lines[-_LOG_TAIL:]],
            "findings": [finding.facts() for finding in findings],
        }
    }


def _thinned(values: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of the values, evenly chosen, the last among them."""
    every = -(-len(values) // most) or 1
    return values[::-1][::every][::-1]


def save_log(request: JobRequest, observed: ObservedRun) -> None:
    """Put the whole log where the request wants it. Raises InvalidInputError."""
    if observed.file is None:
        return
    try:
        observed.file.save()
    except InvalidInputError as error:
        error.facts = job_result(request, observed)
        raise
