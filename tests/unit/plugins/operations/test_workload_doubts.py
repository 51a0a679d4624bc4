# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a Job that has ended, by its log; where and as what it ran, see core/workload/test_proof.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import Ending
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.doubts import problem_of, unproven
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.observed_run import ObservedRun
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.request import JobRequest, job_request
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.result import job_result, read_lines

from ..core.workload.test_proof import ASKED, GPU, OURS, a_job, a_node, a_pod
from ..core.workload.test_proof import LINE as DEVICE
from .test_workload_request import own, params

GOOD = (DEVICE, "Accuracy at step 490: 0.95")
ANY = r"acc (?P<step>\S+) (?P<accuracy>\S+)"


def asked(**changes: Any) -> JobRequest:
    """The articles' Job on the pool and cluster that are meant."""
    return replace(job_request(params(pool=ASKED.pool, **changes)), cluster=OURS)


def observed(wish: JobRequest, *lines: str, **changes: Any) -> ObservedRun:
    """A Job that has ended well with this log."""
    ended = ObservedRun(job=a_job(), pod=a_pod(), node=a_node(), end=Ending(True, "", ""), lines=lines, log=read_lines(wish, lines))
    return replace(ended, **changes)


def code(wish: JobRequest, what: ObservedRun) -> str:
    """What keeps it from being a proof; the result has to say the same."""
    doubt = problem_of(wish, what)
    assert job_result(wish, what)["job"]["succeeded"] == (doubt is None)
    return doubt.explanation.code if doubt else ""


def test_log_that_names_the_gpu_of_the_requested_pod_is_proof() -> None:
    assert code(asked(), observed(asked(), *GOOD)) == ""
    assert code(asked(min_accuracy=0.9), observed(asked(), *GOOD)) == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"end": None}, "Timeout", id="it has not ended"),
        pytest.param({"end": Ending(False, "BackoffLimitExceeded", "")}, "JobFailed", id="it has failed, though its log is good"),
        pytest.param({"pod": None}, "LogGone", id="no pod"),
        pytest.param({"lines": ()}, "LogGone", id="no line"),
        pytest.param({"node": None}, "NodeGone", id="the node is gone"),
        pytest.param({"node": a_node(pool="other")}, "RanOnOtherPool", id="another pool"),
        pytest.param({"pod": a_pod(args=["x"])}, "PodDiffers", id="another pod"),
        pytest.param({"job": None, "pod": None}, "LogGone", id="nothing at all"),
    ],
)
def test_good_log_does_not_prove_a_bad_run(changes: dict[str, Any], expected: str) -> None:
    assert code(asked(), observed(asked(), *GOOD, **changes)) == expected


