# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/diagnosis.md: every finding's code with an example, and how it is proven. `make pages` writes it.

The examples are the findings of the unit tests' fixtures; the proofs are the lab tests' markers, or where a text is known from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.readiness import diagnose_operator
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.autoscaler import scaling
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding, finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.signature import Signature, recognize
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.causes import diagnose_workload

from ..builders import GPU_NODE, event, node
from ..core.gpu_operator import test_diagnosis as test_operator
from ..core.metrics import test_azure_monitor, test_exporters
from ..core.proof import test_judge, test_load, test_own_pods, test_room
from ..core.scheduling import test_autoscaler
from ..core.signatures import test_signatures
from ..core.verify import test_diagnosis
from ..core.workload import test_diagnosis_workload

REPOSITORY = Path(__file__).parents[4]
MODULE_UTILS = REPOSITORY / "plugins" / "module_utils"
PAGE = REPOSITORY / "docs" / "diagnosis.md"
LAB_TESTS = (
    "test_diagnosis_nodes",
    "test_diagnosis_evidence",
    "test_diagnosis_jobs",
    "test_schedulable",
    "test_job",
    "test_job_cases",
    "test_job_places",
    "test_rbac",
    "test_gpu_proof",
    "test_gpu_proof_interrupted",
    "test_gpu_proof_obstacles",
    "test_gpu_operator_info",
    "test_gpu_operator_faults",
    "test_driver_owners",
    "test_metrics",
    "test_dcgm_exporter",
)
# What a finding's code is the first argument of, or the argument named code.
FINDINGS = {"Explanation", "known_message"}
# Explanations of the core that are errors' and not findings': docs/errors.md.
_ERRORS = re.compile(
    r"_core/(azure_failures/|gpu_operator/(unservable|helm_failure)\.py|metrics/(refusals|unavailable)\.py|register\.py|signatures/helm\.py|"
    r"workload/proof\.py)"
)
# The preflight's findings are about Azure, and have a page of their own: docs/preflight.md.
PREFLIGHT = (
    "_core/preflight/availability.py",
    "_core/preflight/quota.py",
    "_core/preflight/readings.py",
    "_core/preflight/reservation.py",
    "_core/pool/path_rules.py",
    "_core/pool/managed_rules.py",
    "_core/pool/new_rules.py",
    "_core/pool/preview.py",
    "_core/owners/path_fit.py",
    "_core/preflight/cluster.py",
    "_core/preflight/versions.py",
)
_PREFLIGHTS_MAKERS = {"Explanation", "Question", "_finding"}
# Of causes that the lab can't bring about and that are no text's meaning: where what they look at is known from.
SOURCES = {
    "ProofPodMissing": "kubernetes pkg/controller/job: event FailedCreate, which the user of the task may not list",
    "KarpenterCannotHelp": "kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling; Azure/karpenter-provider-azure#181",
    "VMEventScheduled": "https://learn.microsoft.com/azure/aks/node-auto-drain",
    "NoNodeFits": "kubernetes pkg/scheduler/framework/plugins; the rules that it is computed by agree with the real scheduler in "
    "tests/integration/plugins/test_scheduler_agreement.py",
    "NodeLacksCdiSpec": "kaito-project/kaito#2326, Azure/AgentBaker#9150",
    "KarpenterDriverMismatch": "Azure/karpenter-provider-azure#1787, #1794",
    "NodeAddedTooSoon": "NVIDIA/k8s-device-plugin#1746, kubernetes/autoscaler#1949",
    "OperatorPluginOff": "NVIDIA/gpu-operator#2550: the label nvidia.com/gpu.deploy.device-plugin",
    "OutOfMemory": "https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#exceed-a-container-s-memory-limit",
    "ChallengeFailed": "the answer is computed twice: by a kernel on the device, and in Python here",
    "DuplicateUuid": "a UUID is a GPU's own: NVML's nvmlDeviceGetUUID",
    "GpuCallFailed": "the codes of cuda.h and nvml.h",
    "GpuCheckFailed": "the checks of the proof program",
    "GpuNotOffered": "kubernetes pkg/kubelet/cm/devicemanager: an unhealthy device is in capacity and not in allocatable",
    "GpuShared": "https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus",
    "GpuThrottled": "nvml.h: nvmlClocksEventReasons",
    "NotAGpu": "the program's own codes, and tests/integration/lab/test_kubelet_proof.py",
    "ProofProcessEnded": "wait(2): the status of the program's child, and tests/unit/proof/test_process.py",
    "ProofOutOfMemory": "cuda.h: CUDA_ERROR_OUT_OF_MEMORY; nvml.h: NVML_ERROR_MEMORY",
    "ProofNotPossible": "the codes of cuda.h and nvml.h",
    "RowRemapPending": "https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/",
    "ExporterShowsNoDevice": "NVIDIA/dcgm-exporter README: DCGM_EXPORTER_COLLECTORS",
    "GpuSeriesStopped": "https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness",
    "MetricGone": "kubernetes/enhancements KEP-1867; Azure/AgentBaker pkg/agent/baker.go",
    "TrainingFailed": "the checks of the proof program",
    "PodNotCreated": "kubernetes pkg/controller/job: event FailedCreate with a text that no row knows",
}
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# What is wrong: every finding

