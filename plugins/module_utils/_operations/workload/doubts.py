# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a Job that has ended proves nothing: its pod, its node, its log or its accuracy."""

from __future__ import annotations

from ..._core.shared.explanation import Explanation
from ..._core.shared.mappings import Json
from ..._core.workload.gpu_names import is_gpu_name
from ..._core.workload.job import last_failure
from ..._core.workload.proof import AGAIN, Doubt, doubt_of_place, doubt_of_pod, place_facts
from .observed_run import ObservedRun
from .request import JobRequest

# What a kubelet returns, with status 200, instead of a log that it no longer has (kubernetes pkg/kubelet/kuberuntime).
_NO_LOG = ("unable to retrieve container logs", "failed to try resolving symlinks", "failed to watch file")


def problem_of(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Why a Job that has ended proves nothing; None is the only proof."""
    end = observed.end
    if end is None or not end.succeeded:
        return _failed(request, observed)
    return _doubt_of_run(request, observed) or _doubt_of_log(request, observed)


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


def _doubt_of_log(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    log = observed.log
    if not observed.lines or (not log.gpu_device and all(line.startswith(_NO_LOG) for line in observed.lines)):
        return Doubt(
            Explanation("LogGone", cause=why_gone(observed.job), remedy=AGAIN),
            "is complete, but its log is no longer available.",
            lost=True,
        )
    if not log.gpu_device:
        return _on_cpu("it ran on the CPU: its log names no GPU.")
    if not is_gpu_name(log.gpu_device):
        return _on_cpu(f"its log names '{log.gpu_device}' instead of a GPU.")
    if _used_too_few(request, observed):
        return Doubt(
            Explanation(
                "FewerGpusUsed",
                cause="The workload uses fewer GPUs than it requests, or it does not name each of them.",
                remedy="Set gpus to what it uses, or make it print a line that device_pattern matches for each device.",
            ),
            f"is complete, but its log names {log.gpus} of the {request.settings.gpus} GPUs that it was given.",
        )
    if log.failure:
        return Doubt(
            Explanation(
                "FailureInLog",
                cause="The workload does not report the failure by its exit code.",
                remedy="Read log_tail in this task's result, or set failure_pattern if the line means something else.",
            ),
            f"is complete, but its log reports a failure: {log.failure}",
        )
    return _doubt_of_accuracy(request, observed)


def _used_too_few(request: JobRequest, observed: ObservedRun) -> bool:
    """Whether the log distinguishes its devices and names too few of them."""
    return observed.log.numbered and observed.log.gpus < request.settings.gpus and _are_whole(request, observed)


def _are_whole(request: JobRequest, observed: ObservedRun) -> bool:
    """Whether each GPU is a whole one: of MIG slices and shares, CUDA shows a process only one, however many it was given."""
    return place_facts(observed.pod, observed.node, request.asked)["sharing"] in ("", "none") and " MIG " not in observed.log.gpu_device


def unproven(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    """What a proof does not cover, as warnings."""
    if problem_of(request, observed) is not None:
        return ()
    return (*_not_searched(request, observed), *_not_told_apart(request, observed))


def _not_searched(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    if not observed.dropped:
        return ()
    said = f"The log of {request.subject} is too large to search: {observed.dropped} lines in its middle were skipped."
    return (f"{said} A failure that only these lines report is not found. Make the workload print less, or search the file at log_path.",)


def _not_told_apart(request: JobRequest, observed: ObservedRun) -> tuple[str, ...]:
    log, wanted = observed.log, request.settings.gpus
    if log.numbered or log.gpus >= wanted or not _are_whole(request, observed):
        return ()
    said = f"{request.subject} was given {wanted} GPUs, and its log names '{log.gpu_device}' without a number, which proves one of them."
    return (f"{said} Make device_pattern match the number of each device.",)


def _on_cpu(found: str) -> Doubt:
    return Doubt(
        Explanation(
            "RanOnCpu",
            cause="The image's CUDA version does not support the node's driver or GPU, or device_pattern does not match the image's log.",
            remedy="Read log_tail in this task's result, and use an image that is built for the node's GPU.",
        ),
        f"is complete, but {found}",
    )


def _doubt_of_accuracy(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Whether it learned enough, if that was requested; an accuracy outside 0 to 1 is never enough."""
    final = observed.log.final_accuracy
    if not request.min_accuracy:
        return None
    # One value out of range tells the scale of all: what begins with 12.5 and ends with 0.9 ends with 0.9 percent.
    outside = next((value for _step, value in reversed(observed.log.accuracy) if not 0 <= value <= 1), None)
    if outside is None and request.min_accuracy <= (final or 0.0):
        return None
    if outside is not None:
        return Doubt(
            Explanation(
                "AccuracyUnclear",
                cause="Its log reports the accuracy in percent, or accuracy_pattern matches another number.",
                remedy="Correct accuracy_pattern, or make the workload print a value from 0 to 1.",
            ),
            f"logged an accuracy of {outside}, which is not between 0 and 1.",
        )
    return Doubt(
        Explanation(
            "AccuracyTooLow",
            cause="It trained for too few steps, or the GPU computes incorrectly.",
            remedy="Raise --max_steps in args, or lower min_accuracy.",
        ),
        f"ended with an accuracy of {final}, less than {request.min_accuracy}.",
    )


def why_gone(job: Json | None) -> str:
    """Why pods or their logs no longer exist."""
    ttl = ttl_of(job)
    if ttl is not None:
        return f"The Job's ttlSecondsAfterFinished is {ttl}: Kubernetes deletes the Job, its pods and their logs {ttl} s after it ends."
    return "The pod or its node has been deleted since."


def ttl_of(job: Json | None) -> int | None:
    """How many seconds after its end Kubernetes deletes the Job, None for never."""
    return ((job or {}).get("spec") or {}).get("ttlSecondsAfterFinished")
