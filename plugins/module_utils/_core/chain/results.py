# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks the results that a playbook passes to the report, so that a mistake is explained instead of raising a traceback."""

from __future__ import annotations

from typing import Any, Mapping

from ..shared.mappings import Json, listing, mapping
from .kinds import count, flag, number, one_of, refusal, text, texts

# What the report reads of a task's result; all else is shown as it is.
_FINDING = {
    **dict.fromkeys(("code", "evidence", "message", "cause", "remedy"), text),
    "severity": one_of("warning", "error"),
    "subjects": texts,
}
_SEEN = {
    **dict.fromkeys(("name", "pool", "vm_size"), text),
    **dict.fromkeys(("capacity", "allocatable"), count),
    **dict.fromkeys(("schedulable", "ready"), flag),
}
_FACTS: Mapping[str, Any] = {
    "gpu_schedulable": {
        **dict.fromkeys(("pool", "server", "context"), text),
        "schedulable_gpus": count,
        "nodes": [_SEEN],
        "pools": {},
        "findings": [_FINDING],
    }
}
_JOB_TEXTS = (
    "name", "namespace", "pod", "pod_uid", "node", "image", "image_id", "gpu_device", "sharing", "finished", "pool", "resource_group",
    "cluster", "server", "context",
)  # fmt: skip
_JOB = {
    **dict.fromkeys(_JOB_TEXTS, text),
    "earlier_run": flag,
    "final_accuracy": number,
    "steps": count,
    "findings": [_FINDING],
}
_FIGURES = {
    **dict.fromkeys(("host_to_device_gb_s", "device_to_host_gb_s", "memory_gb_s", "sgemm_tflops", "train_accuracy", "seconds"), number),
    **dict.fromkeys(("memory_tested_bytes", "memory_errors", "train_steps"), count),
}
_VERDICT = one_of("proven", "failed", "not_proven")
_DEVICE = {
    **dict.fromkeys(("node", "resource", "uuid", "model", "driver_version", "level", "pod"), text),
    "verdict": _VERDICT,
    "held_by": texts,
    "simulated": flag,
    "figures": _FIGURES,
    "floor": {},
    "findings": [_FINDING],
}
_COVERAGE = {**dict.fromkeys(("proven", "total", "nodes", "held", "failed"), count), "sentence": text}
_PROVED = {
    **dict.fromkeys(("name", "pool", "resource"), text),
    **dict.fromkeys(("capacity", "free"), count),
    "verdict": _VERDICT,
    "held_by": texts,
    "findings": [_FINDING],
}
_ERROR = {**dict.fromkeys(("code", "message", "cause", "remedy"), text), "retriable": flag}
_RESULT: Mapping[str, Any] = {
    "ansible_facts": _FACTS,
    "job": _JOB,
    "findings": [_FINDING],
    "error": _ERROR,
    "coverage": _COVERAGE,
    "devices": [_DEVICE],
    "nodes": [_PROVED],
    "selection": {"pool": text, "nodes": texts, "node_selector": text},
    "gpu_metrics": {"findings": [_FINDING]},
    "simulated": flag,
    "seconds": number,
    "started_at": text,
}
_FAILURE = {"step": text, "task": text, "result": _RESULT}
_CHAIN = {
    **dict.fromkeys(("pool", "path", "resource_group", "cluster", "host", "user", "written"), text),
    "check_mode": flag,
}


def given_steps(value: Any) -> dict[str, Json]:
    """The steps by name that are passed to the report, without null values at any depth. Raises InvalidInputError."""
    return {name: _fitted(step, _RESULT, name) for name, step in given_values(value, "the input").items()}


def given_failure(value: Any) -> Json:
    """The failure that is passed to the report. Raises InvalidInputError."""
    failure: Json = _fitted(value, _FAILURE, "failure")
    return failure


def given_chain(value: Any) -> Json:
    """What the run was to do, as it is passed to the report. Raises InvalidInputError."""
    chain: Json = _fitted(value, _CHAIN, "chain")
    return chain


def given_report(value: Any) -> Json:
    """The result of gpu_report that is passed to the index page. Raises InvalidInputError."""
    result: Json = _fitted(value, {"report": {"coverage": {}, "used": {}}, "page": text}, "a report")
    if "verdict" not in result.get("report", {}):
        raise refusal("an entry of reports does not contain a report")
    return result


def given_values(value: Any, where: str) -> dict[str, Any]:
    """A dictionary that is passed to the report, without null values. Raises InvalidInputError."""
    return {name: each for name, each in given_dictionary(value, where).items() if each is not None}


def given_dictionary(value: Any, where: str) -> dict[str, Any]:
    """A dictionary that is passed to the report, empty for null. Raises InvalidInputError."""
    return {str(name): each for name, each in mapping(value, where, refusal).items()}


def _fitted(value: Any, form: Any, where: str) -> Any:
    """The value, with the dictionaries, the lists and the kinds of values that the report reads."""
    if callable(form):
        return form(value, where)
    if isinstance(form, list):
        return [_fitted(each, form[0], f"an entry of {where}") for each in listing(value, where, refusal) if each is not None]
    found = given_values(value, where)
    return {**found, **{name: _fitted(found[name], below, f"{where}.{name}") for name, below in form.items() if name in found}}
