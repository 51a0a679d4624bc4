# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on what a Job has reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage, held_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.findings import (
    GPU_LOST,
    NO_POD,
    NODE_GONE,
    NOT_DONE,
    PROCESS_ENDED,
    PROGRAM_GONE,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.meanings import is_failure
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import plans
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import DeviceVerdict, compared, without_gone_nodes, without_pod
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding, finding
from ansible_collections.gpuops.aks.plugins.module_utils._proof import codes

from ...builders import GPU_NODE, Json, node, pod, snapshot
from ...proof_builders import FIGURES, NONCE, POD_UID, SMOKE, device, error, judged, proof_job, proof_pod, run_line, uuid

TWO_GPUS = "Standard_NC12"
OTHER_NONCE = "f" * 32
INTERRUPTED = error("Interrupted", call=None, number=None)
A100 = "GPU-a1000000-0000-4000-8000-000000000001"
SLOW = {"memory_gb_s": 24.0}
PENDING = {"after": {"remapped_pending": True}}
THROTTLED = {"after": {"throttle_reasons": ["gpu_idle", "hw_thermal_slowdown"]}}


def case(code: str, verdict: str, *lines: Any, **more: Any) -> Any:
    """What one Job prints, the verdict on its GPU, and the code of its finding."""
    return pytest.param(lines, more, code, verdict, id=more.pop("id", code))


# Each row brings about one code; the page of all findings takes its examples from here.
REPORTS = [
    case("StaleProof", "not_proven", device(nonce=OTHER_NONCE), run_line(nonce=OTHER_NONCE)),
    case("StaleProof", "not_proven", device(), run_line(), device(2, nonce=OTHER_NONCE), id="yesterday's line among today's"),
    case("WrongNode", "not_proven", device(node="aks-other"), run_line(node="aks-other")),
    case("WrongNode", "not_proven", device(pod_uid="other"), run_line(pod_uid="other"), id="another pod's line"),
    case("WrongNode", "not_proven", device(), run_line(), pod=proof_pod(proof_job(), nodeName="aks-other"), id="pod on another node"),
    case("ChallengeFailed", "failed", device(challenge="0" * 64), run_line()),
    case("ChallengeFailed", "failed", device(challenge=None), run_line(), id="no answer"),
    case("NotAGpu", "failed", run_line(0, error=error("LibraryMissing"))),
    case("NotAGpu", "failed", run_line(0), id="no device"),
    case("ProofIncomplete", "not_proven"),
    case("ProofIncomplete", "not_proven", device(checks=SMOKE[:3]), run_line(), id="checks left out"),
    case("ProofIncomplete", "not_proven", device(checks=[name for name in SMOKE if name != "ecc"]), run_line(), id="counters left out"),
    case("ProofIncomplete", "not_proven", device(), id="no last line"),
    case("ProofIncomplete", "not_proven", device(), run_line(error=INTERRUPTED), id="interrupted after the device"),
    case("ProofIncomplete", "not_proven", run_line(0, error=INTERRUPTED), id="interrupted before the first device"),
    case("ProofIncomplete", "not_proven", device(failed={"ecc": "no counters"}, code="CountersUnread"), run_line(), id="counters unread"),
    case("ProofIncomplete", "not_proven", device(failed={"peers": "told to stop"}, code="Interrupted"), run_line(), id="peers interrupted"),
    case("ProofProcessEnded", "not_proven", device(error=error("ProcessEnded", call=None)), run_line()),
    case("ProofOutOfMemory", "not_proven", device(error=error("CUDA_ERROR_OUT_OF_MEMORY")), run_line()),
    case("ProofOutOfMemory", "not_proven", device(failed={"peers": "no"}, code="CUDA_ERROR_OUT_OF_MEMORY"), run_line(), id="peers, memory"),
    case("ProofNotPossible", "not_proven", device(error=error("CUDA_ERROR_MPS_CONNECTION_FAILED")), run_line()),
    case("FabricManagerNotRunning", "not_proven", device(error=error("CUDA_ERROR_SYSTEM_NOT_READY")), run_line()),
    case("FabricManagerNotRunning", "not_proven", device(error=error("CUDA_ERROR_FABRIC_NOT_READY")), run_line(), id="fabric starts"),
    case("DriverLibraryMismatch", "not_proven", device(error=error("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")), run_line()),
    case("DriverLibraryMismatch", "not_proven", run_line(0, error=error("NVML_ERROR_LIB_RM_VERSION_MISMATCH")), id="NVML mismatch"),
    case("DriverTooOldForCuda", "not_proven", device(error=error("CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE")), run_line()),
    case("MemoryErrors", "failed", device(failed={"memory": "7 words of 1024 came back changed"}), run_line()),
    case("EccErrors", "failed", device(failed={"ecc": "2 new uncorrectable errors"}), run_line()),
    case("EccErrors", "failed", device(error=error("CUDA_ERROR_ECC_UNCORRECTABLE")), run_line(), id="a call fails by ECC"),
    case("GpuTimeout", "failed", device(error=error("Timeout", timeout=True)), run_line()),
    case("GpuLost", "failed", device(error=error("NVML_ERROR_GPU_IS_LOST")), run_line()),
    case("PtxRefused", "failed", device(error=error("CUDA_ERROR_UNSUPPORTED_PTX_VERSION")), run_line()),
    case("GpuLost", "failed", device(error=error("StateUnknown", call=None)), run_line(), id="state unknown"),
    case("GpuCallFailed", "failed", device(error=error("CUDA_ERROR_UNKNOWN")), run_line()),
    case("GpuCallFailed", "failed", device(error=error("NVML_ERROR_RESET_REQUIRED")), run_line(), id="reset required"),
    case("WrongResult", "failed", device(failed={"sgemm": "4 elements are wrong"}), run_line()),
    case("TrainingFailed", "failed", device(checks=(*SMOKE, "train"), failed={"train": "reads 31%"}), run_line(), level="train"),
    case("GpuCheckFailed", "failed", device(failed={"peers": "3 words changed on the way"}), run_line()),
    case("NeighborGpu", "failed", device(2), run_line(granted=[uuid(1)])),
    case("NeighborGpu", "failed", device(1), run_line(visible=2, granted=None), id="more than it was given"),
    case("RowRemapPending", "proven", device(state=PENDING), run_line()),
    case("GpuThrottled", "proven", device(state=THROTTLED), run_line()),
    case("ProofTimeout", "not_proven", findings=(finding(NOT_DONE, [("default/gpu-proof-0123456789", "the Job has not ended")]),)),
    case("ProofDeleted", "not_proven", findings=(finding(PROGRAM_GONE, [("default/gpu-proof-0123456789", "the Job no longer exists")]),)),
]  # fmt: skip


