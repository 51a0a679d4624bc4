# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of faults: what a message's numbers mean, and what the worst of them takes."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.fault import Action, Owner
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.lookup import explained_by_faults, faults_in
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.nhc_codes import NHC_CODES
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.results import _JUDGED, RESULTS
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.sxids import SXIDS
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.xids import APPLICATION_XIDS, XIDS
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.explanation import Explanation
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.driver import DRIVER
from ansible_collections.gpuops.aks.plugins.module_utils._core.signatures.signature import recognize

BASE = Explanation("DeviceXid", cause="The driver reported an Xid error of a GPU.", remedy="Replace the node: {node}.")
EVERY = [*XIDS.values(), *SXIDS.values(), *NHC_CODES.values(), *RESULTS.values()]


@pytest.mark.parametrize(
    ("text", "code", "owner", "action"),
    [
        ("NVRM: Xid (PCI:0000:78:00): 79, GPU has fallen off the bus.", "79", Owner.HARDWARE, Action.REPLACE),
        ("Xid=48", "48", Owner.HARDWARE, Action.RESET),
        ("Xid 63", "63", Owner.HARDWARE, Action.NONE),
        ("Xid 74", "74", Owner.FABRIC, Action.RESET),
        ("Xid 119", "119", Owner.DRIVER, Action.RESET),
        ("Xid 134", "134", Owner.UNCLEAR, Action.RESTART),
        ("Xid 63\nXid 13\nXid 95", "95", Owner.HARDWARE, Action.RESET),
        ("SXid (PCI:0000:c2:00.0): 20034, Fatal, Link 28 LTSSM Fault Up", "20034", Owner.FABRIC, Action.REBOOT),
        ("SXid (PCI:0000:c2:00.0): 12020, Fatal", "12020", Owner.FABRIC, Action.REPLACE),
        ("SXid (PCI:0000:c2:00.0): 10004", "10004", Owner.THERMAL, Action.REPORT),
        ("Expected to see 8 GPUs but found 7. FaultCode: NHC2009", "NHC2009", Owner.HARDWARE, Action.REPORT),
        ("Xid 79. FaultCode: NHC2013", "NHC2013", Owner.HARDWARE, Action.REPORT),
        ("CUDA_ERROR_ECC_UNCORRECTABLE", "214", Owner.HARDWARE, Action.RESET),
        ("NVML_ERROR_GPU_IS_LOST", "15", Owner.HARDWARE, Action.REPLACE),
        ("CUDA_ERROR_INVALID_VALUE", "1", Owner.APPLICATION, Action.RESTART),
    ],
)
def test_worst_fault_of_a_message_comes_first(text: str, code: str, owner: Owner, action: Action) -> None:
    fault = faults_in(text)[0]
    assert (fault.code, fault.owner, fault.action) == (code, owner, action)


@pytest.mark.parametrize(
    ("number", "action"),
    [("0x0 (None)", Action.NONE), ("0x1 (GPU Reset Required)", Action.RESET), ("0x2 (Node Reboot Required)", Action.REBOOT)],
)
def test_recovery_action_is_read_from_the_message(number: str, action: Action) -> None:
    (fault,) = faults_in(f"NVRM: Xid (PCI:0000:01:00): 154, GPU recovery action changed from 0x0 (None) to {number}")
    assert fault.action is action


@pytest.mark.parametrize(
    ("text", "severity", "word"),
    [
        ("Xid 79", "error", "delete-machines"),
        ("Xid 48", "error", "nvidia-smi --gpu-reset"),
        ("Xid 151", "error", "Restart the node's machine"),
        ("Xid 63", "warning", "asks for no action"),
        ("Xid 94", "error", "Run the workload again"),
        ("Xid 69", "warning", "run it on another node"),
        ("FaultCode: NHC2009", "error", "Azure support"),
    ],
)
def test_remedy_and_severity_follow_the_action(text: str, severity: str, word: str) -> None:
    explained = explained_by_faults(BASE, text)
    assert word in explained.remedy
    assert (explained.code, explained.severity) == (BASE.code, severity)
    assert explained.cause.startswith(BASE.cause)


def test_unknown_number_says_so_and_keeps_the_remedy() -> None:
    explained = explained_by_faults(BASE, "Xid 999")
    assert "Xid 999: the collection does not know this number" in explained.cause
    assert (explained.remedy, explained.severity) == (BASE.remedy, BASE.severity)


def test_text_without_a_number_changes_nothing() -> None:
    assert explained_by_faults(BASE, "XID errors present in kernel log") == BASE


def test_device_that_the_plugin_has_withdrawn_needs_the_plugin_to_start_again() -> None:
    known = recognize("XidCriticalError: Xid=94 on Device=GPU-8dc7a0c9; marking device as unhealthy.", DRIVER)
    assert known is not None
    assert "delete the device plugin's pod" in known[0].explanation.remedy


def test_every_row_is_complete_and_its_meaning_is_a_part_of_a_sentence() -> None:
    assert len(EVERY) > 300
    assert [fault for fault in EVERY if not (fault.name and fault.source and fault.meaning) or fault.meaning.endswith(".")] == []


def test_results_that_are_judged_exist() -> None:
    assert set().union(*_JUDGED.values()) <= set(RESULTS)


def test_what_the_device_plugin_skips_is_an_applications() -> None:
    assert {13, 31, 43, 45, 68, 109} <= set(APPLICATION_XIDS)  # NVIDIA/k8s-device-plugin internal/rm/health.go
