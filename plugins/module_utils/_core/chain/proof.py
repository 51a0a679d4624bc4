# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Judges whether a run of the whole workflow has proven the pool, from the results of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from ..shared.counts import counted
from ..shared.mappings import Json
from .device_place import device_place_objections
from .device_proof import coverage_of, device_claim, device_objections
from .timeline import date_of

PROVEN = "proven"
NOT_PROVEN = "not_proven"
FAILED = "failed"
NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Verdict:
    """What a run has proven about a pool, as a word and as a sentence."""

    word: str
    summary: str

    @property
    def proven(self) -> bool:
        """Whether a GPU workload has run on the pool."""
        return self.word == PROVEN


def judged(steps: Mapping[str, Json], chain: Json, failure: Json) -> Verdict:
    """The verdict on the chain's pool, based only on the results of this run.

    Args:
        steps: The results of the steps by name.
        chain: What the run was to do.
        failure: The step, task and result that failed, empty if nothing failed.
    """
    if failure:
        return Verdict(FAILED, f"Failed at the step {failure.get('step', '')}: {_reason(failure)}")
    if chain.get("check_mode"):
        return Verdict(NOT_CHECKED, "Check mode: nothing was run, so nothing is proven.")
    looked_at = list(_looked_at(steps, chain))
    if not any(proofs(steps)):
        unknown = f"no workload was part of this run, so whether {_pool(chain)} is proven is not known"
        return Verdict(NOT_CHECKED, _sentence(*looked_at, unknown))
    said = [*_devices_proven(steps, chain), *looked_at]
    against = next(_objections(steps, chain), "")
    if against:
        return Verdict(NOT_PROVEN, _sentence(*said, against))
    return Verdict(PROVEN, _sentence(*said, *_workload_proven(steps, chain)))


def proofs(steps: Mapping[str, Json]) -> Iterator[dict[str, Any]]:
    """The steps of the run that can prove a GPU, and when their results came about; null if that is not known."""
    prove, job = steps.get("prove", {}), steps.get("workload", {}).get("job")
    if coverage_of(steps):
        yield {"step": "prove", "at": prove.get("started_at"), "earlier_run": False}
    if job is not None:
        yield {"step": "workload", "at": job.get("finished") or None, "earlier_run": bool(job.get("earlier_run"))}


def names_gpu(job: Json) -> bool:
    """Whether the workload's log names the GPU that it used, without which it proves none."""
    return bool(str(job.get("gpu_device", "")).strip())


def schedulable_facts(steps: Mapping[str, Json]) -> Json:
    """The facts of the verify step, empty if it was not part of the run."""
    facts: Json = steps.get("verify", {}).get("ansible_facts", {}).get("gpu_schedulable", {})
    return facts


def _reason(failure: Json) -> str:
    result = failure.get("result", {})
    return str(result.get("error", {}).get("message") or result.get("msg") or "no reason was given.")


def _looked_at(steps: Mapping[str, Json], chain: Json) -> Iterator[str]:
    facts, pool = schedulable_facts(steps), chain.get("pool")
    if facts.get("pool") not in (None, "", pool):
        return
    if facts:
        of_pool = facts.get("pools", {}).get(str(pool))
        counts = of_pool if isinstance(of_pool, Mapping) else facts
        yield f"{counted(counts.get('schedulable_gpus', 0), 'schedulable GPU')} in {_pool(chain)}"


def speakers(steps: Mapping[str, Json]) -> Sequence[Json]:
    """What may name the API server and the context that a step used, the last step first."""
    job = steps.get("workload", {}).get("job", {})
    return (steps.get("prove", {}), job, schedulable_facts(steps), steps.get("plugin", {}), steps.get("credentials", {}))


def _objections(steps: Mapping[str, Json], chain: Json) -> Iterator[str]:
    """Why the results of the steps do not prove the pool."""
    if coverage_of(steps):
        yield from device_objections(steps)
        yield from device_place_objections(steps["prove"], str(chain.get("pool") or ""), _nodes(steps, chain))
        yield from _objections_to_cluster("the proof of the GPUs", steps["prove"], chain)
    job = steps.get("workload", {}).get("job")
    if job is not None:
        yield from _objections_to_job(steps, chain, job)
    servers = {str(step["server"]) for step in speakers(steps) if step.get("server")}
    if len(servers) > 1:
        yield f"the steps spoke to different API servers: {', '.join(sorted(servers))}"