def plan_findings() -> list[Finding]:
    """The findings of nodes that offer less than all of their GPUs to a proof."""
    shared = node(labels={"nvidia.com/gpu.replicas": "4"}, gpus=4)
    lost = snapshot(node(gpus=1, capacity=2, vm_size=TWO_GPUS))
    held = plans(snapshot(node(), pods=[pod(gpus=1)]), [])
    shown = [*plans(snapshot(shared), []), *plans(lost, [])]
    return [found for plan in shown for found in plan.findings] + [found for each in held_of(held) for found in each.findings]


def compared_findings() -> list[Finding]:
    """The findings of devices that are compared with others."""
    slow = compared(judged(device(figures=SLOW), run_line()), fail_on_slow=False)
    twice = compared([*judged(device(), run_line()), *judged(device(), run_line())], fail_on_slow=False)
    missing = judged(device(), run_line(), asked=2)
    gone = without_gone_nodes(judged(device(), run_line()), {GPU_NODE})
    sliced = [*judged(*slices(1), run_line(granted=[A100])), *judged(*slices(1, uuid=ONE), run_line(granted=[ONE]))]
    return [found for each in (*slow, *twice, *missing, *gone, *sliced) for found in each.findings]


def examples() -> list[Finding]:
    """An example of every finding."""
    reports = [judged(*row.values[0], **row.values[1]) for row in REPORTS]
    return [*(found for devices in reports for each in devices for found in each.findings), *plan_findings(), *compared_findings()]


@pytest.mark.parametrize(("lines", "more", "code", "verdict"), REPORTS)
def test_report_gives_verdict_and_code(lines: Any, more: Any, code: str, verdict: str) -> None:
    (found,) = judged(*lines, **more)
    assert ([each.code for each in found.findings], found.verdict) == ([code], verdict)
    assert found.facts()["findings"][0]["message"]


def test_healthy_device_is_proven_with_its_figures() -> None:
    (found,) = judged(device(), run_line())
    assert (found.verdict, found.findings, found.uuid, found.model) == ("proven", (), uuid(1), "Tesla T4")
    assert found.figures == FIGURES
    assert found.pod == "default/gpu-proof-0123456789-x7k2p"


def test_text_that_only_looks_right_proves_nothing() -> None:
    words = ["1 of 1 devices passed.", "challenge: answered", f"nonce {NONCE}, node {GPU_NODE}, pod {POD_UID}"]
    (found,) = judged(lines=words)
    assert (found.verdict, [each.code for each in found.findings]) == ("not_proven", ["ProofIncomplete"])


