# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.log import (
    ACCURACY_PATTERN,
    DEVICE_PATTERN,
    NO_LOG,
    compile_patterns,
    parse_job_log,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from hypothesis import given
from hypothesis import strategies as st

from tests.sources import articles

from ...builders import assert_explained

STAMP = "2019-05-16 16:08:31.396886: I tensorflow/core/common_runtime/gpu/gpu_device.cc:1120] "


def device_line(name: str = "Tesla K80", index: int = 0) -> str:
    return (
        f"{STAMP}Creating TensorFlow device (/device:GPU:{index}) -> "
        f"(device: {index}, name: {name}, pci bus id: 2fd7:00:00.0, compute capability: 3.7)"
    )


# Last step → what the log with that step names, and its final and best accuracy.
ARTICLES = {290: ("Tesla M60", 2, 0.8988, 0.911), 410: ("Tesla P40", 1, 0.9242, 0.9319), 490: ("Tesla K80", 1, 0.9494, 0.9539)}


@pytest.mark.parametrize("directory", articles("2020", "2021"))
def test_articles_log_is_parsed(directory: Path) -> None:
    log = parse_job_log((directory / "mnist-pod.log").read_text().splitlines())
    device, gpus, final, best = ARTICLES[log.steps or 0]
    assert (log.gpu_device, log.gpus, log.final_accuracy) == (device, gpus, final)
    assert [step for step, _unused in log.accuracy] == list(range(0, (log.steps or 0) + 1, 10))
    assert max(value for _unused, value in log.accuracy) == best, "the best value is not the last one"


NOISE = st.sampled_from(
    [
        "name: Tesla K80 major: 3 minor: 7 memoryClockRate(GHz): 0.8235",
        "Successfully downloaded train-images-idx3-ubyte.gz 9912422 bytes.",
        "Adding run metadata for 99",
        f"{STAMP}Found device 0 with properties: ",
        "",
        "Accuracy at step",
        "final accuracy: 0.99",
    ]
)
MODELS = st.sampled_from(["Tesla K80", "Tesla P100-PCIE-16GB", "Tesla T4", "NVIDIA A100 80GB PCIe", "NVIDIA H100 NVL"])


@given(MODELS, st.integers(1, 8), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), max_size=20), st.data())
def test_any_log_of_this_grammar_is_read_back(model: str, gpus: int, measured: list[tuple[int, int]], data: st.DataObject) -> None:
    accuracy = [(step, ten_thousandths / 10**4) for step, ten_thousandths in measured]
    lines = [*(device_line(model, index) for index in range(gpus)), *(f"Accuracy at step {step}: {value!r}" for step, value in accuracy)]
    for _unused in range(data.draw(st.integers(0, 5))):
        lines.insert(data.draw(st.integers(0, len(lines))), data.draw(NOISE))
    log = parse_job_log(lines)
    assert (log.gpu_device, log.gpus) == (model, gpus)
    assert log.accuracy == tuple(accuracy)
    assert log.final_accuracy == (accuracy[-1][1] if accuracy else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.9219", 0.9219),
        ("0.922", 0.922),
        ("1.0", 1.0),
        ("1", 1.0),
        ("0.0", 0.0),
        ("9.8e-05", 9.8e-05),
        ("1e-07", 1e-07),
        ("-0.1", -0.1),
        ("0.98%", 0.0098),
    ],
)
def test_value_is_read_in_every_form_that_the_workload_prints(text: str, value: float) -> None:
    assert parse_job_log([f"Accuracy at step 490: {text}"]).accuracy == ((490, value),)


def test_a_log_without_the_device_line_names_no_gpu() -> None:
    log = parse_job_log(["Accuracy at step 0: 0.1081", "Accuracy at step 10: 0.7457"])
    assert (log.gpu_device, log.gpus, log.final_accuracy) == ("", 0, 0.7457)


def test_an_empty_log_proves_nothing() -> None:
    assert parse_job_log([]) == NO_LOG
    assert (NO_LOG.gpu_device, NO_LOG.final_accuracy, NO_LOG.steps) == ("", None, 0)


def test_device_named_twice_counts_once() -> None:
    assert parse_job_log([device_line(), device_line(), device_line(index=1)]).gpus == 2


