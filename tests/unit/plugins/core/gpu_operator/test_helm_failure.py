# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user is told when Helm or kubernetes.core has failed in a step of the role gpu_operator."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.helm_failure import STEPS, HelmFailure, helm_error
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION

from tests.unit.plugins.operation_table import parameters
from tests.unit.plugins.tasks import real_run

from ...builders import assert_explained
from ..signatures.test_signatures import CHART_TEXTS, HELM_TEXTS

PENDING = "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress"
NAMES: dict[str, Any] = {"release": "gpuop", "namespace": "nvidia"}


def told(step: str, said: str, **fields: Any) -> GpuopsError:
    error = helm_error(HelmFailure(step, said, **{**NAMES, **fields}))
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("revision", "working", "command"),
    [
        (0, 0, "'helm uninstall gpuop --namespace nvidia'"),
        (2, 0, "'helm uninstall gpuop --namespace nvidia'"),
        (2, 1, "'helm rollback gpuop 1 --namespace nvidia'"),
        (7, 3, "'helm rollback gpuop 3 --namespace nvidia'"),
    ],
)
def test_release_that_an_interrupted_run_has_left_pending(revision: int, working: int, command: str) -> None:
    error = told("install", PENDING, revision=revision, working=working)
    assert_explained(error, "HelmReleasePending", f"revision {revision or 1} of the release", command, "and then this step again")


def test_pending_release_is_the_cause_although_its_job_has_not_ended_either() -> None:
    assert told("install", PENDING, jobs=("gpu-operator-upgrade-crd",)).code == "HelmReleasePending"


@pytest.mark.parametrize(("code", "said"), [row for row in HELM_TEXTS if row[0] != "HelmReleaseNotFound"])
@pytest.mark.parametrize("step", ["install", "uninstall"])
def test_every_message_is_explained_with_the_names_of_the_release(step: str, code: str, said: str) -> None:
    error = told(step, said)
    assert_explained(error, code)
    assert not {"{", "}"} & {*error.cause, *error.remedy}


@pytest.mark.parametrize(("code", "said"), CHART_TEXTS)
def test_chart_that_cannot_be_fetched(code: str, said: str) -> None:
    error = told("fetch", f"gpu-operator v99.1.0: {said}")
    assert_explained(error, code, "Helm cannot fetch the chart: gpu-operator v99.1.0: Error: ")


def test_release_that_is_already_gone_is_uninstalled() -> None:
    said = "Error: uninstall: Release not loaded: gpuop: release: not found"
    assert helm_error(HelmFailure("uninstall", said, **NAMES)) is None
    assert told("install", said).code == "HelmReleaseNotFound"
    assert not OPERATION.run(parameters(OPERATION, helm_failure=failure("uninstall", said)), real_run()).changed


def failure(step: str, said: str) -> dict[str, Any]:
    return {"step": step, "said": said, "revision": 2, "working": 1, "jobs": [], **NAMES}


def test_module_fails_with_the_error() -> None:
    with pytest.raises(GpuopsError) as raised:
        OPERATION.run(parameters(OPERATION, helm_failure=failure("install", PENDING)), real_run())
    assert_explained(raised.value, "HelmReleasePending", "helm rollback gpuop 1")


def test_jobs_of_the_chart_that_helm_waits_for_are_named() -> None:
    said = "Error: UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred: * timed out waiting for the condition"
    error = told("install", said, jobs=("upgrade-crd", "other"))
    assert_explained(error, "ChartJobNotEnded", "upgrade-crd, other", "'kubectl describe job -n nvidia'", "gpu_operator_helm_timeout")


@pytest.mark.parametrize("step", STEPS)
def test_message_that_nobody_knows_is_shown_with_what_to_check(step: str) -> None:
    error = told(step, "Error: the moon is in the wrong phase.")
    assert_explained(error, error.code, "Error: the moon is in the wrong phase")
    assert "phase." not in error.message


QUOTE = chr(92) * 2 + '"'  # as in text in JSON in a string of Python
REFUSED = (
    f"nodes is forbidden: User {QUOTE}robot{QUOTE} cannot list resource {QUOTE}nodes{QUOTE} "
    f"in API group {QUOTE}{QUOTE} at the cluster scope"
)
TRACEBACK = (
    f'Exception \'HTTP response body: {{"message":"{REFUSED}","code":403}}\' raised while trying to get resource'
    '\n  Original traceback: \n  File "/x/runner.py", line 9'
)


def test_of_a_traceback_only_what_the_api_server_has_said_is_shown() -> None:
    error = told("install", TRACEBACK)
    assert_explained(error, "Forbidden", "nodes is forbidden: User robot cannot list resource nodes in API group  at the cluster scope")
    assert error.message.endswith("at the cluster scope")
    unknown = told("install", "Failed to list Nodes: connection refused\n  Original traceback: \n  File x")
    assert unknown.message.endswith("Failed to list Nodes: connection refused")
