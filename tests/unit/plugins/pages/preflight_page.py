# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/preflight.md: every finding of gpu_preflight_info with an example. `make pages` writes it from the unit tests' fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.owners import owners_of_pool
from ansible_collections.gpuops.aks.plugins.module_utils._core.owners.path_fit import path_fit, plugin_pools_fit
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.path_rules import path_findings
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.availability import (
    aks_findings,
    infiniband_findings,
    offer_findings,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.cluster import cluster_findings
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.readings import (
    INFINIBAND,
    QUOTAS,
    RESERVATIONS,
    SIZES,
    VERSIONS,
    Question,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.versions import version_findings
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError

from ..core.owners import test_owners
from ..core.pool import test_managed_rules, test_path_rules
from ..core.preflight import test_availability, test_cluster, test_quota, test_reservation, test_versions
from ..preflight_builders import T4, TODAY, spec, view
from .finding_page import PREFLIGHT, REPOSITORY, codes_in, row

PAGE = REPOSITORY / "docs" / "preflight.md"
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# What preflight finds

<!-- Written by `make pages`; a test holds it exact. -->

`gpu_preflight_info` checks a GPU pool before anything is created. The roles' preflight step and the playbooks `preflight.yml`, `pool.yml`
and `site.yml` run it. It returns findings. Each one has a `code`, a `severity`, the `subjects` that it is about, the `evidence`, the
`cause` and a `remedy`. An *error* fails the task unless `fail_on: never` is set (in the roles: `gpu_preflight_fail_on`). A *warning* fails
it only with `fail_on: warning`.

What Microsoft.Compute reports for the subscription (`skus` and `usages` of the region) takes precedence over the collection's catalog of
sizes (`plugins/module_utils/_core/sizes/catalog.py`), which only fills gaps. So a size that Azure still lists is never reported as
retired, and the quota is correct even for a size that the collection does not know. For a pool that does not exist yet, AKS' own list of
sizes is a second source. It is a preview, so nothing is reported where AKS does not return it. If the identity may not read something
else, a warning names the missing permission; see [the permissions of each step](azure-rights.md).

Quota is counted as Azure counts it: spot nodes count against the region's spot cores, all other nodes against their family's and the
region's cores. The initial nodes must fit. The autoscaler's maximum and the nodes that an upgrade adds (`max_surge`) should fit, but a
pool can be created without that.

Names and numbers below are examples.
"""
_OPTIONS_OF_PATHS = (*test_path_rules.COMBINATIONS, *test_managed_rules.COMBINATIONS)
# The cases of a test, and what judges them; the last value of a case is what the test expects.
_JUDGED: Sequence[tuple[Sequence[Any], Callable[..., Iterable[Finding]]]] = (
    (test_availability.OFFERS, lambda wanted, size: offer_findings(wanted, size, today=TODAY)),
    (_OPTIONS_OF_PATHS, lambda path, fields: path_findings(spec(path, **fields), view(path, was_queried=False))),
    (test_owners.PAIRS, lambda path, properties: path_fit(path, "gpunp", owners_of_pool(properties))),
    (test_owners.RESTRICTED, lambda path, pools, properties: plugin_pools_fit(path, pools, {"gpunp": owners_of_pool(properties)})),
    (test_cluster.CASES, lambda live, fields: cluster_findings(spec(resource_group="myResourceGroup", **fields), live)),
    (test_quota.CASES, test_quota.judged),
    (test_reservation.CASES, test_reservation.judged),
    (test_versions.CASES, lambda version, offered: version_findings(version, "eastus", offered)),
)


def every_code() -> set[str]:
    """The codes of all findings of the preflight, from the source."""
    return {code for name in PREFLIGHT for code in codes_in(name)}


def examples() -> dict[str, list[Finding]]:
    """Findings of the fixtures, by code."""
    found: dict[str, list[Finding]] = {}
    for each in _findings():
        found.setdefault(each.code, []).append(each)
    return found


def _findings() -> Iterator[Finding]:
    for cases, judge in _JUDGED:
        for case in cases:
            *given, _expected = case.values
            yield from judge(*given)
    yield from test_availability.generation_findings()
    yield from test_quota.reserved_findings()
    yield from aks_findings(spec(), listed=False)
    yield from infiniband_findings(spec(), state="NotRegistered")
    yield from map(_unanswered, (SIZES, QUOTAS, INFINIBAND, RESERVATIONS, VERSIONS))


def _unanswered(question: Question) -> Finding:
    """What is found where the identity may not ask it."""
    text = f"The client 'x' does not have authorization to perform action '{question.action}'"
    return question.unanswered(AzureError(text, code="AuthorizationFailed", status=403), T4).finding


def page() -> str:
    """The page as it has to be."""
    found = examples()
    rows = [row(code, found[code]) for code in sorted(found, key=str.lower)]
    return _INTRODUCTION + "\n".join(["", "| code | severity | evidence | cause | remedy |", "|---|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page())
