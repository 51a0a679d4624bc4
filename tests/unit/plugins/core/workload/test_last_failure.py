# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import last_failure

from ...builders import Json

MAIN = "main"
FAILED = {"terminated": {"exitCode": 2, "reason": "Error"}}
RUNNING = {"running": {"startedAt": "2026-11-22T10:00:00Z"}}


def pod(state: Json | None = None, *, restarts: int = 0, last: Json | None = None, going: bool = False) -> Json:
    statuses = [] if state is None else [{"name": MAIN, "restartCount": restarts, "state": state, "lastState": last or {}}]
    return {
        "metadata": {"uid": "1", **({"deletionTimestamp": "2026-11-22T10:00:01Z"} if going else {})},
        "status": {"containerStatuses": statuses},
    }


@pytest.mark.parametrize(
    "quiet",
    [None, pod(), pod(RUNNING), pod({"terminated": {"exitCode": 0, "reason": "Completed"}}), {"metadata": {"uid": "1"}}],
    ids=["no pod", "no container", "running", "ended well", "no status"],
)
def test_first_attempt_that_continues_or_succeeds_is_not_a_failure(quiet: Json | None) -> None:
    assert last_failure(quiet, MAIN) is None


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (pod(FAILED), "Error, exit code 2"),
        (pod(RUNNING, restarts=1, last=FAILED), "Error, exit code 2"),
        (
            pod({"terminated": {"exitCode": 128, "reason": "StartError", "message": "exec: not found\n"}}),
            "StartError, exit code 128: exec: not found",
        ),
        (pod({"terminated": {"exitCode": 137}}), "Error, exit code 137"),
        (pod({"terminated": {"exitCode": 143}}, restarts=1, last=FAILED, going=True), "Error, exit code 2"),
        (pod({"terminated": {"exitCode": 143}}, going=True), "Error, exit code 143"),
    ],
)
def test_the_last_failure_has_reason_code_and_message(seen: Json, text: str) -> None:
    assert last_failure(seen, MAIN) == text