def _objections_to_job(steps: Mapping[str, Json], chain: Json, job: Json) -> Iterator[str]:
    """Why the workload's result does not prove the pool. One without a GPU in its log does not count: the GPUs' own proof may stand."""
    name = str(job.get("name", ""))
    if steps["workload"].get("failed") or str(job.get("succeeded")).lower() != "true":  # a template may turn it into a string
        yield f"{name} has not succeeded"
    if not names_gpu(job) and not coverage_of(steps):
        yield f"{name} has not named a GPU"
    yield from _objections_to_node(steps, chain, job)
    yield from _objections_to_cluster(name, job, chain)


def _objections_to_cluster(name: str, result: Json, chain: Json) -> Iterator[str]:
    """Whether a result was held against the cluster that the chain is about."""
    for field in ("resource_group", "cluster"):
        if chain.get(field) and result.get(field) != chain[field]:
            yield f"{name} was not held against the {field.replace('_', ' ')} {chain[field]}"


def _nodes(steps: Mapping[str, Json], chain: Json) -> dict[str, Json]:
    """The nodes of the pool that were looked at, by name."""
    nodes = schedulable_facts(steps).get("nodes", [])
    return {str(node.get("name", "")): node for node in nodes if node.get("pool") in (None, "", chain.get("pool"))}


def _objections_to_node(steps: Mapping[str, Json], chain: Json, job: Json) -> Iterator[str]:
    """Whether the node that the workload ran on belongs to the pool, and still offers its GPU."""
    nodes = _nodes(steps, chain)
    name, node = job.get("name", ""), str(job.get("node", ""))
    if not chain.get("pool") or job.get("pool") != chain["pool"] or (_was_verified(steps) and node not in nodes):
        yield f"{name} ran on {node}, which is not known to be a node of {_pool(chain)}"
    # A MIG slice is another resource than the one that was looked at.
    if job.get("earlier_run") and job.get("sharing") != "mig" and not _offers(nodes.get(node, {})):
        yield f"{name} ran on {node} in an earlier run, and the node offers no GPU any more"


def _was_verified(steps: Mapping[str, Json]) -> bool:
    return bool(schedulable_facts(steps).get("nodes"))


def _offers(node: Json) -> bool:
    """Whether a node that was looked at offers a GPU now; of one that was not, nothing is known."""
    return str(node.get("allocatable", "")) != "0" and node.get("ready") is not False


def _devices_proven(steps: Mapping[str, Json], chain: Json) -> Iterator[str]:
    if coverage_of(steps):
        yield f"{device_claim(steps)}{_on_another_day(steps['prove'].get('started_at'), chain)}"


def _workload_proven(steps: Mapping[str, Json], chain: Json) -> Iterator[str]:
    job = steps.get("workload", {}).get("job")
    if job is None:
        return
    if not names_gpu(job):
        yield f"{job.get('name', '')} does not count, because its log has not named a GPU"
        return
    place = f", node {job['node']}" if job.get("node") else ""
    share = f"a share ({job['sharing']}) of " if job.get("sharing", "") not in ("", "none") else ""
    if job.get("earlier_run"):
        when = f", in an earlier run that ended at {job.get('finished') or 'a time that is not known'}"
    else:
        when = _on_another_day(job.get("finished"), chain)
    yield f"{job.get('name', '')} ran on {share}{job['gpu_device']}{place}{when}"


def _on_another_day(time: Any, chain: Json) -> str:
    """The date of a result that was not made on the day of the report, so that it does not pass for one of today."""
    date = date_of(time)
    return f", on {date}" if date and date != date_of(chain.get("written")) else ""


def _pool(chain: Json) -> str:
    return str(chain.get("pool") or "a pool without a name")


def _sentence(*parts: str) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."
