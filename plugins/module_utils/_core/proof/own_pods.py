# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The proof's own pods that still exist: GPUs that one of them holds do not count as held."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Iterator, Sequence

from ..scheduling.usage import PodRequests, requests_of_pod
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from ..shared.ownership import PROOF_LABEL, is_going, is_marked
from ..workload.job import left_by
from .findings import HELD_BY_ENDING_PROOF, HELD_BY_PROOF
from .jobs import JOB_PREFIX
from .offers import NodePlan, Offer


def is_own(pod: Json) -> bool:
    """Whether a Job of a proof has made the pod, also one that was deleted without it. Anyone may set the label alone."""
    owners = pod["metadata"].get("ownerReferences") or ()
    jobs = [str(each.get("name")) for each in owners if each.get("kind") == "Job" and each.get("controller")]
    made = any(name.startswith(JOB_PREFIX) for name in (*jobs, left_by(pod)))
    return made and is_marked(pod) and PROOF_LABEL in pod["metadata"]["labels"]


def is_left_behind(pod: Json) -> bool:
    """Whether it is a proof's pod whose Job was deleted without it, so that it stays until it is deleted itself."""
    return is_own(pod) and bool(left_by(pod)) and not is_going(pod)


def without_own(plans: Sequence[NodePlan], pods: Sequence[Json]) -> list[NodePlan]:
    """The plans in which only pods of others hold GPUs; what a pod of a proof holds is missing, with a finding.

    Args:
        plans: What the nodes offer.
        pods: The pods of every proof in the cluster.
    """
    return [_without(plan, pods) for plan in plans]


def without_leftovers(plans: Sequence[NodePlan], pods: Sequence[Json]) -> list[NodePlan]:
    """The plans as they are when the pods that earlier runs have left are gone, which check mode does not remove.

    Args:
        plans: What the nodes offer.
        pods: The pods that a run removes before it begins.
    """
    return [_freed(plan, _on(plan, pods)) for plan in plans]


def _on(plan: NodePlan, pods: Iterable[Json]) -> list[PodRequests]:
    return [requests for requests in map(requests_of_pod, pods) if requests is not None and requests.node == plan.name]


def _freed(plan: NodePlan, left: Sequence[PodRequests]) -> NodePlan:
    return replace(plan, offers=tuple(_freed_offer(offer, left) for offer in plan.offers))


def _freed_offer(offer: Offer, left: Sequence[PodRequests]) -> Offer:
    others = _others_only(offer, left)
    if offer.shared:
        return replace(others, asked=1) if offer.holders and not others.holders else offer
    return replace(others, asked=offer.asked + offer.held - others.held)


def _without(plan: NodePlan, pods: Sequence[Json]) -> NodePlan:
    found = (
        *_held_by(plan, filter(is_going, pods), HELD_BY_ENDING_PROOF),
        *_held_by(plan, (pod for pod in pods if not is_going(pod)), HELD_BY_PROOF),
    )
    if not found:
        return plan
    own = _on(plan, pods)
    return replace(plan, offers=tuple(_others_only(offer, own) for offer in plan.offers), findings=(*plan.findings, *found))


def _held_by(plan: NodePlan, pods: Iterable[Json], explanation: Explanation) -> list[Finding]:
    """What these pods hold of the node."""
    own = _on(plan, pods)
    shown = [(plan.name, text) for offer in plan.offers for text in _holding(offer, own)]
    return [finding(explanation, shown)] if shown else []


def _holding(offer: Offer, own: Sequence[PodRequests]) -> Iterator[str]:
    """What the own pods hold of an offer."""
    for each in own:
        if each.pod in offer.holders:
            yield f"{int(each.amounts.get(offer.resource, 1))} {offer.resource} held by {each.pod}"


def _others_only(offer: Offer, own: Sequence[PodRequests]) -> Offer:
    names = {each.pod for each in own}
    mine = sum(int(each.amounts.get(offer.resource, 1)) for each in own if each.pod in offer.holders)
    others = tuple(pod for pod in offer.holders if pod not in names)
    # It is unknown which GPU a share belongs to.
    held = 0 if offer.shared and mine else max(0, offer.held - mine)
    return replace(offer, held=held, holders=others)