@pytest.mark.parametrize(
    ("lines", "wish", "expected"),
    [
        pytest.param(("done",), {}, "RanOnCpu", id="no GPU"),
        pytest.param(("unable to retrieve container logs for containerd://3f5c",), {}, "LogGone", id="the kubelet has no log any more"),
        pytest.param(("Tesla T4",), {"device_pattern": "()Tesla"}, "DeviceNotNamed", id="an empty group"),
        pytest.param(("GPU at: ",), {"device_pattern": "GPU at: (.*)"}, "DeviceNotNamed", id="nothing to name"),
        pytest.param(("GPU at: ", "GPU at: Tesla T4"), {"device_pattern": "GPU at: (.*)", "gpus": 1}, "", id="named later"),
        pytest.param(("runs on cpu",), {"device_pattern": r"runs on (\w+)"}, "RanOnCpu", id="the name of none"),
        pytest.param((*GOOD, "failed call to cuInit"), {}, "FailureInLog", id="a failure"),
        pytest.param((*GOOD, "acc 500 nan"), {"accuracy_pattern": ANY}, "FailureInLog", id="NaN"),
        pytest.param((*GOOD, "acc 500 inf"), {"accuracy_pattern": ANY, "min_accuracy": 0.9}, "FailureInLog", id="infinity"),
        pytest.param((*GOOD, "acc 500 " + "9" * 400), {"accuracy_pattern": ANY, "min_accuracy": 0.9}, "FailureInLog", id="400 digits"),
        pytest.param((*GOOD, "Accuracy at step 500: nan"), {"min_accuracy": 0.9}, "FailureInLog", id="NaN, by the default pattern"),
        pytest.param((*GOOD, "Accuracy at step 500: -inf"), {}, "FailureInLog", id="infinity, by the default pattern"),
        pytest.param((*GOOD, "Accuracy at step 500: 9.8e-05"), {"min_accuracy": 0.9}, "AccuracyTooLow", id="a very small number"),
        pytest.param((*GOOD, "acc 500 0.98%"), {"accuracy_pattern": ANY, "min_accuracy": 0.9}, "AccuracyTooLow", id="one of a hundred"),
        pytest.param(GOOD, {"min_accuracy": 0.99}, "AccuracyTooLow", id="too low"),
        pytest.param((DEVICE,), {"min_accuracy": 0.5}, "AccuracyTooLow", id="none told"),
        pytest.param((DEVICE, "Accuracy at step 490: 55"), {"min_accuracy": 0.9}, "AccuracyUnclear", id="percent"),
        pytest.param(
            (DEVICE, "acc 10 12.5", "acc 490 0.95"), {"min_accuracy": 0.9, "accuracy_pattern": ANY}, "AccuracyUnclear", id="0.95 percent"
        ),
        pytest.param((DEVICE, "Accuracy at step 490: 1,5"), {"min_accuracy": 0.9}, "AccuracyTooLow", id="a number that goes on"),
        pytest.param((*GOOD, "Accuracy at step 500: \x1b[31mnan\x1b[0m"), {"min_accuracy": 0.9}, "FailureInLog", id="a red nan"),
        pytest.param((*GOOD, "\x1b[1mfailed\x1b[0m call to cuInit"), {}, "FailureInLog", id="a failure with a bold word"),
        pytest.param((*GOOD, "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access"), {}, "FailureInLog", id="a crash after the end"),
        pytest.param((DEVICE, "acc 490 -0.5"), {"min_accuracy": 0.9, "accuracy_pattern": ANY}, "AccuracyUnclear", id="negative"),
        pytest.param((DEVICE, "Accuracy at step 490: 1.0"), {"min_accuracy": 1.0}, "", id="all of it"),
        pytest.param((DEVICE, "Accuracy at step 490: 55"), {}, "", id="percent, which nobody asked about"),
    ],
)
def test_content_of_the_log_determines_what_is_proven(lines: tuple[str, ...], wish: dict[str, Any], expected: str) -> None:
    made = asked(**wish)
    assert code(made, observed(made, *lines)) == expected


def with_gpus(count: int, resource: str = GPU) -> Any:
    """A Job and its pod, with so many GPUs."""
    job, pod = a_job(), a_pod()
    for spec in (job["spec"]["template"]["spec"], pod["spec"]):
        spec["containers"][0]["resources"]["limits"] = {resource: str(count)}
    return {"job": job, "pod": pod}


SECOND = DEVICE.replace("GPU:0", "GPU:1").replace("device: 0", "device: 1")
SLICE = DEVICE.replace("Tesla T4", "NVIDIA A100 MIG 1g.10gb")
PLAIN = {"device_pattern": r"Using (\w+ \w+)"}


@pytest.mark.parametrize(
    ("lines", "wish", "expected", "warned"),
    [
        pytest.param((DEVICE,), {"gpus": 2}, "FewerGpusUsed", False, id="one of two"),
        pytest.param((DEVICE, DEVICE), {"gpus": 2}, "FewerGpusUsed", False, id="one of two, twice"),
        pytest.param((DEVICE, SECOND), {"gpus": 2}, "", False, id="both"),
        pytest.param((DEVICE, SECOND), {"gpus": 4}, "FewerGpusUsed", False, id="two of four"),
        pytest.param((DEVICE,), {"gpus": 1}, "", False, id="the article's"),
        pytest.param(("Using Tesla T4",), {"gpus": 2, **PLAIN}, "", True, id="a log that numbers no device"),
        pytest.param(("Using Tesla T4",), {"gpus": 1, **PLAIN}, "", False, id="such a log of one GPU"),
        pytest.param((DEVICE,), {"gpus": 2, "resource_name": "nvidia.com/mig-1g.10gb"}, "", False, id="MIG slices"),
        pytest.param((DEVICE,), {"gpus": 2, "resource_name": "nvidia.com/gpu.shared"}, "", False, id="shares"),
        pytest.param((SLICE,), {"gpus": 2}, "", False, id="MIG slices by the device's name"),
        pytest.param(("Using Tesla T4",), {"gpus": 2, "resource_name": "nvidia.com/gpu.shared", **PLAIN}, "", False, id="a log of shares"),
    ],
)  # fmt: skip
def test_several_gpus_are_proven_by_a_log_that_names_them_all(
    lines: tuple[str, ...], wish: dict[str, Any], expected: str, warned: bool
) -> None:
    made = asked(**wish)
    what = observed(made, *lines, **with_gpus(wish["gpus"], made.settings.resource))
    assert code(made, what) == expected
    assert bool(unproven(made, what)) is warned


