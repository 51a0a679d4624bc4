# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import Ending
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.request import job_request, validate

from ..builders import assert_explained
from ..operation_table import OPERATIONS, parameters


def params(**changes: Any) -> dict[str, Any]:
    """The parameters of mnist_job as Ansible hands them over."""
    return parameters(OPERATIONS["mnist_job"], **changes)


def own(**changes: Any) -> dict[str, Any]:
    """The parameters of gpu_job for a workload of one's own."""
    return parameters(OPERATIONS["gpu_job"], image="example.com/train:1", **changes)


@pytest.mark.parametrize(("given", "gpus"), [(1, 1), (8, 8), ("2", 2), (" 2 ", 2), (1.0, 1), ("4.0", 4)])
def test_whole_gpus_are_taken_in_every_form_that_a_template_gives_them(given: Any, gpus: int) -> None:
    assert job_request(params(gpus=given)).settings.gpus == gpus


@pytest.mark.parametrize("given", [0.5, "0.5", "500m", 0, "0", -1, 1.5, True, "one", "", None, [1], 10_000, "²", "٣", "1e3"])
def test_anything_else_is_refused_with_how_gpus_are_shared(given: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        job_request(params(gpus=given))
    assert_explained(refusal.value, "InvalidGpuCount", str(given), "whole GPUs", "MIG", "time-slicing")


@pytest.mark.parametrize(
    ("rerun", "after_failure", "after_success"),
    [("never", False, False), ("on_loss", False, False), ("on_failure", True, False), ("always", True, True)],
)
def test_ended_job_is_run_again_as_asked(rerun: str, after_failure: bool, after_success: bool) -> None:
    asked = job_request(params(rerun=rerun))
    ends = (Ending(False, "BackoffLimitExceeded", ""), Ending(True, "", ""), None)
    assert [asked.repeats(end) for end in ends] == [after_failure, after_success, False]


def test_log_path_without_its_directory_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(log_path="/nowhere/at/all.log")))
    assert_explained(refusal.value, "UnwritableFile", "/nowhere/at/all.log")


@pytest.mark.parametrize("given", ["cpu", "memory", "pods", "ephemeral-storage", "", "/gpu", "nvidia.com/", "kubernetes.io/batch-cpu"])
def test_resource_that_every_node_has_is_not_a_gpu(given: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(resource_name=given)))
    assert_explained(refusal.value, "InvalidResourceName", repr(given), "nvidia.com/gpu")


@pytest.mark.parametrize("given", ["nvidia.com/gpu", "nvidia.com/mig-1g.10gb", "nvidia.com/gpu.shared", "amd.com/gpu", "example.com/rtx"])
def test_device_plugin_resource_may_have_any_name(given: str) -> None:
    validate(job_request(params(resource_name=given)))


def test_number_of_400_digits_is_rejected_briefly() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        job_request(params(gpus="9" * 400))
    assert_explained(refusal.value, "InvalidGpuCount", "left out")
    assert len(refusal.value.message) < 300


@pytest.mark.parametrize(
    "path",
    ["/a\0b", "/" + "x" * 5000, "/dev/null", "/", "/\ud800", "/etc/passwd/log"],
    ids=["null", "long", "device", "dir", "surrogate", "below a file"],
)
def test_impossible_log_path_is_rejected(path: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(log_path=path)))
    assert_explained(refusal.value, "UnwritableFile", "log_path")


@pytest.mark.timeout(10)
def test_log_path_that_is_not_a_file_is_rejected_and_kept(special: Path) -> None:
    before = special.stat()
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(log_path=str(special))))
    assert_explained(refusal.value, "UnwritableFile", f"log_path {special}", "not a regular file")
    assert special.stat() == before


def test_log_path_in_a_loop_of_links_is_rejected(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(log_path=str(loop))))
    assert_explained(refusal.value, "UnwritableFile", "log_path", "not a path")


def test_log_path_through_a_link_to_a_new_file_is_accepted(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("new.log")
    validate(job_request(params(log_path=str(link))))
    assert sorted(tmp_path.iterdir()) == [link], "nothing is written to find that out"


def test_invalid_failure_pattern_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(failure_pattern="(")))
    assert_explained(refusal.value, "InvalidPattern", "failure_pattern")


@pytest.mark.parametrize("accuracy", [-0.1, 1.01, 90.0])
def test_impossible_accuracy_is_rejected(accuracy: float) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(params(min_accuracy=accuracy)))
    assert_explained(refusal.value, "OutOfRange", f"min_accuracy is {accuracy}")


@pytest.mark.parametrize("pattern", ["device_pattern", "accuracy_pattern"])
@pytest.mark.parametrize("make", [params, own])
def test_empty_pattern_is_rejected(make: Callable[..., dict[str, Any]], pattern: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(make(**{pattern: ""})))
    assert_explained(refusal.value, "InvalidPattern", pattern)


def test_workload_of_ones_own_may_name_no_pattern() -> None:
    request = job_request(own())
    validate(request)
    assert (request.device_pattern, request.accuracy_pattern, request.success_pattern, request.min_accuracy) == (None, None, "", 0.0)


def test_invalid_success_pattern_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(own(success_pattern="(")))
    assert_explained(refusal.value, "InvalidPattern", "success_pattern")


def test_accuracy_that_nothing_reads_is_rejected() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(own(min_accuracy=0.9)))
    assert_explained(refusal.value, "InvalidPattern", "min_accuracy", "accuracy_pattern")


def test_device_in_the_arguments_is_rejected_for_any_workload() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(own(command=["echo", "GPU 0: Tesla T4"], device_pattern=r"GPU \d+: (Tesla.*)")))
    assert_explained(refusal.value, "ProofInArguments", "Tesla T4")


def test_both_modules_have_the_same_options_except_the_success_pattern() -> None:
    general, preset = (OPERATIONS[name].arguments for name in ("gpu_job", "mnist_job"))
    assert general.keys() - preset.keys() == {"success_pattern"}
    assert preset.keys() - general.keys() == set()
    differing = {name for name in preset if preset[name] != general[name]}
    assert differing == {"name", "image", "args", "device_pattern", "accuracy_pattern"}


def test_defaults_of_the_general_module_name_no_workload() -> None:
    given = {name: argument["default"] for name, argument in OPERATIONS["gpu_job"].arguments.items() if "default" in argument}
    assert "mnist" not in str(given).lower()
    assert OPERATIONS["gpu_job"].arguments["name"]["required"]


# Only the end of the line shows that there is no match, after every way to divide it into words.
SLOW = r"(\S+\s*)+(\S+\s*)+(\S+\s*)+Z$"


@pytest.mark.parametrize(
    ("option", "pattern"),
    [
        ("device_pattern", SLOW),
        ("accuracy_pattern", rf"(?P<step>\d+) (?P<accuracy>\d+)|{SLOW}"),
        ("failure_pattern", SLOW),
        ("success_pattern", SLOW),
    ],
)
def test_slow_pattern_is_named_before_there_is_a_job(option: str, pattern: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(own(**{option: pattern})))
    assert_explained(refusal.value, "PatternTooSlow", f"{option} is too slow", "Nothing was created", "Simplify")
    assert "Job" not in f"{refusal.value.message} {refusal.value.remedy}"


def test_device_pattern_that_is_slow_on_the_arguments_only_is_named_too() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        validate(job_request(own(device_pattern="gpu (a+)+$", args=["gpu " + "a" * 100 + "!"])))
    assert_explained(refusal.value, "PatternTooSlow", "device_pattern is too slow", "Nothing was created")