def test_missing_device_fails_and_the_others_are_proven() -> None:
    found = judged(device(1), run_line(1), asked=2)
    assert [each.verdict for each in found] == ["proven", "failed"]
    assert [each.code for each in found[1].findings] == ["CountMismatch"]
    assert found[1].uuid is None


def test_device_that_does_not_even_tell_its_uuid_fails() -> None:
    nameless = {**device(), "device": {"index": 1, "uuid": None, "name": None}, "error": error("NVML_ERROR_GPU_IS_LOST")}
    found = judged(device(1), nameless, run_line(2), asked=2)
    assert [(each.verdict, each.uuid, each.model) for each in found] == [("proven", uuid(1), "Tesla T4"), ("failed", None, "Tesla T4")]


@pytest.mark.parametrize("ended", [(), (run_line(error=INTERRUPTED),)], ids=["no last line", "interrupted"])
def test_device_that_has_failed_stays_failed_without_an_end(ended: Any) -> None:
    (failed,) = judged(device(failed={"memory": "7 words"}), *ended)
    assert (failed.verdict, [each.code for each in failed.findings]) == ("failed", ["MemoryErrors", "ProofIncomplete"])


def test_check_that_failed_before_an_interruption_counts() -> None:
    (failed,) = judged(device(failed={"memory": "7 words"}, challenge=None, error=INTERRUPTED), run_line(error=INTERRUPTED))
    assert (failed.verdict, [each.code for each in failed.findings][:2]) == ("failed", ["ProofIncomplete", "MemoryErrors"])


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_reason_of_an_interruption_is_told_and_proves_nothing(severity: str) -> None:
    why = finding(replace(PROGRAM_GONE, severity=severity), [("default/gpu-proof-0123456789", "the Job no longer exists")])
    passed, failed = (judged(line, run_line(error=INTERRUPTED), findings=(why,))[0] for line in (device(), device(failed={"memory": "7"})))
    assert (passed.verdict, [each.code for each in passed.findings]) == ("not_proven", ["ProofDeleted"])
    assert (failed.verdict, [each.code for each in failed.findings]) == ("failed", ["MemoryErrors", "ProofDeleted"])


def test_container_that_sees_more_is_refused_without_a_last_line() -> None:
    (found,) = judged(device(1), device(2))
    assert (found.verdict, [each.code for each in found.findings]) == ("failed", ["NeighborGpu", "ProofIncomplete"])


def test_devices_that_have_not_copied_to_each_other_are_not_proven() -> None:
    alone = [name for name in SMOKE if name != "peers"]
    assert [each.verdict for each in judged(device(checks=alone), run_line())] == ["proven"]
    both = judged(device(1), device(2, checks=alone), run_line(2), asked=2)
    assert [each.verdict for each in both] == ["proven", "not_proven"]
    broken = judged(device(1, checks=alone), device(2, failed={"sgemm": "wrong"}), run_line(2), asked=2)
    assert [each.verdict for each in broken] == ["proven", "failed"]
    slices = [device(number, parent_uuid=A100, checks=alone) for number in (1, 2)]
    assert [each.verdict for each in judged(*slices, run_line(2), asked=2, sliced=True)] == ["proven", "proven"]


def slices(*numbers: int, of: str = A100, **changes: Any) -> list[Any]:
    """Slices of a GPU."""
    return [device(number, parent_uuid=of, name="NVIDIA A100-SXM4-80GB MIG 1g.10gb", **changes) for number in numbers]


B100 = A100.replace("a1", "b1")
ONE = f"MIG-{A100.removeprefix('GPU-')}"