<!-- Written by `make pages`; a test holds it exact. -->

`gpu_schedulable_facts`, `nvidia_device_plugin`, `gpu_operator_info`, `gpu_metrics_info`, `dcgm_exporter`, `gpu_job`, `mnist_job` and
`gpu_proof` return findings. Each one has a `code`, a `severity`, the `subjects` that it is about (nodes, pods or pools), the `evidence`,
the `cause` and a `remedy`. The `error.code` of a failed task is the code of its most important finding. An *error* remains until someone
fixes it. A *warning* may resolve without action, or is intended. Names and numbers below are examples.
"""
_PROOFS = """
## How each cause is proven

Lab tests cause the problem with the real API server, scheduler, controllers and admission; only the nodes are simulated
([FIDELITY.md](https://github.com/gpuops/aks/blob/main/tests/lab/FIDELITY.md)). Where the lab cannot
cause it, a fixture contains the message that identifies it.
"""


def every_code() -> set[str]:
    """The codes of all findings, from the source."""
    files = {*filter(has_findings, MODULE_UTILS.rglob("*.py"))} - {MODULE_UTILS / name for name in PREFLIGHT}
    return {code for file in files for code in _codes(ast.parse(file.read_text()))}


def has_findings(file: Path) -> bool:
    """Whether the explanations in a file of the source are findings'."""
    name = file.relative_to(MODULE_UTILS).as_posix() if file.is_relative_to(MODULE_UTILS) else ""
    return name.startswith("_core/") and not _ERRORS.match(name)


def codes_in(path: str) -> Iterator[str]:
    """The codes of a file of the preflight, which are among the first two arguments of what makes its findings."""
    for call in _calls(ast.parse((MODULE_UTILS / path).read_text()), _PREFLIGHTS_MAKERS):
        texts = (each.value for argument in call.args[:2] for each in ast.walk(argument) if isinstance(each, ast.Constant))
        yield from (text for text in texts if isinstance(text, str) and text[:1].isupper())


def _codes(tree: ast.AST) -> Iterator[str]:
    for call in _calls(tree, FINDINGS):
        given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "code")]
        yield from (str(code.value) for code in given if isinstance(code, ast.Constant))


