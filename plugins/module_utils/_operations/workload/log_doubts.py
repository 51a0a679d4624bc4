# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why the log of a Job that is complete proves nothing: it is gone, or does not report what was requested."""

from __future__ import annotations

from ..._core.shared.explanation import Explanation
from ..._core.shared.mappings import Json
from ..._core.workload.gpu_names import is_gpu_name
from ..._core.workload.log import JobLog
from ..._core.workload.proof import AGAIN, Doubt, place_facts
from .observed_run import ObservedRun
from .request import JobRequest

# What a kubelet returns, with status 200, instead of a log that it no longer has (kubernetes pkg/kubelet/kuberuntime).
_NO_LOG = ("unable to retrieve container logs", "failed to try resolving symlinks", "failed to watch file")


def doubt_of_log(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Why the log of a Job that is complete proves nothing; None if it proves what was requested."""
    if _is_gone(request, observed):
        return Doubt(
            Explanation("LogGone", cause=why_gone(observed.job), remedy=AGAIN),
            "is complete, but its log is no longer available.",
            lost=True,
        )
    return _doubt_of_devices(request, observed) or _doubt_of_outcome(request, observed.log) or _doubt_of_accuracy(request, observed)


def _is_gone(request: JobRequest, observed: ObservedRun) -> bool:
    """Whether there is no log, or in its place what a kubelet says; a workload that need not say anything may be silent."""
    if not observed.lines:
        return bool(request.device_pattern or request.success_pattern or request.min_accuracy)
    return not observed.log.gpu_device and all(line.startswith(_NO_LOG) for line in observed.lines)


def _doubt_of_devices(request: JobRequest, observed: ObservedRun) -> Doubt | None:
    """Whether the log names the GPUs, if it has to."""
    log = observed.log
    if request.device_pattern is None:
        return None
    if not log.gpu_device and log.unnamed:
        return _unnamed(log.unnamed)
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
    return None


def _doubt_of_outcome(request: JobRequest, log: JobLog) -> Doubt | None:
    """Whether the log reports a failure, or not the success that it has to report."""
    if log.failure:
        return Doubt(
            Explanation(
                "FailureInLog",
                cause="The workload does not report the failure by its exit code.",
                remedy="Read log_tail in this task's result, or set failure_pattern if the line means something else.",
            ),
            f"is complete, but its log reports a failure: {log.failure}",
        )
    if request.success_pattern and not log.success:
        return Doubt(
            Explanation(
                "SuccessNotInLog",
                cause="The workload ended before it reported its success, or success_pattern does not match the image's log.",
                remedy="Read log_tail in this task's result, and correct success_pattern or the workload.",
            ),
            "is complete, but no line of its log matches success_pattern.",
        )
    return None


def _used_too_few(request: JobRequest, observed: ObservedRun) -> bool:
    """Whether the log distinguishes its devices and names too few of them."""
    return observed.log.numbered and observed.log.gpus < request.settings.gpus and are_whole(request, observed)


def are_whole(request: JobRequest, observed: ObservedRun) -> bool:
    """Whether each GPU is a whole one: of MIG slices and shares, CUDA shows a process only one, however many it was given."""
    return place_facts(observed.pod, observed.node, request.asked)["sharing"] in ("", "none") and " MIG " not in observed.log.gpu_device


def _unnamed(line: str) -> Doubt:
    return Doubt(
        Explanation(
            "DeviceNotNamed",
            cause="The workload found no GPU to name, or the group of device_pattern does not enclose the GPU's name.",
            remedy="Read log_tail in this task's result. If the line names the GPU, let the pattern's group enclose its name.",
        ),
        f"is complete, but device_pattern matched '{line}' in its log with nothing in the pattern's group.",
    )


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
            remedy="Let it train for more steps (args), or lower min_accuracy.",
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
