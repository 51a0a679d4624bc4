# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program concludes from the state of a device before and after the proof."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._proof.facts import unknown_state
from ansible_collections.gpuops.aks.plugins.module_utils._proof.worker import conclude

FAILED_CALL = {"code": "CUDA_ERROR_DEVICE_UNAVAILABLE"}
WARM: dict[str, Any] = {"temperature_c": 40}


@pytest.mark.parametrize(
    ("before", "after", "passed", "code"),
    [
        pytest.param(
            {"ecc_uncorrected": 0, "remapped_failed": False}, {"ecc_uncorrected": 0, "remapped_failed": False}, True, None, id="same"
        ),
        pytest.param(WARM, WARM, True, None, id="no counters"),
        pytest.param({}, {}, True, None, id="says nothing at all"),
        pytest.param({"ecc_uncorrected": 1}, {"ecc_uncorrected": 3}, False, None, id="new errors"),
        pytest.param({"remapped_failed": False}, {"remapped_failed": True}, False, None, id="remapping failed"),
        pytest.param({**WARM, "ecc_uncorrected": 0}, WARM, False, "CountersUnread", id="counters unread"),
        pytest.param({**WARM, "remapped_failed": False}, WARM, False, "CountersUnread", id="remapped rows unread"),
    ],
)
def test_counters_decide(before: dict[str, Any], after: dict[str, Any], passed: bool, code: str | None) -> None:
    record = {"state": {"before": {**unknown_state(), **before}, "after": {**unknown_state(), **after}}, "checks": [], "error": None}
    conclude(record)
    (check,) = record["checks"]
    assert (check["name"], check["passed"], check.get("code"), record["error"]) == ("ecc", passed, code, None)


@pytest.mark.parametrize(("error", "code"), [(None, "StateUnknown"), (FAILED_CALL, FAILED_CALL["code"])])
def test_device_that_no_longer_answers_has_an_error(error: dict[str, str] | None, code: str) -> None:
    record: dict[str, Any] = {"state": {"before": {**unknown_state(), **WARM}, "after": unknown_state()}, "checks": [], "error": error}
    conclude(record)
    assert (record["error"]["code"], record["checks"]) == (code, [])
