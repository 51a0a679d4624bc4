# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The conclusion of a proof: the result of the task from what was seen of its Jobs, and its failure, which never loses the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Collection, Mapping, Sequence

from ..._core.proof.coverage import Coverage, held_of
from ..._core.proof.jobs import ProofJob
from ..._core.proof.judge import ObservedJob, judge
from ..._core.proof.load import Load
from ..._core.proof.offers import NodePlan
from ..._core.proof.verdict import compared, with_load, without_gone_nodes
from ..._core.shared.findings import Finding
from ..._errors import GpuopsError, InvalidInputError, WorkloadError
from .evidence_files import write_evidence
from .request import ProofRequest


@dataclass(frozen=True)
class Plan:
    """What the run does: the nodes as they are, and a Job for what is free on each."""

    nodes: Sequence[NodePlan]
    jobs: Sequence[ProofJob]

    @property
    def untested(self) -> Coverage:
        """The coverage before anything has run."""
        return Coverage(self.nodes, held_of(self.nodes))


@dataclass(frozen=True)
class Conclusion:
    """What the task returns, what it warns of, and why it fails, if it does."""

    result: Mapping[str, Any]
    coverage: Coverage
    warnings: tuple[str, ...] = ()
    failure: GpuopsError | None = None

    def failed_by(self, error: GpuopsError | None) -> Conclusion:
        """The same with a failure that came later; the first one is what the task fails by."""
        return replace(self, failure=self.failure or error)

    def with_warning(self, warning: str) -> Conclusion:
        """The same with one more warning."""
        return replace(self, warnings=(*self.warnings, warning))

    def with_kept(self, kept: Sequence[str]) -> Conclusion:
        """The same with what could not be removed, which a failed task returns, too."""
        return replace(self, result={**self.result, "kept": list(kept)})

    def require_success(self) -> None:
        """Raise the failure, with the result."""
        if self.failure is not None:
            self.failure.facts = {**self.result, **self.failure.facts}
            raise self.failure


def concluded(
    request: ProofRequest, plan: Plan, seen: Mapping[str, ObservedJob], failure: GpuopsError | None, *, gone: Collection[str], load: Load
) -> Conclusion:
    """The verdict on everything that was seen.

    Args:
        request: What was asked for.
        plan: What was to be proven.
        seen: What is known of each Job, by its name.
        failure: Why the Jobs could not be followed to their end.
        gone: The nodes that no longer exist.
        load: What has been measured of the GPUs meanwhile.
    """
    models = {node.name: node.model for node in plan.nodes}
    reported = [
        device for job in plan.jobs if job.name in seen for device in judge(job, request.settings, seen[job.name], model=models[job.node])
    ]
    devices = compared([*without_gone_nodes(reported, gone), *held_of(plan.nodes)], fail_on_slow=request.fail_on_slow)
    loaded = [with_load(each, load) for each in devices]
    coverage = Coverage(plan.nodes, sorted(loaded, key=lambda each: each.node))
    warnings = tuple(each.sentence() for each in coverage.findings if each.code != "GpuNotProven")
    return Conclusion(result_of(request, plan, coverage), coverage, warnings, failure or _shortfall(coverage, request.require))


def with_evidence(request: ProofRequest, conclusion: Conclusion) -> Conclusion:
    """The same with the evidence written, which must be the last step, because the evidence says how the task has ended."""
    if request.evidence_dir is None:
        return conclusion
    failure = conclusion.failure
    ending = {"require": request.require, "failed": failure is not None, "error": failure.fields if failure is not None else None}
    try:
        written = write_evidence(Path(request.evidence_dir).expanduser(), conclusion.coverage, {**conclusion.result, **ending})
    except InvalidInputError as error:
        return conclusion.failed_by(error)
    return replace(conclusion, result={**conclusion.result, "evidence": written})


def _shortfall(coverage: Coverage, require: str) -> WorkloadError | None:
    """Why the coverage is not enough."""
    short = coverage.shortfall(require)
    if short is None:
        return None
    return WorkloadError(f"{coverage.sentence}.", **replace(short.explanation, cause=_cause(short)).error_fields())


def _cause(found: Finding) -> str:
    return f"{found.explanation.cause.rstrip('.')} ({', '.join(found.subjects[:1])}: {found.evidence.rstrip('. ')})."


def result_of(request: ProofRequest, plan: Plan, coverage: Coverage) -> dict[str, Any]:
    """What the task returns."""
    return {
        "devices": [device.facts() for device in coverage.devices],
        "nodes": coverage.node_facts(),
        "coverage": coverage.facts(),
        "jobs": [job.facts() for job in plan.jobs],
        "level": request.settings.level,
        "nonce": request.settings.nonce,
        "evidence": [],
        "simulated": any(node.simulated for node in plan.nodes) or any(device.simulated for device in coverage.devices),
        **request.identity,
    }
