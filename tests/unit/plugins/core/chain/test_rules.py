# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work is refused before the chain's first step, by the rules of the modules and with the variables' names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION

from tests.unit.plugins.operation_table import parameters, refusal_of
from tests.unit.plugins.tasks import real_run

CHAIN: dict[str, Any] = {
    "path": "manual_plugin", "allow_retired": False, "headers": {}, "first_pool": False, "pool": "gpunp",
    "node_taints": ["sku=gpu:NoSchedule"], "node_count": 1, "enable_auto_scaling": True, "min_count": 1, "max_count": 3,
    "pool_options": {}, "report": "",
}  # fmt: skip
FIXED = {"enable_auto_scaling": False}
FIRST = {**FIXED, "first_pool": True}
REFUSED = [
    pytest.param({"pool": "aksMigNode"}, "InvalidPoolName", "aksmignode", id="pool"),
    pytest.param({"node_taints": ["skugpu"]}, "InvalidTaint", "sku=gpu:NoSchedule", id="taint"),
    pytest.param(
        {"node_taints": ["sku=gpu:NoSchedule", "sku=cpu:NoSchedule"]},
        "InvalidTaint",
        "node_taints is gpu_node_taints",
        id="two taints of a key",
    ),
    pytest.param({"node_taints": "sku=gpu:NoSchedule"}, "InvalidTaint", "gpu_node_taints to a list", id="a taint that is not in a list"),
    pytest.param({"min_count": 4}, "InvalidScaling", "max_count is gpu_max_count, min_count is gpu_min_count", id="bounds"),
    pytest.param({"node_count": 5}, "InvalidScaling", "gpu_node_count", id="count outside the bounds"),
    pytest.param({"report": "/"}, "UnwritableFile", "dest is gpu_report", id="report that is a directory"),
    pytest.param({"report": "/dev/null"}, "UnwritableFile", "dest is gpu_report", id="report that is a device"),
    pytest.param({"report": "~/gpu.html"}, "UnwritableFile", "gpu.json", id="report that its page would replace"),
    pytest.param({"report": "/dev/null/report.json"}, "UnwritableFile", "dest is gpu_report", id="report below what is not a directory"),
    pytest.param({**FIRST, "pool_options": {"max_pods": 30}}, "ConflictingOptions", "leave out gpu_pool_options", id="options, first pool"),
    pytest.param({"first_pool": True}, "ConflictingOptions", "leave out gpu_enable_auto_scaling", id="a first pool that should scale"),
    pytest.param({**FIRST, "path": "managed"}, "ConflictingOptions", "gpu_first_pool", id="managed first pool"),
    pytest.param({**FIRST, "path": "gpu_operator"}, "ConflictingOptions", "gpu_first_pool", id="first pool for the operator"),
    pytest.param({"path": "dedicated_vhd"}, "RetiredPath", "allow_retired is gpu_allow_retired", id="retired path"),
    pytest.param({"headers": {"usegpudedicatedvhd": "True"}}, "RetiredPath", "gpu_allow_retired", id="retired path by its header"),
]
ACCEPTED = [
    pytest.param({}, id="the defaults"),
    pytest.param({**FIXED, "path": "managed", "node_count": 2}, id="managed"),
    pytest.param({**FIXED, "node_count": 5}, id="without the autoscaler, its bounds do not count"),
    pytest.param({"path": "gpu_operator"}, id="gpu_operator"),
    pytest.param({"path": "dedicated_vhd", "allow_retired": True}, id="a retired path that is allowed"),
    pytest.param({**FIRST, "node_count": 9}, id="a first pool has no bounds"),
    pytest.param({"node_taints": []}, id="no taints"),
]


@pytest.mark.parametrize(("chosen", "code", "said"), REFUSED)
def test_invalid_combination_is_rejected_with_the_variable_to_set(chosen: dict[str, Any], code: str, said: str) -> None:
    refusal = refusal_of(OPERATION, chain={**CHAIN, **chosen})
    assert refusal.code == code
    assert said in refusal.remedy


@pytest.mark.parametrize("chosen", ACCEPTED)
def test_valid_combination_is_accepted(chosen: dict[str, Any]) -> None:
    outcome = OPERATION.run(parameters(OPERATION, values={}, names=[], chain={**CHAIN, **chosen}), real_run())
    assert not outcome.changed


def test_all_refusals_are_reported_together() -> None:
    refusal = refusal_of(OPERATION, chain={**CHAIN, "pool": "aksMigNode", "min_count": 4, "report": "/dev/null"})
    for said in ("aksMigNode", "gpu_min_count", "gpu_report"):
        assert said in refusal.message


def test_only_the_missing_cluster_name_is_reported() -> None:
    refusal = refusal_of(OPERATION, values={"gpu_cluster": ""}, required=["gpu_cluster"], chain={**CHAIN, "pool": "aksMigNode"})
    assert refusal.message == "gpu_cluster is not set."


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_report_in_an_unwritable_directory_is_rejected(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(InvalidInputError, match="cannot be written"):
        OPERATION.run(parameters(OPERATION, chain={**CHAIN, "report": str(tmp_path / "report.json")}), real_run())


@pytest.mark.parametrize(
    ("helm", "code"),
    [
        ({"version": "", "kubernetes_core": "6.2.0"}, "HelmMissing"),
        ({"version": "v3.21.4", "kubernetes_core": None}, "KubernetesCoreMissing"),
        ({"version": "v4.2.4", "kubernetes_core": "6.2.0"}, "HelmTooNew"),
    ],
)
def test_helm_that_does_not_fit_is_rejected(helm: dict[str, Any], code: str) -> None:
    assert refusal_of(OPERATION, values={}, names=[], helm=helm).code == code


def test_helm_that_fits_is_accepted() -> None:
    helm = {"version": "v3.21.4", "kubernetes_core": "6.2.0"}
    assert not OPERATION.run(parameters(OPERATION, values={}, names=[], helm=helm), real_run()).changed
