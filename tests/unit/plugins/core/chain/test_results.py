# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a playbook passes to a report may be null or of another kind anywhere: null is nothing, and all else is refused in a sentence.

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.report import report_page
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.report import report_of
from jsonschema import Draft202012Validator

from tests.unit.plugins.pages import report_page as pages

FORM = Draft202012Validator(json.loads(pages.SCHEMA.read_text()))
SENTENCE = re.compile(r"[A-Z].* is .*, not (a dictionary|a list|text|a number|a whole number|true or false)\.")
NODE = {"name": "aks-gpunp-1-vmss000000", "vm_size": "s", "capacity": 1, "allocatable": 1, "schedulable": True}
FINDING = {"code": "c", "severity": "error", "subjects": ["n"], "evidence": "e", "cause": "c", "remedy": "r"}
FACTS = {"schedulable_gpus": 1, "nodes": [NODE], "findings": [FINDING], "server": "https://a:443", "context": "aks"}
JOB = {
    "name": "demo", "namespace": "default", "succeeded": True, "gpu_device": "Tesla T4", "node": NODE["name"], "pool": "gpunp",
    "final_accuracy": 0.9, "steps": 100, "findings": [FINDING], "server": "https://a:443", "sharing": "none", "earlier_run": True,
}  # fmt: skip
ERROR = {"code": "JobFailed", "message": "m", "cause": "c", "remedy": "r", "retriable": False}
DEVICE = {
    "node": NODE["name"], "resource": "nvidia.com/gpu", "uuid": "GPU-1", "model": "Tesla T4", "driver_version": "580.126.09",
    "level": "train", "verdict": "proven", "pod": "default/p", "held_by": ["team/train-0"], "simulated": False,
    "floor": {"memory_gb_s": 192.0},
    "figures": {"memory_gb_s": 30.5, "memory_errors": 0, "seconds": 1.9, "train_accuracy": 0.9, "train_curve": [[0, 0.1], [10, 0.9]]},
    "findings": [{**FINDING, "message": "m"}], "load": [[0.1, 0, 0, 9.5], [1.2, None, 9216, 47.7]],
}  # fmt: skip
PROVED = {
    "coverage": {"proven": 1, "total": 1, "nodes": 1, "held": 0, "failed": 0, "sentence": "1 of 1 GPUs proven on 1 node"},
    "devices": [DEVICE],
    "nodes": [{
        "name": NODE["name"], "pool": "gpunp", "resource": "nvidia.com/gpu", "capacity": 1, "free": 1, "held_by": [], "verdict": "proven",
        "findings": [FINDING],
    }],
    "selection": {"pool": "gpunp", "nodes": [], "node_selector": ""}, "started_at": "2026-11-28T10:00:00.000Z", "seconds": 3,
}  # fmt: skip
REPORT = {
    "steps": {
        "credentials": {"server": "https://a:443"},
        "plugin": {"server": "https://a:443", "changed": True},
        "verify": {"ansible_facts": {"gpu_schedulable": FACTS}, "seconds": 3.0},
        "workload": {"job": JOB, "seconds": 9.0, "changed": True},
        "prove": PROVED,
    },
    "chain": {"pool": "gpunp", "path": "manual_plugin", "check_mode": False},
    "failure": {"step": "workload", "task": "t", "result": {"msg": "m", "error": ERROR, "findings": [FINDING], "job": JOB}},
}
CASES = [{**REPORT, "failure": {}}, REPORT]


def with_one_replaced(given: Any, stand_in: Any) -> Iterator[tuple[str, Any]]:
    """The argument with one of its parts replaced, one after the other: where, and what is passed then."""
    yield "", stand_in
    parts = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for name, part in parts:
        for place, changed in with_one_replaced(part, stand_in):
            copied = copy.deepcopy(given)
            copied[name] = changed
            yield f".{name}{place}", copied


def calls(stand_in: Any) -> Iterator[Any]:
    """Each case with each part of each argument replaced."""
    for arguments in CASES:
        for name, given in arguments.items():
            for place, changed in with_one_replaced(given, stand_in):
                kind = "failed " if arguments["failure"] else ""
                yield pytest.param({**arguments, name: changed}, id=f"{kind}{name}{place}")


@pytest.mark.parametrize("arguments", list(calls(None)))
def test_null_is_nothing_wherever_it_stands(arguments: dict[str, Any]) -> None:
    found = report_of(**arguments)
    assert found["verdict"] == "proven" or not found["job"]["succeeded"]
    assert "None" not in found["summary"]
    assert "None" not in report_page(found)


@pytest.mark.parametrize("stand_in", ["text", 7, True, [1], {"a": 1}, []], ids=repr)
def test_another_kind_is_shown_or_refused_in_a_sentence(stand_in: Any) -> None:
    told = [message for call in calls(stand_in) if (message := refusal_of(*call.values))]
    assert [message for message in told if not SENTENCE.fullmatch(message)] == []
    assert told


def refusal_of(arguments: dict[str, Any]) -> str:
    """What the call is refused with, "" where it is not, and the report fits its schema."""
    try:
        report = report_of(**arguments)
    except InvalidInputError as refusal:
        return refusal.message
    report_page(report)
    assert [f"{error.json_path}: {error.message}" for error in FORM.iter_errors(json.loads(json.dumps(report)))] == []
    return ""


@pytest.mark.parametrize("pool", [None, ""])
def test_a_chain_without_a_pool_proves_nothing(pool: str | None) -> None:
    steps = {**REPORT["steps"], "workload": {"job": {**JOB, "pool": pool}}}
    assert report_of(steps, {"pool": pool}, {})["verdict"] == "not_proven"


def test_a_null_job_is_a_run_without_a_workload() -> None:
    assert report_of({**REPORT["steps"], "workload": {"job": None}, "prove": None}, REPORT["chain"], {})["verdict"] == "not_checked"
