# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from itertools import chain
from typing import Any, Callable, Mapping, TypeVar

from .._azure.compute import skus, usages
from .._azure.ids import AKS_API, RESOURCES_API, cluster_id, group_id
from .._azure.limits import QUICK_TASK_SECONDS
from .._azure.session import Session
from .._azure.settings import azure_settings
from .._errors import AzureError, InvalidInputError, RefusedError
from .._gpu.cluster_findings import cluster_findings, kubernetes_version, power_state
from .._gpu.findings import Finding, most_telling, without_repeats
from .._gpu.offers import offer_findings, unanswered
from .._gpu.paths import path_findings
from .._gpu.quotas import Quota, demand_of, quota_findings, quotas_of
from .._gpu.sizes import known_size
from .._gpu.skus import SizeView, Sku, find_sku
from .._gpu.wishes import PoolWish
from .arguments import AZURE_LIBRARIES
from .operation import Operation, Outcome, Run
from .preflight_request import PreflightRequest, preflight_arguments, preflight_request, wish_of

Json = Mapping[str, Any]
Answer = TypeVar("Answer")


def preflight(request: PreflightRequest, session: Session) -> Outcome:
    """Judge a pool before it is made; nothing is changed. Raises RefusedError with everything that was found out, AzureError."""
    cluster = _cluster(request, session)
    location = _location(request, session, cluster)
    live = _live_pool(request, cluster)
    wish = replace(wish_of(request, location, live), subscription=session.subscription_id)
    asked = _Asked()
    listed = asked.of(lambda: _listed(wish, session), wish, "Microsoft.Compute/skus/read")
    sku, region = listed or (None, True)
    size = SizeView(wish.vm_size, known_size(wish.vm_size), sku, asked=not asked.failed, region=region)
    demand = demand_of(wish, size, live)
    quotas = asked.of(lambda: _quotas(wish, size, session), wish, "Microsoft.Compute/locations/usages/read") or []
    findings = without_repeats([
        *path_findings(wish, size),
        *_offers(wish, size, live),
        *cluster_findings(wish, cluster),
        *quota_findings(wish, demand, quotas),
        *asked.failed,
    ])  # fmt: skip
    facts = {
        "location": location,
        "size": size.facts(),
        "demand": {**demand.facts(), "gpus": size.gpus * wish.nodes, "max_gpus": size.gpus * demand.most},
        "quotas": [quota.facts(demand) for quota in quotas],
        "cluster": _cluster_facts(wish, cluster),
        "passed": all(finding.severity != "error" for finding in findings),
        "findings": [finding.facts() for finding in findings],
    }
    _refuse(findings, request.fail_on, facts)
    return Outcome(facts, warnings=tuple(finding.sentence() for finding in findings))


def _listed(wish: PoolWish, session: Session) -> tuple[Sku | None, bool]:
    """The size as the region has it, and whether Azure lists any size for the region."""
    entries = skus(session, wish.location)
    first = next(entries, None)
    return (None, False) if first is None else (find_sku(chain([first], entries), wish.vm_size), True)


def _quotas(wish: PoolWish, size: SizeView, session: Session) -> list[Quota]:
    """The quotas that count; of a size that the region doesn't have, none does."""
    return quotas_of(wish, size, usages(session, wish.location)) if size.sku or not size.asked else []


def _offers(wish: PoolWish, size: SizeView, live: Json | None) -> list[Finding]:
    """What the offer says against the pool; a pool that is there stays, so that it is about new nodes only."""
    findings = list(offer_findings(wish, size, today=date.today().isoformat()))
    there = live is not None and str(live.get("vmSize")).lower() == wish.vm_size.lower()
    return [replace(finding, severity="warning") for finding in findings] if there else findings


class _Asked:
    """Questions whose answer may be missing: what Microsoft.Compute doesn't tell is a warning with the right that it takes."""

    def __init__(self) -> None:
        self.failed: list[Finding] = []

    def of(self, question: Callable[[], Answer], wish: PoolWish, action: str) -> Answer | None:
        """The answer, None when Azure refused to give one. Raises AzureError where nothing else would be answered either."""
        try:
            return question()
        except AzureError as error:
            unanswerable = error.code in ("SubscriptionNotFound", "LocationNotAvailable")
            if error.status < HTTPStatus.BAD_REQUEST or error.status == HTTPStatus.UNAUTHORIZED or unanswerable:
                raise
            self.failed.append(unanswered(error, wish.vm_size, action))
            return None


def _refuse(findings: list[Finding], fail_on: str, facts: Json) -> None:
    """Raise RefusedError with the most telling of the findings that are to fail."""
    fatal = [finding for finding in findings if fail_on == "warning" or (fail_on == "error" and finding.severity == "error")]
    first = most_telling(fatal)
    if first is None:
        return
    others = len(fatal) - 1
    more = f" ({others} more finding{'' if others == 1 else 's'} in the result.)" if others else ""
    raise RefusedError(
        f"A node pool of {first.subjects[0]} can't be made as described: {first.evidence}"
        if first.subjects[0] == facts["size"]["name"]
        else f"The node pool can't be made as described: {first.subjects[0]}: {first.evidence}",
        code=first.code,
        cause=first.cause,
        remedy=f"{first.remedy}{more}",
        facts=facts,
    )


def _cluster(request: PreflightRequest, session: Session) -> Json | None:
    """The cluster, None where there is none yet: then region, size and quota are judged all the same."""
    if not request.cluster:
        return None
    path = cluster_id(session.subscription_id, request.resource_group, request.cluster)
    try:
        return session.find(path, api=AKS_API, what=f"Reading the cluster {request.cluster}")
    except AzureError as error:
        if error.code == "MissingSubscriptionRegistration":  # a subscription that never used AKS has no cluster
            return None
        raise


def _location(request: PreflightRequest, session: Session, cluster: Json | None) -> str:
    """Where the nodes would be, as Microsoft.Compute names it: the cluster's region, the one that was given, or its resource group's."""
    location = str(cluster["location"]) if cluster else request.location
    if not location and request.resource_group:
        path, what = group_id(session.subscription_id, request.resource_group), f"Reading the resource group {request.resource_group}"
        group = session.find(path, api=RESOURCES_API, what=what)
        location = str(group["location"]) if group else ""
    if location:
        return location.replace(" ", "").lower()
    raise InvalidInputError(
        "It is not known in which region the node pool would be.",
        code="MissingLocation",
        cause="There is no cluster (yet) to be asked, and no location is given.",
        remedy="Set location, for example eastus, or resource_group and cluster of one that exists.",
    )


def _live_pool(request: PreflightRequest, cluster: Json | None) -> Json | None:
    """The pool as the cluster has it; its own GET would tell nothing else."""
    pools = (cluster["properties"].get("agentPoolProfiles") or ()) if cluster else ()
    return next((pool for pool in pools if pool["name"] == request.pool["name"]), None)


def _cluster_facts(wish: PoolWish, cluster: Json | None) -> dict[str, Any]:
    return {
        "exists": cluster is not None,
        "id": str(cluster["id"]) if cluster else "",
        "node_resource_group": str(cluster["properties"].get("nodeResourceGroup") or "") if cluster else "",
        "provisioning_state": str(cluster["properties"].get("provisioningState") or "") if cluster else "",
        "power_state": power_state(cluster) if cluster else "",
        "kubernetes_version": kubernetes_version(wish, cluster),
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = preflight_request(params)
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(QUICK_TASK_SECONDS))) as session:
        return preflight(request, session)


OPERATION = Operation(preflight_arguments(), _run, AZURE_LIBRARIES, constraints={"required_by": {"cluster": "resource_group"}})
