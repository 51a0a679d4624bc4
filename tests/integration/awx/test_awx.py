# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml with the real modules of awx.awx, and then what it has made, as AWX starts it.

First against a stand-in for the API of AWX: written once, unchanged afterwards. Then every job template and both workflows on a lab: from
nothing to a proven GPU, a failure, and back to nothing. In one file, because the playbook takes more processor time than either half.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.awx.applied import CHOSEN, FEW, SECRET, apply
from tests.integration.awx.conftest import TASKS
from tests.integration.awx.controller import TOKEN, Controller
from tests.integration.awx.runner import Execution, Job, can_be_unknown, walk
from tests.integration.conftest import new_lab
from tests.integration.playbooks.playbook import Run
from tests.integration.running_lab import CLUSTER, GROUP, RunningLab

pytest.importorskip("ansible_collections.awx.awx", reason="awx.awx is not installed")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def test_second_run_changes_nothing(applied: tuple[Controller, str, Run]) -> None:
    controller, url, first = applied
    written = len(controller.writes)
    again = apply(url)
    assert (first.counts["changed"], again.status, again.counts["changed"]) == (TASKS, 0, 0)
    assert controller.writes[written:] == []
    assert SECRET not in first.output + again.output


def test_templates_have_what_the_file_says(applied: tuple[Controller, str, Run]) -> None:
    controller = applied[0]
    templates = {each["fields"]["name"]: each for each in controller.all("job_templates")}
    steps = ("check", "preflight", "site", "verify", "prove", "teardown", "collect")
    assert set(templates) == {f"GPU: {step}" for step in steps}
    verify = templates["GPU: verify"]
    assert verify["fields"]["playbook"] == "playbooks/jobs/verify.yml"
    assert json.loads(verify["fields"]["extra_vars"]) == {"gpu_hosts": "all"}
    assert controller.names(verify, "credentials") == ["azure"]
    assert controller.names(verify, "notification_templates_error") == ["GPU: report"]
    assert controller.surveys[verify["id"]]["spec"][0]["variable"] == "gpu_verify_min_nodes"
    assert templates["GPU: check"]["fields"].items() >= {"job_type": "check", "diff_mode": True}.items()


def test_workflow_approves_after_the_preflight_and_collects_after_a_failure(applied: tuple[Controller, str, Run]) -> None:
    controller = applied[0]
    for workflow in controller.all("workflow_job_templates"):
        mine = [each for each in controller.all("workflow_job_template_nodes") if each["fields"]["workflow_job_template"] == workflow["id"]]
        links = {
            node["fields"]["identifier"]: {kind: controller.names(node, f"{kind}_nodes") for kind in ("success", "failure", "always")}
            for node in mine
        }
        assert links == {
            "preflight": {"success": ["approve"], "failure": ["collect"], "always": []},
            "approve": {"success": ["site"], "failure": [], "always": []},
            "site": {"success": [], "failure": ["collect"], "always": []},
            "collect": {"success": [], "failure": [], "always": []},
        }
        assert all("unified_job_template" in node["fields"] for node in mine)


def test_inventory_comes_from_the_plugin_and_its_variables_are_left_to_the_jobs(applied: tuple[Controller, str, Run]) -> None:
    controller = applied[0]
    source = controller.named("inventory_sources", "GPU: clusters of Azure")["fields"]
    assert source.items() >= {"source": "scm", "source_path": "playbooks/inventory/gpu.aks.yml", "update_on_launch": True}.items()
    variables = json.loads(controller.named("inventories", "GPU: clusters")["fields"]["variables"])
    assert variables["gpu_report"] == "{{ gpuops_artifacts }}/{{ inventory_hostname }}.json"
    assert controller.named("credential_types", "GPU: CA bundle")["fields"]["injectors"]["env"] == {
        "REQUESTS_CA_BUNDLE": "{{ tower.filename }}"
    }


def test_daily_schedule_runs_verify(applied: tuple[Controller, str, Run]) -> None:
    controller = applied[0]
    schedule = controller.named("schedules", "GPU: daily verify")["fields"]
    assert schedule["unified_job_template"] == controller.named("job_templates", "GPU: verify")["id"]
    assert "FREQ=DAILY" in schedule["rrule"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"CONTROLLER_OAUTH_TOKEN": "wrong"}, "Invalid authentication credentials"),
        ({"CONTROLLER_USERNAME": "admin", "CONTROLLER_PASSWORD": "wrong"}, "Failed to get token: HTTP Error 401"),
        ({"CONTROLLER_OAUTH_TOKEN": TOKEN, "CONTROLLER_HOST": "http://127.0.0.1:9"}, "Connection refused"),
    ],
    ids=["token", "password", "URL"],
)
def test_sign_in_or_address_that_is_wrong_is_said_once_and_writes_nothing(
    applied: tuple[Controller, str, Run], environment: Mapping[str, str], said: str
) -> None:
    controller, url, _first = applied
    written = len(controller.writes)
    run = apply(url, chosen={**CHOSEN, **FEW}, **environment)
    assert run.status != 0
    assert said in run.output
    assert "Traceback" not in run.output
    assert "AWX does not show the organization Default" in run.output
    assert run.counts["failed"] == 1
    assert len(controller.writes) == written


def test_organization_that_does_not_exist_is_refused_before_anything_is_written(applied: tuple[Controller, str, Run]) -> None:
    controller, url, _first = applied
    written = len(controller.writes)
    run = apply(url, chosen={**CHOSEN, **FEW, "gpuops_awx_organization": "Nobody"})
    assert "AWX does not show the organization Nobody: it does not exist" in run.output
    assert len(controller.writes) == written


def test_image_that_is_not_set_is_refused_before_anything_is_written(applied: tuple[Controller, str, Run]) -> None:
    controller, url, _first = applied
    written = len(controller.writes)
    run = apply(url, chosen={name: value for name, value in CHOSEN.items() if name != "gpuops_awx_image"})
    assert "Set gpuops_awx_image to the image of your execution environment" in run.output
    assert len(controller.writes) == written


@pytest.fixture(scope="module")
def quick_lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """An empty lab whose time is quick, because the chain takes the whole cluster."""
    with new_lab(request, "2026", "--speed", "240") as started:
        yield started


@pytest.fixture(scope="module")
def awx(applied: tuple[Controller, str, Run], quick_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Execution:
    """AWX after the playbook, with the credentials of the lab, and with a cluster that the workflow for a new pool has made."""
    if not can_be_unknown():
        pytest.skip("this machine has no user namespaces")
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
