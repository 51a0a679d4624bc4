# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_preflight_info: asks Azure, judges the pool and changes nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any, Iterable, Iterator, Mapping

from ..._azure.limits import QUICK_TASK_SECONDS
from ..._azure.session import Session
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._core.owners.owners import Owners, owners_of_pool
from ..._core.owners.path_fit import operator_pools_fit, path_fit, plugin_pools_fit
from ..._core.pool.machines import sizes_of
from ..._core.pool.path_rules import path_findings
from ..._core.pool.spec import PoolSpec
from ..._core.preflight.availability import DISK_CODES, aks_findings, infiniband_findings, offer_findings, size_view
from ..._core.preflight.cluster import cluster_findings
from ..._core.preflight.quota import Demand, demand_of, quota_findings
from ..._core.preflight.readings import Known, known_or, unknowns
from ..._core.preflight.reservation import reservation_findings
from ..._core.shared.counts import plural
from ..._core.shared.findings import Finding, most_telling, without_repeats
from ..._core.shared.mappings import Json
from ..._core.sizes.sku import SizeView
from ..._errors import RefusedError
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from .cluster import cluster_facts, find_cluster, live_pool, location_of, new_cluster_findings, other_pools
from .reads import read_infiniband, read_listed_by_aks, read_quotas, read_reservations, read_size
from .request import PreflightRequest, preflight_arguments, preflight_request, spec_of


def preflight(request: PreflightRequest, session: Session) -> Outcome:
    """Judge a pool before it is made; nothing is changed. Raises RefusedError with everything that was found out, AzureError."""
    cluster = find_cluster(request, session)
    location = location_of(request, session, cluster)
    live, others = live_pool(request, cluster), other_pools(request, cluster)
    spec = replace(spec_of(request, location, live), subscription=session.subscription_id)
    listing = read_size(session, spec)
    size = size_view(spec, listing)
    demand = demand_of(spec, size, live)
    quotas_read = read_quotas(session, spec, size)
    quotas = known_or(quotas_read, [])
    findings = without_repeats([
        *(path_fit(spec.owned_path, str(spec.name), owners_of_pool(live)) if live is not None else ()),
        *operator_pools_fit(spec.owned_path, _owners(others, request.operator_pools)),
        *plugin_pools_fit(spec.owned_path, request.plugin_pools, _owners(others, others)),
        *path_findings(spec, size),
        *_offers(spec, size, live),
        *(() if _is_there(spec, live) else _of_new_pool(session, spec, size)),
        *_reserved(session, spec, demand),
        *cluster_findings(spec, cluster),
        *(new_cluster_findings(request, spec, session) if cluster is None else ()),
        *quota_findings(spec, demand, quotas),
        *unknowns(listing, quotas_read),
    ])  # fmt: skip
    facts = {
        "location": location,
        "size": size.facts(),
        "demand": {**demand.facts(), "gpus": size.gpus * spec.nodes, "max_gpus": size.gpus * demand.max_nodes},
        "quotas": [quota.facts(demand) for quota in quotas],
        "cluster": cluster_facts(spec, cluster),
        "passed": all(finding.severity != "error" for finding in findings),
        "findings": [finding.facts() for finding in findings],
    }
    _refuse(findings, request.fail_on, facts)
    return Outcome(facts, warnings=tuple(finding.sentence() for finding in findings))


def _owners(pools: Mapping[str, Json], names: Iterable[str]) -> dict[str, Owners]:
    """The owners of those of the pools that exist."""
    return {name: owners_of_pool(pools[name]) for name in names if name in pools}


def _of_new_pool(session: Session, spec: PoolSpec, size: SizeView) -> Iterator[Finding]:
    """What AKS itself says about a size that the pool does not have yet, if Azure offers it."""
    if size.offered is not False:
        yield from aks_findings(spec, listed=read_listed_by_aks(session, spec))
    if size.sku is not None and size.sku.rdma and max(spec.nodes, spec.max_nodes) > 1:
        read = read_infiniband(session, spec)
        yield from infiniband_findings(spec, state=read.value) if isinstance(read, Known) else unknowns(read)


def _reserved(session: Session, spec: PoolSpec, demand: Demand) -> Iterator[Finding]:
    """What the capacity reservation group says, if the pool is to have one."""
    if spec.reserved:
        read = read_reservations(session, spec)
        yield from reservation_findings(spec, demand, read.value) if isinstance(read, Known) else unknowns(read)


def _is_there(spec: PoolSpec, live: Json | None) -> bool:
    """Whether the pool exists with this size."""
    return live is not None and spec.vm_size.lower() in map(str.lower, sizes_of(live))


def _offers(spec: PoolSpec, size: SizeView, live: Json | None) -> list[Finding]:
    """What the offer says against the pool; a pool that is there stays with its disks, so that it is about new nodes only."""
    findings = list(offer_findings(spec, size, today=date.today().isoformat()))
    return [_as_warning(each) for each in findings if each.code not in DISK_CODES] if _is_there(spec, live) else findings


def _as_warning(finding: Finding) -> Finding:
    return replace(finding, explanation=replace(finding.explanation, severity="warning"))


def _refuse(findings: list[Finding], fail_on: str, facts: Json) -> None:
    """Raise RefusedError with the most telling of the findings that are to fail."""
    fatal = [finding for finding in findings if fail_on == "warning" or (fail_on == "error" and finding.severity == "error")]
    first = most_telling(fatal)
    if first is None:
        return
    others = len(fatal) - 1
    more = f" ({others} more {plural(others, 'finding')} in the result.)" if others else ""
    raise RefusedError(
        f"A node pool of {first.subjects[0]} cannot be created as described: {first.evidence}"
        if first.subjects[0] == facts["size"]["name"]
        else f"The node pool cannot be created as described: {first.subjects[0]}: {first.evidence}",
        code=first.code,
        cause=first.explanation.cause,
        remedy=f"{first.explanation.remedy}{more}",
        facts=facts,
    )


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = preflight_request(params)
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(QUICK_TASK_SECONDS), run.writes)) as session:
        return preflight(request, session)


OPERATION = Operation(preflight_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
