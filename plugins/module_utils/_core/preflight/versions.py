# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Preflight findings about the Kubernetes version of a new cluster."""

from __future__ import annotations

from typing import Iterable, Iterator

from ..arm.resource_option import inside
from ..shared.explanation import Explanation
from ..shared.findings import Finding, joined_names
from ..shared.mappings import Json

_EVERYBODYS = "KubernetesOfficial"


def version_findings(version: str, location: str, offered: Iterable[Json]) -> Iterator[Finding]:
    """Whether AKS can create a cluster with a Kubernetes version. offered: the location's minor versions, as AKS' API lists them."""
    minors = [each for each in offered if each.get("version")]
    found = next((each for each in minors if version == each["version"] or version in (each.get("patchVersions") or {})), None)
    if found is not None:
        yield from _support_findings(version, location, found)
    elif minors:
        yield _not_supported(version, location, joined_names([str(each["version"]) for each in minors], most=len(minors)))


def _not_supported(version: str, location: str, versions: str) -> Finding:
    explanation = Explanation(
        "VersionNotSupported",
        cause="AKS does not create new clusters with this Kubernetes version.",
        remedy=f"Set kubernetes_version (in the roles gpu_kubernetes_version) to one of {versions}, or leave it out.",
    )
    return Finding(explanation, (version,), f"AKS offers {versions} in {location}")


def _support_findings(version: str, location: str, minor: Json) -> Iterator[Finding]:
    plans = inside(minor, "capabilities.supportPlan")
    if plans and _EVERYBODYS not in plans:
        explanation = Explanation(
            "VersionNeedsLongTermSupport",
            cause="This Kubernetes version requires a cluster with tier Premium and long-term support.",
            remedy="Set support_plan: AKSLongTermSupport and sku_tier: Premium for gpuops.aks.aks_cluster, or use a newer version.",
            severity="warning",
        )
        yield Finding(explanation, (version,), f"{location}: the version's only support plan is AKSLongTermSupport")
