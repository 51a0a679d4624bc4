# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a node has room for the pod of a proof right before its Job is created: the scheduler would make room by preempting others."""

from __future__ import annotations

from decimal import Decimal
from typing import Iterable, Iterator, Mapping

from ..scheduling.requests import quantity
from ..scheduling.usage import AllocatedResources, NodeUsage, in_units, requests_of_pod
from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from .findings import GPU_TAKEN, NO_ROOM
from .jobs import REQUESTS, ProofJob


def obstacle(node: Json, pods: Iterable[Json], job: ProofJob) -> Finding | None:
    """Why the pod of the Job would not fit on the node, None if it does.

    Args:
        node: The node.
        pods: All pods of the node.
        job: The Job.
    """
    usage = NodeUsage(whole=True)
    for pod in pods:
        usage.add(requests_of_pod(pod))
    used = usage.of(job.node)
    free = {name: quantity(amount) - used.used.get(name, Decimal(0)) for name, amount in _allocatable(node).items()}
    # A device of dynamic resource allocation has no amount on the node.
    if free.get(job.resource, job.asked) < job.asked:
        return finding(GPU_TAKEN, [(job.node, _taken(job, free, used))])
    short = list(_short(free, used))
    return finding(NO_ROOM, [(job.node, "; ".join(short))]) if short else None


def _allocatable(node: Json) -> Mapping[str, str]:
    return (node.get("status") or {}).get("allocatable") or {}


def _taken(job: ProofJob, free: Mapping[str, Decimal], used: AllocatedResources) -> str:
    holders = ", ".join(pod for pod, _units in used.holders.get(job.resource, ()))
    return f"{max(0, int(free[job.resource]))} {job.resource} free, {job.asked} requested; held by {holders}"


def _short(free: Mapping[str, Decimal], used: AllocatedResources) -> Iterator[str]:
    for name, text in REQUESTS.items():
        needed = in_units(name, quantity(text))
        if name in free and free[name] < needed:
            yield f"{name}: {max(Decimal(0), free[name]):f} free, {needed:f} requested"
    if "pods" in free and free["pods"] - used.pods < 1:
        yield f"pods: {used.pods} of {free['pods']:f}"
