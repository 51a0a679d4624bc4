# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.change import Change
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import argument_failure, failure, perform, success
from ansible_collections.gpuops.aks.plugins.module_utils._errors import (
    AzureError,
    GpuopsError,
    InvalidInputError,
    KubernetesError,
    WaitTimeoutError,
    WorkloadError,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Outcome, Run

from tests.unit.plugins.operation_table import MODULES, NAMES
from tests.unit.plugins.tasks import real_run

CHANGE = Change("agent pool gpunp", {"count": 1}, {"count": 2})
NO_CHANGE = Change("Namespace gpu-resources", {"a": 1}, {"a": 1})


def test_changed_and_diff_come_from_the_same_changes() -> None:
    result = success(Outcome({"pool": {"count": 2}}, (NO_CHANGE, CHANGE)), diff=True)
    assert result == {"changed": True, "pool": {"count": 2}, "diff": [CHANGE.diff()]}


def test_unchanged_result_is_not_changed() -> None:
    assert success(Outcome({}, (NO_CHANGE,)), diff=True) == {"changed": False, "diff": []}


def test_diff_is_returned_only_in_diff_mode() -> None:
    assert "diff" not in success(Outcome({}, (CHANGE,)), diff=False)


def test_failure_has_a_paragraph_for_people_and_fields_for_programs() -> None:
    error = AzureError(
        "Creating failed: Azure returned X: no",
        code="QuotaExceeded",
        status=400,
        cause="Too few vCPUs.",
        remedy="Ask for more with 'az quota update'",
        retriable=True,
        facts={"pool": {"name": "gpunp"}},
    )
    assert failure(error) == {
        "pool": {"name": "gpunp"},
        "msg": "Creating failed: Azure returned X: no. Too few vCPUs. Ask for more with 'az quota update'",
        "error": {
            "code": "QuotaExceeded",
            "message": "Creating failed: Azure returned X: no",
            "cause": "Too few vCPUs.",
            "remedy": "Ask for more with 'az quota update'",
            "retriable": True,
        },
    }


def test_closing_quote_ends_a_sentence() -> None:
    error = GpuopsError("The supported zones are '1,3'", code="X", cause="Not in 'zone 2'", remedy="Run 'az'")
    assert failure(error)["msg"] == "The supported zones are '1,3'. Not in 'zone 2'. Run 'az'"


def test_missing_cause_or_remedy_is_left_out_of_the_paragraph() -> None:
    assert failure(GpuopsError("It failed", code="X", cause=" ", remedy="Try again"))["msg"] == "It failed. Try again."
    assert failure(GpuopsError("It failed.", code="X"))["msg"] == "It failed."


def test_facts_never_override_message_and_error() -> None:
    assert failure(GpuopsError("It failed.", code="X", facts={"msg": "other", "error": "other"}))["msg"] == "It failed."


@pytest.mark.parametrize("kind", [InvalidInputError, AzureError, KubernetesError, WorkloadError])
def test_error_is_not_retriable_by_default(kind: type[GpuopsError]) -> None:
    error = kind("It failed.", code="X")
    assert (str(error), error.retriable, dict(error.facts)) == ("It failed.", False, {})


def test_timeout_is_retriable_by_default() -> None:
    assert (WaitTimeoutError("m").code, WaitTimeoutError("m").retriable) == ("Timeout", True)
    named = WaitTimeoutError("m", code="NodeNotReady", cause="c", retriable=False)
    assert (named.code, named.cause, named.retriable) == ("NodeNotReady", "c", False)


def test_status_is_zero_without_a_response() -> None:
    assert (AzureError("m", code="X").status, KubernetesError("m", code="X").status) == (0, 0)


def test_control_characters_are_escaped_in_failure_and_result() -> None:
    evil = "\x1b[2J\x9bm\x07"
    failed = failure(GpuopsError(f"log: {evil}", code="X", cause=evil, remedy=evil, facts={"job": {"log_tail": [evil]}}))
    done = success(Outcome({"left": [evil]}, (Change("pool", {"tag": evil}, {"tag": evil * 2}),)), diff=True)
    assert not {"\x1b", "\x9b", "\x07"} & set(f"{failed}{done}".replace(r"\\x", "x"))
    assert failed["job"]["log_tail"] == [r"\x1b[2J\x9bm\x07"]


def test_overlong_message_is_shortened() -> None:
    failed = failure(GpuopsError("answers " + "x" * 10**6, code="X", cause="c" * 10**6, remedy="Wait."))
    assert len(failed["msg"]) < 10_000
    assert "characters left out" in failed["error"]["message"]
    assert failed["msg"].endswith("Wait.")


def test_error_without_a_message_shows_its_code() -> None:
    assert failure(GpuopsError(" ", code="SomeCode"))["msg"] == "SomeCode."


def test_invalid_arguments_fail_with_the_fields_of_any_failure() -> None:
    failed = argument_failure("missing required arguments: name")
    assert failed["failed"]
    assert failed["msg"].startswith("missing required arguments: name. ")
    assert {**failed["error"], "cause": bool(failed["error"]["cause"]), "remedy": bool(failed["error"]["remedy"])} == {
        "code": "InvalidArguments",
        "message": "missing required arguments: name",
        "cause": True,
        "remedy": True,
        "retriable": False,
    }


@pytest.mark.parametrize("error", [None, GpuopsError("It failed.", code="X"), ZeroDivisionError()], ids=["success", "failure", "bug"])
def test_every_result_says_when_the_operation_ran_and_how_long(error: Exception | None) -> None:
    def run(_params: Mapping[str, Any], of: Run) -> Outcome:
        of.clock.sleep(0.16)
        if error:
            raise error
        return Outcome({})

    result, _warnings = perform(Operation({}, run, libraries=()), {}, real_run(), diff=False)
    assert result["seconds"] == pytest.approx(0.2, abs=0.11)
    assert result["started_at"].endswith("Z")
    assert "started" not in result, "async_status would wait for the end of the job"
    assert datetime.fromisoformat(result["started_at"]).tzinfo is not None


@pytest.mark.parametrize("module", NAMES)
def test_every_module_documents_both(module: str) -> None:
    documented = yaml.safe_load(importlib.import_module(f"{MODULES}.{module}").RETURN)
    assert {"started_at", "seconds"} <= documented.keys()