def test_a_log_that_was_not_searched_whole_is_a_proof_with_a_warning() -> None:
    wish = asked()
    whole, cut = observed(wish, *GOOD), observed(wish, *GOOD, dropped=70_000)
    assert (unproven(wish, whole), code(wish, cut)) == ((), "")
    (warning,) = unproven(wish, cut)
    assert "70000 lines" in warning


def asked_of_own(**changes: Any) -> JobRequest:
    """A workload of one's own, on the pool and cluster that are meant."""
    container = a_job()["spec"]["template"]["spec"]["containers"][0]
    wish = job_request(own(name=container["name"], pool=ASKED.pool, **changes))
    return replace(wish, cluster=OURS)


@pytest.mark.parametrize(
    ("lines", "wish", "expected"),
    [
        pytest.param((), {}, "", id="silent, and nothing expected"),
        pytest.param(("done",), {}, "", id="no GPU named, and none expected"),
        pytest.param(("unable to retrieve container logs for containerd://3f5c",), {}, "LogGone", id="the kubelet has no log any more"),
        pytest.param((), {"success_pattern": "PASSED"}, "LogGone", id="no line, but one expected"),
        pytest.param(("Test PASSED",), {"success_pattern": "PASSED"}, "", id="the success"),
        pytest.param(("\x1b[32mTest\x1b[0m PASSED",), {"success_pattern": "Test PASSED"}, "", id="a green success"),
        pytest.param(("Test FAILED",), {"success_pattern": "PASSED"}, "SuccessNotInLog", id="another line"),
        pytest.param(("Test PASSED", "CUDA_ERROR_ECC_UNCORRECTABLE"), {"success_pattern": "PASSED"}, "FailureInLog", id="and a failure"),
        pytest.param(("Test PASSED",), {"success_pattern": "PASSED", "device_pattern": r"GPU \d: (.*)"}, "RanOnCpu", id="no GPU"),
        pytest.param(("acc 5 0.7",), {"accuracy_pattern": ANY, "min_accuracy": 0.9}, "AccuracyTooLow", id="too low"),
        pytest.param(("acc 5 nan",), {"accuracy_pattern": ANY}, "FailureInLog", id="NaN"),
    ],
)
def test_workload_of_ones_own_proves_what_its_user_has_named(lines: tuple[str, ...], wish: dict[str, Any], expected: str) -> None:
    made = asked_of_own(**wish)
    assert code(made, observed(made, *lines)) == expected


def test_run_that_need_not_name_its_gpu_still_needs_a_pod_with_a_gpu_of_the_pool() -> None:
    made = asked_of_own()
    assert code(made, observed(made, "done", pod=None)) == "LogGone"
    assert code(made, observed(made, "done", node=a_node(pool="other"))) == "RanOnOtherPool"
    assert code(made, observed(made, "done", **with_gpus(0))) == "GpuNotRequested"


def test_success_without_the_name_of_a_gpu_is_a_warning() -> None:
    silent, named = asked_of_own(), asked_of_own(device_pattern=r"GPU \d: (.*)")
    (warning,) = unproven(silent, observed(silent, "done"))
    assert "device_pattern" in warning
    assert unproven(named, observed(named, "GPU 0: Tesla T4")) == ()
