# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every job template and both workflows, as AWX starts them, on a lab: from nothing to a proven GPU, a failure, and back to nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.awx.controller import Controller
from tests.integration.awx.runner import Execution, Job, can_be_unknown, walk
from tests.integration.conftest import new_lab
from tests.integration.playbooks.playbook import Run
from tests.integration.running_lab import CLUSTER, GROUP, RunningLab

pytest.importorskip("ansible_collections.awx.awx", reason="awx.awx is not installed")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
pytestmark = pytest.mark.skipif(not can_be_unknown(), reason="this machine has no user namespaces")


@pytest.fixture(scope="module")
def quick_lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """An empty lab whose time is quick, because the chain takes the whole cluster."""
    with new_lab(request, "2026", "--speed", "240") as started:
        yield started


@pytest.fixture(scope="module")
def awx(applied: tuple[Controller, str, Run], quick_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Execution:
    """AWX after the playbook, with the credentials of the lab, and with a cluster that the workflow for a new pool has made."""
    settings = quick_lab.settings
    principal = {"tenant": settings.tenant_id, "client": settings.client_id, "secret": settings.secret}
    credentials = {
        "GPU: Azure by secret": {**principal, "subscription": settings.subscription_id, "cloud": settings.arm_url},
        "GPU: CA bundle": {"bundle": quick_lab.layout.ca_bundle.read_text()},
    }
    execution = Execution(applied[0], tmp_path_factory.mktemp("awx"), credentials)
    described = {"gpu_resource_group": GROUP, "gpu_cluster": CLUSTER, "gpu_create_cluster": "true", "gpu_max_count": 2}
    assert walk(execution, "GPU: new pool", described) == ["preflight", "approve", "site"], execution.jobs[-1].output[-4000:]
    execution.discover("GPU: clusters of Azure")
    return execution


def succeeded(job: Job) -> Job:
    assert job.succeeded, job.output[-4000:]
    return job


def test_workflow_from_nothing_ends_with_a_proof(awx: Execution) -> None:
    preflight, site = awx.jobs[:2]
    assert preflight.artifacts["gpuops_report"]["localhost"]["verdict"] == "not_checked"
    report = site.artifacts["gpuops_report"]["localhost"]
    assert (report["verdict"], report["coverage"]["proven"]) == ("proven", 1)
    assert [device["verdict"] for device in report["devices"]] == ["proven"], "the evidence is handed on, too"
    assert (awx.artifacts / "localhost.html").is_file()
    assert list((awx.artifacts / "evidence").rglob("*.xml"))


def test_inventory_of_the_plugin_has_the_cluster_and_only_plain_values(awx: Execution) -> None:
    assert list(awx.inventory["all"]["hosts"]) == [CLUSTER]
    assert CLUSTER in awx.inventory["all"]["children"]["region_eastus"]["hosts"]
    assert "__ansible_unsafe" not in json.dumps(awx.inventory)


@pytest.mark.parametrize(
    ("step", "answers"),
    [("check", {"gpu_preflight_fail_on": "warning"}), ("verify", {"gpu_verify_timeout": 600})],
    ids=["check", "verify"],
)
def test_step_alone_hands_its_report_on(awx: Execution, step: str, answers: dict[str, object]) -> None:
    job = succeeded(awx.launch(f"GPU: {step}", answers))
    assert job.artifacts["gpuops_report"][CLUSTER]["verdict"] == "not_checked"
    assert job.artifacts["gpuops_report"][CLUSTER]["error"] is None


def test_check_predicts_no_change_of_what_is_as_described(awx: Execution) -> None:
    """Its container has no kubeconfig; without one, it could not look at the device plugin and the workload, and would predict both."""
    (job,) = [each for each in awx.jobs if each.template == "GPU: check"]
    changed = [line for line in _COLOR.sub("", job.output).splitlines() if line.startswith("changed: ")]
    assert len(changed) == 1, "the kubeconfig"


def test_token_of_a_service_account_is_enough_to_prove(awx: Execution, quick_lab: RunningLab) -> None:
    quick_lab.kubectl("create", "serviceaccount", "awx")
    quick_lab.kubectl("create", "clusterrolebinding", "awx", "--clusterrole=cluster-admin", "--serviceaccount=default:awx")
    cluster = json.loads(quick_lab.kubectl("config", "view", "--raw", "--flatten", "--minify", "--output=json"))["clusters"][0]["cluster"]
    token = {
        "host": cluster["server"],
        "token": quick_lab.kubectl("create", "token", "awx").strip(),
        "ca": quick_lab.layout.ca.read_text(),
    }
    of_azure, awx.credentials = awx.credentials, {"GPU: Kubernetes token": token}
    job = awx.launch("GPU: prove", {"gpu_prove_level": "smoke", "gpu_prove_parallel": 2})
    awx.credentials = of_azure
    assert succeeded(job).artifacts["gpuops_report"][CLUSTER]["verdict"] == "proven"
    assert token["token"] not in job.output


def test_failed_step_leads_to_a_diagnosis_and_fails_the_workflow(awx: Execution) -> None:
    never = {"gpu_verify_min_nodes": 9, "gpu_verify_timeout": 1}
    assert walk(awx, "GPU: chain", never) == ["preflight", "approve", "site", "collect"]
    site, collect = awx.jobs[-2:]
    assert site.artifacts["gpuops_report"][CLUSTER]["error"]["step"] == "verify"
    diagnosis = collect.artifacts["gpuops_diagnosis"][CLUSTER]
    assert (diagnosis["error"], diagnosis["findings"]) == ("", [])
    assert Path(diagnosis["archive"]).stat().st_size > 1000
    assert not collect.succeeded, "otherwise AWX takes the workflow for successful"
    assert site.artifacts["gpuops_report"][CLUSTER]["summary"] in collect.output


def test_preflight_that_fails_without_a_cluster_says_so_and_leaves_nothing_to_collect(awx: Execution) -> None:
    wanted = {"gpu_resource_group": "rg-new", "gpu_cluster": "aks-new", "gpu_create_cluster": "true", "gpu_vm_size": "Standard_NC6"}
    assert walk(awx, "GPU: new pool", wanted) == ["preflight", "collect"]
    diagnosis = awx.jobs[-1].artifacts["gpuops_diagnosis"]["localhost"]
    assert diagnosis["archive"] == ""
    assert "aks-new" in diagnosis["error"]


def test_denied_approval_ends_the_workflow(awx: Execution) -> None:
    assert walk(awx, "GPU: chain", {}, approve=False) == ["preflight", "approve"]


def test_teardown_hands_on_what_was_kept(awx: Execution) -> None:
    job = succeeded(awx.launch("GPU: teardown", {"gpu_teardown_timeout": 900}))
    assert job.artifacts["gpuops_teardown"] == {CLUSTER: {"kept": [], "error": ""}}


def test_no_job_shows_a_secret(awx: Execution) -> None:
    secret = awx.credentials["GPU: Azure by secret"]["secret"]
    assert len(awx.jobs) > 8
    assert [job.template for job in awx.jobs if secret in job.output + json.dumps(job.artifacts)] == []
