# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Preflight findings about the Kubernetes version of a cluster that is to be created."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

from ..shared.explanation import Explanation
from ..shared.findings import Finding, joined_names

_EVERYBODYS = "KubernetesOfficial"


def version_findings(version: str, location: str, offered: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether AKS makes a new cluster of a Kubernetes version; offered: its minor versions in the location, as its API lists them."""
    minors = [each for each in offered if each.get("version")]
    if not minors:
        return
    found = next((each for each in minors if version == each["version"] or version in (each.get("patchVersions") or {})), None)
    versions = joined_names([str(each["version"]) for each in minors], most=len(minors))
    remedy = f"Set kubernetes_version (in the roles gpu_kubernetes_version) to one of {versions}, or leave it out."
    if found is None:
        evidence = f"AKS offers {versions} in {location}"
        yield Finding(
            Explanation("VersionNotSupported", cause="AKS does not create new clusters with this Kubernetes version.", remedy=remedy),
            (version,),
            evidence,
        )
    elif _EVERYBODYS not in ((found.get("capabilities") or {}).get("supportPlan") or (_EVERYBODYS,)):
        yield Finding(
            Explanation(
                "VersionNeedsLongTermSupport",
                cause="This Kubernetes version requires a cluster with tier Premium and long-term support.",
                remedy="Set support_plan: AKSLongTermSupport and sku_tier: Premium for gpuops.aks.aks_cluster, or use a newer version.",
                severity="warning",
            ),
            (version,),
            f"{location}: the version's only support plan is AKSLongTermSupport",
        )
