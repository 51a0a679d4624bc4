# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Builds the report on a run of the whole workflow from the steps' registered results."""

from __future__ import annotations

import math
from typing import Any, Iterator, Mapping

from ..shared.mappings import Json
from .options import variables_named
from .proof import Verdict, judged, schedulable_facts
from .release import VERSION

_NODE_FIELDS = ("name", "vm_size", "capacity", "allocatable", "schedulable")
_JOB_TEXTS = ("name", "namespace", "pod", "pod_uid", "node", "image_id", "gpu_device", "sharing", "finished")
_CHAIN_FIELDS = ("written", "host", "user", "check_mode", "path", "resource_group", "cluster", "pool")


def chain_report(steps: Mapping[str, Json], chain: Json, failure: Json) -> dict[str, Any]:
    """The report on a run of the chain.

    Args:
        steps: The results of the steps by name, empty for a step that was not part of this run.
        chain: What the run was to do, and who reports.
        failure: The step, task and result that failed, empty if nothing failed.
    """
    verdict = judged(steps, chain, failure)
    facts = schedulable_facts(steps)
    return {
        "verdict": verdict.word,
        "summary": verdict.summary,
        "lab": _lab(facts),
        "version": VERSION,
        **{name: chain.get(name, "") for name in _CHAIN_FIELDS},
        "server": spoken_to(steps, "server"),
        "context": spoken_to(steps, "context"),
        "error": _error(failure, str(chain.get("path", ""))),
        "findings": list(_findings(steps, failure)),
        "schedulable_gpus": facts.get("schedulable_gpus", 0),
        "nodes": [{name: node.get(name) for name in _NODE_FIELDS} for node in facts.get("nodes", [])],
        "job": _job(steps, verdict),
        "steps": list(_steps(steps, failure)),
    }


def spoken_to(steps: Mapping[str, Json], field: str) -> str:
    """The server or context of the last step that names one."""
    sources = (steps.get("workload", {}).get("job", {}), schedulable_facts(steps), steps.get("plugin", {}), steps.get("credentials", {}))
    return next((str(source[field]) for source in sources if source.get(field)), "")


def _lab(facts: Json) -> bool | None:
    """Whether the nodes are simulated by the lab; null if no node was read."""
    nodes = facts.get("nodes", [])
    return any(node.get("simulated") for node in nodes) if nodes else None


def _error(failure: Json, path: str) -> dict[str, Any] | None:
    """Where and why the chain failed. A task that does not use a module of this collection has only a message."""
    if not failure:
        return None
    result, step = failure.get("result", {}), str(failure.get("step", ""))
    message = str(result.get("msg", ""))
    fields = {"code": "TaskFailed", "message": message, "cause": "", "remedy": "", "retriable": False, **result.get("error", {})}
    variables = variables_named(step, path, str(fields["remedy"]))
    return {"step": step, "task": failure.get("task", ""), **fields, "variables": variables}


def _findings(steps: Mapping[str, Json], failure: Json) -> Iterator[Json]:
    """The findings of the steps and of the failed task, without duplicates."""
    findings: list[Json] = []
    for found in (*(step for step in steps.values()), failure.get("result", {})):
        facts = found.get("ansible_facts", {}).get("gpu_schedulable", {})
        for source in (found, facts, found.get("job", {})):
            findings += [finding for finding in source.get("findings", []) if finding not in findings]
    return iter(findings)


def _steps(steps: Mapping[str, Json], failure: Json) -> Iterator[Json]:
    """The steps that were part of the run; seconds is null if unknown."""
    failed = str(failure.get("step", ""))
    ran = {name: step for name, step in steps.items() if step and not step.get("skipped")}
    if failed and failed not in ran:
        ran[failed] = {"failed": True}
    for name, step in ran.items():
        yield {
            "step": name,
            "changed": bool(step.get("changed")),
            "failed": bool(step.get("failed")),
            "seconds": step.get("seconds", None if step.get("failed") else 0.0),
        }


def _job(steps: Mapping[str, Json], verdict: Verdict) -> dict[str, Any]:
    step = steps.get("workload", {})
    job = step.get("job", {})
    return {
        **{name: job.get(name, "") for name in _JOB_TEXTS},
        "earlier_run": job.get("earlier_run", False),
        "succeeded": verdict.proven,
        "final_accuracy": finite(job.get("final_accuracy")),
        "steps": job.get("steps", 0),
        "seconds": step.get("seconds", 0.0),
    }


def finite(number: Any) -> Any:
    """A number that JSON can represent: null instead of NaN and infinity."""
    return None if isinstance(number, float) and not math.isfinite(number) else number
