# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.preflight.versions import version_findings

from ...preflight_builders import codes


def minor(version: str, *patches: str, plans: tuple[str, ...] = ("KubernetesOfficial", "AKSLongTermSupport")) -> dict[str, Any]:
    """An entry of the AKS API's list of Kubernetes versions, as its OpenAPI file has it."""
    return {"version": version, "capabilities": {"supportPlan": [*plans]}, "patchVersions": {patch: {"upgrades": []} for patch in patches}}


LISTED = [minor("1.32", "1.32.9", plans=("AKSLongTermSupport",)), minor("1.34", "1.34.2", "1.34.8"), minor("1.35", "1.35.5")]
CASES = [
    pytest.param("1.34", LISTED, [], id="a minor version"),
    pytest.param("1.34.8", LISTED, [], id="a patch"),
    pytest.param("1.12", LISTED, [("VersionNotSupported", "error")], id="one of long ago"),
    pytest.param("1.34.1", LISTED, [("VersionNotSupported", "error")], id="a patch that is gone"),
    pytest.param("1.3", LISTED, [("VersionNotSupported", "error")], id="a part of a version's name"),
    pytest.param("1.32", LISTED, [("VersionNeedsLongTermSupport", "warning")], id="long-term support only"),
    pytest.param("1.32.9", LISTED, [("VersionNeedsLongTermSupport", "warning")], id="a patch of long-term support only"),
    pytest.param("1.34", [{"version": "1.34"}], [], id="nothing told of plans"),
    pytest.param("1.12", [], [], id="nothing told"),
    pytest.param("1.12", [{}], [], id="an entry that tells nothing"),
]


@pytest.mark.parametrize(("version", "offered", "expected"), CASES)
def test_version_of_a_new_cluster(version: str, offered: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    assert codes(version_findings(version, "eastus", offered)) == expected


def test_refusal_names_the_available_versions() -> None:
    (found,) = version_findings("1.12", "eastus", LISTED)
    assert "one of 1.32, 1.34, 1.35" in found.explanation.remedy
    assert "gpu_kubernetes_version" in found.explanation.remedy