@pytest.mark.parametrize(
    ("lines", "asked", "sliced", "verdicts", "codes"),
    [
        pytest.param([*slices(1, 2, 3), run_line(3, granted=[A100])], 1, False, ["proven"], ["GpuSliced"], id="a GPU with its slices"),
        pytest.param([*slices(1, 2, 3), run_line(3, granted=None)], 1, False, ["proven"], ["GpuSliced"], id="nobody says which"),
        pytest.param(
            [*slices(1, 2), *slices(3, failed={"memory": "1 word"}), run_line(3, granted=[A100])],
            1, False, ["failed"], ["MemoryErrors", "GpuSliced"], id="one slice is broken",
        ),
        pytest.param([*slices(1, 2), run_line(3, granted=[A100])], 1, False, ["not_proven"], ["GpuSliced", "ProofIncomplete"], id="lacks"),
        pytest.param(
            [*slices(1, 2), *slices(3, of=B100), run_line(3, granted=[A100])], 1, False, ["failed"], ["GpuSliced", "NeighborGpu"],
            id="another GPU's slice",
        ),
        pytest.param(
            [*slices(1, 2), run_line(2, granted=[A100, B100])],
            2, False, ["proven", "failed"], ["GpuSliced", "CountMismatch"], id="one GPU of two",
        ),
        pytest.param([*slices(1, 2), run_line(2, granted=[uuid(1), uuid(2)])], 2, True, ["proven"] * 2, [], id="slices were requested"),
        pytest.param([*slices(1, uuid=ONE), run_line(granted=[ONE])], 1, False, ["not_proven"], ["MigSlicesUnknown"], id="a slice"),
        pytest.param([*slices(1, 2), run_line(2, granted=[uuid(1)])], 1, True, ["failed"], ["NeighborGpu"], id="another's slice"),
        pytest.param([*slices(1, 2), run_line(2, granted=None)], 1, True, ["failed"], ["NeighborGpu"], id="a slice too many"),
        pytest.param(
            [*(device(number) for number in range(1, 9)), run_line(8, granted=[uuid(3)])], 1, False, ["failed"], ["NeighborGpu"],
            id="all GPUs of the machine",
        ),
    ],
)  # fmt: skip
def test_verdict_is_on_what_kubernetes_gave(lines: Any, asked: int, sliced: bool, verdicts: list[str], codes: list[str]) -> None:
    found = judged(*lines, asked=asked, sliced=sliced)
    assert [each.verdict for each in found] == verdicts
    assert list(dict.fromkeys(each.code for device in found for each in device.findings)) == codes


def test_sliced_gpu_is_named_by_its_own_uuid() -> None:
    (found,) = judged(*slices(1, 2), run_line(2, granted=[A100]))
    assert found.uuid == A100
    assert [each["device"]["uuid"] for each in found.line["slices"]] == [uuid(1), uuid(2)]


# Whatever the driver or NVML may say, in the program's own table: whose fault it is has to be decided for each.
@pytest.mark.parametrize("code", [name for table in (codes.CUDA, codes.NVML) for name, _meaning in table.values()])
def test_device_fails_only_by_what_it_shows(code: str) -> None:
    (found,) = judged(device(error=error(code)), run_line())
    (why,) = found.findings
    assert (found.verdict == "failed") == is_failure(why.explanation)
    assert found.verdict != "proven"


@pytest.mark.parametrize("field", ["image", "command", "args"])
def test_pod_that_admission_has_changed_proves_nothing(field: str) -> None:
    asked = proof_job()
    changed = proof_pod(asked)
    changed["spec"]["containers"][0][field] = "example.com/evil:1" if field == "image" else ["evil"]
    (found,) = judged(device(), run_line(), pod=changed)
    assert (found.verdict, [each.code for each in found.findings]) == ("not_proven", ["PodDiffers"])


def test_pod_with_fewer_gpus_than_requested_proves_nothing() -> None:
    changed = proof_pod(proof_job())
    changed["spec"]["containers"][0]["resources"]["limits"] = {}
    (found,) = judged(device(), run_line(), pod=changed)
    assert [each.code for each in found.findings] == ["GpuNotRequested"]


def test_uuid_that_two_pods_report_proves_neither() -> None:
    both = compared([*judged(device(), run_line()), *judged(device(), run_line())], fail_on_slow=False)
    assert [(each.verdict, each.findings[0].code) for each in both] == [("failed", "DuplicateUuid")] * 2


