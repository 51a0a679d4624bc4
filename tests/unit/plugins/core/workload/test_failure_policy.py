# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.failure_policy import checked_exit_codes, failure_policy
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.manifest import job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import SKU_TAINT, SKU_TOLERATION, assert_explained, job_settings

SPOT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
IGNORE = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
FAIL = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [9, 15]}}


def test_job_without_patterns_is_the_articles() -> None:
    spec = job_manifest(job_settings())["spec"]
    assert spec["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert "podFailurePolicy" not in spec
    assert failure_policy([SKU_TOLERATION], []) == {}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        pytest.param({"node_taints": [SKU_TAINT, SPOT]}, [IGNORE], id="a pod that goes with its spot node"),
        pytest.param({"fail_on_exit_codes": [9, 15]}, [FAIL], id="an exit code that says all"),
        pytest.param({"node_taints": [SPOT], "fail_on_exit_codes": [9, 15]}, [IGNORE, FAIL], id="both, and the disruption counts first"),
        pytest.param({"tolerations": [{"operator": "Exists"}]}, [IGNORE], id="one that tolerates everything"),
    ],
)
def test_what_counts_as_a_failure(changes: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    spec = job_manifest(job_settings(**changes))["spec"]
    assert spec["podFailurePolicy"] == {"rules": rules}
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_exit_codes_come_once_each_in_order() -> None:
    assert checked_exit_codes([15, 9, 15]) == [9, 15]


@pytest.mark.parametrize("code", [0, -1, 256])
def test_exit_code_that_is_not_a_failure_is_rejected(code: int) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked_exit_codes([9, code])
    assert_explained(refusal.value, "InvalidExitCode", str(code), "1 to 255")