@pytest.mark.parametrize(
    ("pattern", "line", "device"),
    [
        pytest.param(
            r"Found device \d+ with properties: name: (\w+ \w+)", "Found device 0 with properties: name: Tesla T4", "Tesla T4", id="a group"
        ),
        pytest.param(r"cuda:\d", "training on cuda:0", "cuda:0", id="no group: the match"),
        pytest.param(r"name: (\w+),|Using (\w+)", "Using T4", "T4", id="the group that took part"),
        pytest.param(r"GPU:( \w+)?", "GPU:", "GPU:", id="no group took part: the match"),
        pytest.param(r"Found GPU at: (\S*)", "Found GPU at: ", "", id="a group that matched nothing: no name"),
    ],
)
def test_custom_pattern_finds_the_device(pattern: str, line: str, device: str) -> None:
    assert parse_job_log([line], device_pattern=pattern).gpu_device == device


def test_custom_pattern_finds_the_accuracy() -> None:
    log = parse_job_log(["epoch 3 acc=91.5%"], accuracy_pattern=r"epoch (?P<step>\d+) acc=(?P<accuracy>[\d.]+)%")
    assert log.accuracy == ((3, pytest.approx(0.915)),)


@pytest.mark.parametrize(
    ("device", "accuracy", "words"),
    [
        pytest.param("(", ACCURACY_PATTERN, ["device_pattern"], id="no regular expression for the device"),
        pytest.param(DEVICE_PATTERN, "[", ["accuracy_pattern"], id="none for the accuracy"),
        pytest.param("a{99999999999999999999}", ACCURACY_PATTERN, ["device_pattern"], id="a number that no machine counts to"),
        pytest.param("(" * 3000 + ")" * 3000, ACCURACY_PATTERN, ["device_pattern"], id="groups in groups in groups"),
        pytest.param(DEVICE_PATTERN, r"(?P<step>\d+)", ["(?P<accuracy>"], id="no group accuracy"),
        pytest.param(DEVICE_PATTERN, r"(\d+): (\d+)", ["(?P<step>", "(?P<accuracy>"], id="groups without names"),
    ],
)
def test_invalid_pattern_is_rejected_before_the_log_is_read(device: str, accuracy: str, words: list[str]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        compile_patterns(device, accuracy)
    assert_explained(refusal.value, "InvalidPattern", *words)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [(r"step (?P<step>\S+): (?P<accuracy>\S+)", "step 1: high"), (r"step (?P<step>\w+): (?P<accuracy>\S+)", "step one: 0.5"),
     (r"(?P<accuracy>0\.\d+)(?P<step>\d+ steps)?", "0.5")],
)  # fmt: skip
def test_pattern_without_numbers_is_rejected_with_its_match(pattern: str, line: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_job_log([line], accuracy_pattern=pattern)
    assert_explained(refusal.value, "InvalidPattern", "accuracy_pattern", "not both numbers")


@pytest.mark.parametrize(
    "line",
    [
        "E tensorflow/stream_executor/cuda/cuda_driver.cc:406] failed call to cuInit: CUDA_ERROR_NO_DEVICE",
        "CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image is available for execution on the device",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    ],
)
def test_first_line_of_a_failure_is_kept(line: str) -> None:
    log = parse_job_log([device_line(), f"  {line}", "failed call to cuInit again"])
    assert (log.failure, log.gpu_device) == (line, "Tesla K80")


def test_custom_failure_pattern_replaces_ours_and_an_empty_one_finds_nothing() -> None:
    lines = ["failed call to cuInit", "NaN loss"]
    assert parse_job_log(lines, failure_pattern="NaN").failure == "NaN loss"
    assert parse_job_log(lines, failure_pattern="").failure is None


PROGRESS = "\r 10% epoch 1 acc 0.10\r 50% epoch 1 acc 0.30 Using T4\r100% epoch 1 acc 0.40\r"


def test_every_text_of_a_progress_bar_is_searched_and_the_last_accuracy_counts() -> None:
    log = parse_job_log([PROGRESS], accuracy_pattern=r"epoch (?P<step>\d+) acc (?P<accuracy>[\d.]+)", device_pattern=r"Using (\w+)")
    assert (log.gpu_device, log.accuracy) == ("T4", ((1, 0.4),))
    assert parse_job_log([PROGRESS], failure_pattern="0.30").failure == "50% epoch 1 acc 0.30 Using T4"


@pytest.mark.parametrize("value", ["nan", "-NaN", "inf", "Infinity", "9" * 400])
def test_accuracy_that_is_not_finite_is_a_failure(value: str) -> None:
    pattern = r"acc (?P<step>\d+) (?P<accuracy>\S+)"
    log = parse_job_log(["acc 5 0.95", f"acc 10 {value}", "acc 15 0.96"], accuracy_pattern=pattern)
    assert log.accuracy == ((5, 0.95), (15, 0.96))
    assert log.failure == f"acc 10 {value}"


def test_quote_of_a_long_line_is_short() -> None:
    line = f"{'x' * 4000} failed call to cuInit {'x' * 4000}"
    assert len(parse_job_log([line], device_pattern="x+").gpu_device) <= 500
    assert len(parse_job_log([line]).failure) <= 500


@pytest.mark.parametrize("value", ["nan", "-nan", "NaN", "inf", "-Infinity"])
@pytest.mark.parametrize("line", ["acc 10 {}", "acc 10 {}%", "loss nan acc 10 {}", "\r acc 9 0.94\r acc 10 {}"])
def test_pattern_for_numbers_only_still_finds_diverged_training(line: str, value: str) -> None:
    said = line.format(value)
    log = parse_job_log(["acc 5 0.95", said], accuracy_pattern=r"acc (?P<step>\d+) (?P<accuracy>[\d.]+)")
    assert log.failure == said.split("\r")[-1].strip()


@pytest.mark.parametrize("line", ["loss nan", "loss nan acc 10 0.96", "INFO: acc", "acc info nanny", "nan acc 10", "acc 10 0.96 (min nan)"])
def test_nan_elsewhere_in_the_log_is_not_the_accuracy(line: str) -> None:
    log = parse_job_log(["acc 5 0.95", line], accuracy_pattern=r"acc (?P<step>\d+) (?P<accuracy>[\d.]+)")
    assert (log.failure, log.accuracy[0]) == (None, (5, 0.95))


SMI = r"\|\s+\d+\s+\|?\s*((?:NVIDIA|Tesla) [^|]*?)\s\s"
UUIDS = ["GPU-8dc7a0c9-0e39-4b8f-9c51-0123456789ab", "GPU-8dc7a0c9-0e39-4b8f-9c51-0123456789ac"]


@pytest.mark.parametrize(
    ("pattern", "lines", "gpus", "numbered"),
    [
        pytest.param(DEVICE_PATTERN, [device_line()], 1, True, id="TensorFlow, one"),
        pytest.param(DEVICE_PATTERN, [device_line(), device_line(index=1)], 2, True, id="TensorFlow, two"),
        pytest.param(SMI, ["|   0  Tesla T4            On   | 0001:00:00.0 Off |"], 1, True, id="nvidia-smi's table"),
        pytest.param(r"cuda:\d+ (NVIDIA .*)", [f"cuda:0 NVIDIA H100 NVL epoch {n}" for n in range(9)], 1, True, id="once a line"),
        pytest.param(r"GPU \d+: (.*) \(UUID: \S+\)", [f"GPU 0: Tesla T4 (UUID: {uuid})" for uuid in UUIDS], 2, True, id="UUIDs"),
        pytest.param(r"on (\S+)", [f"on {UUIDS[0]}"], 1, True, id="a UUID as the name"),
        pytest.param(r"bus 00000001:(\S+) \w+", ["bus 00000001:00:00.0 T4", "bus 00000001:0a:00.0 T4"], 2, True, id="PCI addresses"),
        pytest.param(r"Using (\w+ \w+)", ["Using Tesla T4", "Using Tesla T4"], 1, False, id="the model alone"),
        pytest.param(r"cuda:0 (NVIDIA .*)", ["cuda:0 NVIDIA A100"], 1, False, id="one number only"),
        pytest.param(r"(Tesla \w+) .*MiB", ["Tesla T4 with 15109 MiB, compute 7.5"], 1, False, id="other numbers"),
        pytest.param(r"name: (\S+) .*", ["name: T4 memory: 15 compute: 7"], 1, False, id="small numbers of something else"),
    ],
)  # fmt: skip
def test_devices_are_counted_where_the_log_tells_one_from_another(pattern: str, lines: list[str], gpus: int, numbered: bool) -> None:
    log = parse_job_log(lines, device_pattern=pattern)
    assert (log.gpus, log.numbered) == (gpus, numbered)