def test_device_of_a_node_that_is_gone_is_not_proven() -> None:
    devices = [*judged(device(1), run_line()), *judged(device(failed={"memory": "7 words"}), run_line())]
    assert [each.verdict for each in without_gone_nodes(devices, set())] == ["proven", "failed"]
    gone = without_gone_nodes(devices, {GPU_NODE})
    assert [(each.verdict, each.findings[-1].code) for each in gone] == [("not_proven", "NodeDeleted"), ("failed", "NodeDeleted")]


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (NOT_DONE, ["NodeDeleted"]),
        (PROGRAM_GONE, ["NodeDeleted"]),
        (NO_POD, ["NodeDeleted"]),
        (replace(NODE_GONE, severity="warning"), ["NodeDeleted"]),
        (PROCESS_ENDED, ["NodeDeleted", "ProofProcessEnded"]),
        (GPU_LOST, ["GpuLost", "NodeDeleted"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else value.code,
)
def test_end_of_the_node_is_the_cause_of_what_follows_from_it(known: Explanation, codes: list[str]) -> None:
    (seen,) = judged(findings=(finding(known, [("default/gpu-proof-0123456789", "so it is")]),))
    (gone,) = without_gone_nodes([seen], {GPU_NODE})
    assert [each.code for each in gone.findings] == codes
    assert gone.findings[0].severity == "error"


@pytest.mark.parametrize(
    ("status", "code"),
    [({"startTime": "2026-08-01T10:00:00Z"}, "ProofPodMissing"), ({}, "ProofTimeout"), (None, "ProofTimeout")],
)
def test_pod_is_called_missing_only_if_kubernetes_has_taken_up_the_job(status: Json | None, code: str) -> None:
    found = without_pod({"metadata": {"name": "gpu-proof-0123456789", "namespace": "default"}, "status": status}, GPU_NODE)
    assert (found.code, found.subjects) == (code, ("default/gpu-proof-0123456789",))


@pytest.mark.parametrize(("fatal", "verdict"), [(False, "proven"), (True, "failed")])
def test_slow_device_fails_if_asked_for(fatal: bool, verdict: str) -> None:
    (found,) = compared(judged(device(figures=SLOW), run_line()), fail_on_slow=fatal)
    assert (found.verdict, [each.code for each in found.findings]) == (verdict, ["GpuSlow"])
    assert found.floor["memory_gb_s"] == pytest.approx(0.6 * 320)


def test_a_failed_device_is_not_measured_against_the_others() -> None:
    devices = judged(device(1), device(2, challenge=None, figures=SLOW), run_line(2), asked=2)
    assert next(each.findings for each in compared(devices, fail_on_slow=True)) == ()


def coverage(*devices: DeviceVerdict, **scene: Any) -> Coverage:
    """The coverage of one node with two GPUs."""
    seen = plans(snapshot(node(gpus=2, vm_size=TWO_GPUS), **scene), [])
    return Coverage(seen, [*devices, *held_of(seen)])


def test_coverage_counts_proven_held_and_failed() -> None:
    found = coverage(*judged(device(1), run_line()), pods=[pod("train-0", namespace="team", gpus=1)])
    assert found.sentence == "1 of 2 GPUs proven on 1 node; 1 is held by team/train-0"
    assert {name: value for name, value in found.facts().items() if name != "sentence"} == {
        "proven": 1, "total": 2, "nodes": 1, "held": 1, "failed": 0,
    }  # fmt: skip
    (facts,) = found.node_facts()
    assert (facts["capacity"], facts["free"], facts["held_by"], facts["verdict"]) == (2, 1, ["team/train-0"], "not_proven")


@pytest.mark.parametrize(
    ("require", "devices", "held", "code"),
    [
        ("all", (1, 2), 0, None),
        ("all", (1,), 1, "GpuNotProven"),
        ("free", (1,), 1, None),
        ("free", (), 2, "GpuNotProven"),
        ("any", (1,), 1, None),
        ("any", (), 2, "GpuNotProven"),
    ],
)
def test_require_decides_what_is_enough(require: str, devices: tuple[int, ...], held: int, code: str | None) -> None:
    proven = judged(*map(device, devices), run_line(len(devices)), asked=len(devices)) if devices else []
    found = coverage(*proven, pods=[pod(gpus=held)] if held else []).shortfall(require)
    assert (found and found.code) == code


@pytest.mark.parametrize("require", ["all", "free", "any"])
def test_held_gpus_can_be_accepted_only_if_something_is_proven(require: str) -> None:
    nothing = coverage(pods=[pod(gpus=2)]).shortfall(require)
    assert nothing is not None
    assert "No GPU is free" in nothing.explanation.cause
    assert "choose other nodes" in nothing.explanation.remedy
    assert "require" not in nothing.explanation.remedy
    one = coverage(*judged(device(1), run_line()), pods=[pod(gpus=1)])
    assert all("require" not in each.explanation.remedy for each in one.findings)
    short = one.shortfall(require)
    assert "require: free" in short.explanation.remedy if short else require != "all"


@pytest.mark.parametrize(("require", "enough"), [("all", False), ("free", False), ("any", True)])
def test_failed_device_is_enough_for_any_only(require: str, enough: bool) -> None:
    devices = judged(device(1), device(2, challenge=None), run_line(2), asked=2)
    found = coverage(*devices).shortfall(require)
    assert (found is None) == enough
    assert found is None or found.code == "ChallengeFailed"


def test_node_that_offers_nothing_is_never_enough() -> None:
    seen = plans(snapshot(node(), node("aks-silent", gpus=None, vm_size="unknown")), [])
    assert Coverage(seen, judged(device(), run_line())).shortfall("free") is not None
