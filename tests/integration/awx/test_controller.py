# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml with the real modules of awx.awx, against a stand-in for the API of AWX: written once, unchanged afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.integration.awx.applied import CHOSEN, FEW, SECRET, apply
from tests.integration.awx.conftest import TASKS
from tests.integration.awx.controller import TOKEN, Controller
from tests.integration.playbooks.playbook import Run

pytest.importorskip("ansible_collections.awx.awx", reason="awx.awx is not installed")


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
