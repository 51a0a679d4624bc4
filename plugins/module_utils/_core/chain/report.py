# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Builds the report on a run of the whole workflow from the steps' registered results."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Iterator, Mapping

from ..shared.mappings import Json
from .device_proof import coverage_of, device_findings, devices_of
from .numbers import curve, finite
from .options import variables_named
from .proof import Verdict, judged, names_gpu, proofs, schedulable_facts, speakers
from .release import VERSION
from .timeline import since_start, timeline
from .used import used

# Changes if a key changes its meaning or goes; docs/report.md describes the keys.
SCHEMA = "gpuops.aks/report/2"
_NODE_FIELDS = ("vm_size", "capacity", "allocatable", "schedulable")
_JOB_TEXTS = ("name", "namespace", "pod", "pod_uid", "node", "image_id", "gpu_device", "sharing", "finished")
_CHAIN_FIELDS = ("written", "host", "user", "check_mode", "path", "resource_group", "cluster", "pool")


def chain_report(
    steps: Mapping[str, Json], chain: Json, failure: Json, first_results: Mapping[str, Json] = MappingProxyType({})
) -> dict[str, Any]:
    """The report on a run of the chain.

    Args:
        steps: The results of the steps by name, empty for a step that was not part of this run.
        chain: What the run was to do, and who reports.
        failure: The step, task and result that failed, empty if nothing failed.
        first_results: The results of the first tasks of steps that consist of several, by the name of the step.
    """
    verdict = judged(steps, chain, failure)
    facts, lab = schedulable_facts(steps), _lab(steps)
    ran = {name: since_start(result, first_results.get(name, {})) for name, result in _ran(steps, failure).items()}
    return {
        "schema": SCHEMA,
        "verdict": verdict.word,
        "summary": verdict.summary,
        "proofs": list(proofs(steps)),
        **_of_devices(steps),
        "lab": lab,
        "version": VERSION,
        **{name: chain.get(name, "") for name in _CHAIN_FIELDS},
        "server": spoken_to(steps, "server"),
        "context": spoken_to(steps, "context"),
        "error": _error(failure, str(chain.get("path", ""))),
        "findings": list(_findings(steps, failure)),
        "schedulable_gpus": facts.get("schedulable_gpus", 0),
        "nodes": [{"name": node.get("name", ""), **{name: node.get(name) for name in _NODE_FIELDS}} for node in facts.get("nodes", [])],
        "job": _job(steps, verdict),
        "steps": list(_steps(ran)),
        "timeline": timeline(ran),
        "accuracy_curve": curve(steps.get("workload", {}).get("job", {}).get("accuracy")),
        "used": used(steps, chain, lab=lab),
    }


def spoken_to(steps: Mapping[str, Json], field: str) -> str:
    """The server or context of the last step that names one."""
    return next((str(source[field]) for source in speakers(steps) if source.get(field)), "")


def _lab(steps: Mapping[str, Json]) -> bool | None:
    """Whether the lab stood in for the nodes or the GPUs; null if neither was read."""
    seen = [*schedulable_facts(steps).get("nodes", []), *devices_of(steps)]
    return any(each.get("simulated") for each in seen) if seen else None


def _of_devices(steps: Mapping[str, Json]) -> dict[str, Any]:
    """What only a run with the step prove contains."""
    coverage = coverage_of(steps)
    return {"coverage": coverage, "devices": devices_of(steps)} if coverage else {}


def _error(failure: Json, path: str) -> dict[str, Any] | None:
    """Where and why the chain failed. A task that does not use a module of this collection has only a message."""
    if not failure:
        return None
    result, step = failure.get("result", {}), str(failure.get("step", ""))
    message = str(result.get("msg", ""))
    fields = {"code": "TaskFailed", "message": message, "cause": "", "remedy": "", "retriable": False}
    told = {name: result.get("error", {}).get(name, default) for name, default in fields.items()}
    said = message if told["code"] == "InvalidArguments" else str(told["remedy"])  # Ansible's own check knows no remedy
    variables = variables_named(step, path, said)
    return {"step": step, "task": failure.get("task", ""), **told, "variables": variables}


def _findings(steps: Mapping[str, Json], failure: Json) -> Iterator[Json]:
    """The findings of the steps and of the failed task, without duplicates."""
    findings: list[Json] = []
    for found in (*(step for step in steps.values()), failure.get("result", {})):
        facts = found.get("ansible_facts", {}).get("gpu_schedulable", {})
        for source in (found, facts, found.get("job", {}), found.get("gpu_metrics", {})):
            findings += [finding for finding in map(_coded, source.get("findings", [])) if finding not in findings]
    findings += [finding for finding in map(_coded, device_findings(steps)) if finding not in findings]
    return iter(findings)


def _coded(finding: Json) -> Json:
    return {"code": "", **finding}


def _ran(steps: Mapping[str, Json], failure: Json) -> dict[str, Json]:
    """The results of the steps that were part of the run, by name."""
    failed = str(failure.get("step", ""))
    result: Json = failure.get("result", {})
    ran = {name: step for name, step in steps.items() if step and not step.get("skipped")}
    if failed:
        ran[failed] = {**ran.get(failed, result), "failed": True}
    return ran


def _steps(ran: Mapping[str, Json]) -> Iterator[Json]:
    """What each step did; seconds is null if unknown."""
    for name, step in ran.items():
        yield {
            "step": name,
            "changed": bool(step.get("changed")),
            "failed": bool(step.get("failed")),
            "seconds": finite(step.get("seconds", None if step.get("failed") else 0.0)),
        }


def _job(steps: Mapping[str, Json], verdict: Verdict) -> dict[str, Any]:
    step = steps.get("workload", {})
    job = step.get("job", {})
    return {
        **{name: job.get(name, "") for name in _JOB_TEXTS},
        "earlier_run": job.get("earlier_run", False),
        "succeeded": verdict.proven and names_gpu(job),
        "final_accuracy": finite(job.get("final_accuracy")),
        "steps": job.get("steps", 0),
        "seconds": finite(step.get("seconds", 0.0)) or 0.0,
    }