def _calls(tree: ast.AST, functions: Collection[str]) -> Iterator[ast.Call]:
    """The calls of functions of these names."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions:
            yield call


def examples() -> dict[str, list[Finding]]:
    """Findings of the fixtures, by code."""
    found: dict[str, list[Finding]] = {}
    for each in _findings():
        found.setdefault(each.code, []).append(each)
    return found


def _findings() -> Iterator[Finding]:
    for case in test_diagnosis.CAUSES:
        yield from diagnose(case.values[0], by_name=True)  # type: ignore[arg-type]
    yield from diagnose(test_diagnosis.snapshot(node(gpus=0, capacity=1)))
    yield from diagnose(test_diagnosis.CONFIG_UNREAD)
    yield from diagnose(test_diagnosis.STARTING_UP)
    for kind, (code, _severity, message) in test_diagnosis.CONDITIONS.items():
        condition = {"type": kind, "status": "True", "reason": code, "message": message}
        yield from diagnose(test_diagnosis.served(node(conditions=[condition])))
    for case in test_diagnosis_workload.CAUSES:
        yield from diagnose_workload(case.values[0])  # type: ignore[arg-type]
    for case in test_operator.CAUSES:
        yield from diagnose_operator(case.values[0])  # type: ignore[arg-type]
    for reason, message, *_expected in test_autoscaler.WORDS:
        yield from scaling("default/train-0", [event(reason, message)])
    yield from (found for case in test_exporters.CASES.values() for found in case)
    yield from test_azure_monitor.CASES
    yield from test_judge.examples()
    yield from test_load.examples()
    yield from test_own_pods.examples()
    yield from test_room.examples()
    yield from _meanings()


def _meanings() -> Iterator[Finding]:
    for rows, texts in test_signatures.TABLES.values():
        for _code, text in texts:
            known = recognize(text, rows)
            assert known is not None
            signature, line = known
            yield finding(signature.explanation, [("default/train-0", line)], node=GPU_NODE)


def signatures() -> dict[str, Signature]:
    """The rows of all tables of texts, by code."""
    return {row.explanation.code: row for rows, _texts in test_signatures.TABLES.values() for row in rows}


def lab_proofs() -> dict[str, list[str]]:
    """Which lab tests bring a cause about, by its code."""
    proofs: dict[str, list[str]] = {}
    for name in LAB_TESTS:
        for test, function in sorted(vars(import_module(f"tests.integration.plugins.{name}")).items()):
            if test.startswith("test_"):
                for code in dict.fromkeys(_proven(getattr(function, "pytestmark", ()))):
                    proofs.setdefault(code, []).append(f"{name}.py::{test}")
    return proofs


def _proven(marks: Iterable[Any]) -> Iterator[str]:
    for mark in marks:
        if mark.name == "proves":
            yield from mark.args
        if mark.name == "parametrize":
            for case in mark.args[1]:
                yield from _proven(getattr(case, "marks", ()))


def proof(code: str, proofs: dict[str, list[str]]) -> str:
    """How a cause is proven, as the page says it; "" for one that is not."""
    if code in proofs:
        return "lab: " + ", ".join(f"`{test}`" for test in proofs[code])
    source = SOURCES.get(code) or (signatures()[code].source if code in signatures() else "")
    return f"fixture: {source}" if source else ""


def page() -> str:
    """The page as it has to be."""
    found, proofs = examples(), lab_proofs()
    ordered = sorted(found, key=str.lower)
    rows = [row(code, found[code]) for code in ordered]
    table = ["", "| code | severity | evidence | cause | remedy |", "|---|---|---|---|---|", *rows, ""]
    proven = ["", "| code | proof |", "|---|---|", *(f"| {code} | {_cell(proof(code, proofs))} |" for code in ordered), ""]
    return _INTRODUCTION + "\n".join(table) + _PROOFS + "\n".join(proven)


def row(code: str, found: list[Finding]) -> str:
    """A line of the page's table."""
    first = found[0]
    severities = " or ".join(sorted({each.severity for each in found}))
    cells = (first.evidence, first.explanation.cause, first.explanation.remedy)
    return f"| <a id='{code.lower()}'></a>{code} | {severities} | {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
