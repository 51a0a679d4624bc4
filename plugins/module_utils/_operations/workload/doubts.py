# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a Job that has ended proves nothing, and what a proof does not cover."""

from __future__ import annotations

from ..._core.shared.counts import counted
from ..._core.shared.explanation import Explanation
from ..._core.workload.job import last_failure
from ..._core.workload.proof import AGAIN, Doubt, doubt_of_place, doubt_of_pod
from .log_doubts import are_whole, doubt_of_log, why_gone
from .observed_run import ObservedRun
from .request import JobRequest


def problem_of(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Why a Job that has ended proves nothing; None is the only proof."""
    end = observed.end
    if end is None or not end.succeeded:
        return _failed(request, observed)
    return _doubt_of_run(request, observed) or doubt_of_log(request, observed)


def _failed(request: JobRequest, observed: ObservedRun) -> Doubt:
    if observed.end is None:
        return Doubt(
            Explanation("Timeout", cause="It is still running.", remedy="Run the task again: it continues to watch the same Job."),
            "has not ended.",
        )
    failure = last_failure(observed.pod, request.settings.name)
    return Doubt(
        Explanation(
            "JobFailed",
            cause=f"Its pod's last failure: {failure}." if failure else "None of its remaining pods shows the reason.",
            remedy="Read log_tail in this task's result, and run the Job again with rerun: on_failure.",
        ),
        f"failed: {observed.end.reason}: {observed.end.message}",
    )


def _doubt_of_run(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Whether the pod, its GPUs and its machine were the requested ones."""
    if observed.job is None or observed.pod is None:
        return Doubt(
            Explanation("LogGone", cause=why_gone(observed.job), remedy=AGAIN),
            "is complete, but its log is no longer available.",
            lost=True,
        )
    return doubt_of_place(observed.pod, observed.node, request.asked) or doubt_of_pod(observed.job, observed.pod, request.asked)


def unproven(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    """What a proof does not cover, as warnings."""
    if problem_of(request, observed) is not None:
        return ()
    return (*_not_searched(request, observed), *_not_named(request), *_not_told_apart(request, observed))


def _not_searched(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    if not observed.dropped:
        return ()
    said = f"The log of {request.subject} is too large to search: {observed.dropped} lines in its middle were skipped."
    return (f"{said} A failure that only these lines report is not found. Make the workload print less, or search the file at log_path.",)


def _not_named(request: JobRequest) -> tuple[str, ...]:
    if request.device_pattern is not None:
        return ()
    said = (
        f"{request.subject} was given a GPU and succeeded, but device_pattern is not set, so its log was not searched for the GPU's name."
    )
    return (f"{said} A workload that falls back to the CPU can succeed, too. Set device_pattern to match the line that names the GPU.",)


def _not_told_apart(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    log, wanted = observed.log, request.settings.gpus
    if request.device_pattern is None or log.numbered or log.gpus >= wanted or not are_whole(request, observed):
        return ()
    given = counted(wanted, "GPU")
    said = f"{request.subject} was given {given}, and its log names '{log.gpu_device}' without a number, which proves one of them."
    return (f"{said} Make device_pattern match the number of each device.",)
