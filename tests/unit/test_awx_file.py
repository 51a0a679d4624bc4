# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/vars/awx.yml is what the modules of awx.awx and the roles of infra.aap_configuration take, as far as their arguments say.

awx.awx comes with the package `ansible`. Where only ansible-core is installed, these tests are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.awx_file import evaluated, variables

awx = pytest.importorskip("ansible_collections.awx.awx", reason="awx.awx is not installed")

REPOSITORY = Path(__file__).parents[2]
# Variable → the module of awx.awx that takes its entries.
_MODULES = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_notifications": "notification_template",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
# What the role controller_workflow_job_templates of infra.aap_configuration takes besides, as read at 3.0.0 (f2302146d4, 2024-10-23).
_NODES = "simplified_workflow_nodes"


def arguments(module: str) -> dict[str, Any]:
    """The arguments of a module of awx.awx, by its documentation."""
    text = (Path(awx.__path__[0]) / "plugins" / "modules" / f"{module}.py").read_text()
    documented = yaml.safe_load(re.split(r"DOCUMENTATION = r?'''", text)[1].split("'''")[0])["options"]
    known = ("type", "choices", "required", "elements", "aliases")
    return {name: {key: option[key] for key in known if key in option} for name, option in documented.items()}


def entries() -> Iterator[Any]:
    """Each entry of each list, and each node of a workflow, with the module that takes it."""
    for variable, module in _MODULES.items():
        for entry in evaluated(variable):
            taken = {key: value for key, value in entry.items() if key != _NODES}
            yield pytest.param(module, taken, id=f"{variable} {entry['name']}")
            for node in entry.get(_NODES, ()):
                of = {"organization": entry["organization"], "workflow_job_template": entry["name"]}
                yield pytest.param("workflow_job_template_node", {**node, **of}, id=f"{entry['name']} {node['identifier']}")


@pytest.mark.parametrize(("module", "entry"), list(entries()))
def test_module_of_awx_takes_the_entry(module: str, entry: Mapping[str, Any]) -> None:
    checked = ArgumentSpecValidator(arguments(module)).validate(dict(entry))
    assert checked.error_messages == []


def test_every_list_has_entries_and_no_other_list_is_in_the_file() -> None:
    assert {name for name in variables() if name.startswith("controller_")} == set(_MODULES)
    assert [name for name in _MODULES if not evaluated(name)] == []


def test_nothing_optional_is_there_unless_it_is_set() -> None:
    nothing: dict[str, Any] = {"gpuops_awx_credentials": [], "gpuops_awx_notification": {}}
    assert evaluated("controller_credentials", **nothing) == evaluated("controller_notifications", **nothing) == []
    assert {tuple(each["credentials"]) for each in evaluated("controller_templates", **nothing)} == {()}
    assert evaluated("controller_inventory_sources", **nothing)[0]["credential"] == ""


def test_only_credentials_with_inputs_are_written_and_all_are_attached() -> None:
    assert [each["name"] for each in evaluated("controller_credentials")] == ["azure"]
    assert {tuple(each["credentials"]) for each in evaluated("controller_templates")} == {("azure", "of others")}


def test_no_name_is_wired() -> None:
    chosen = {"gpuops_awx_organization": "Elsewhere", "gpuops_awx_prefix": "Other", "gpuops_awx_hosts": "region_eastus"}
    shown = repr([evaluated(name, **chosen) for name in _MODULES if name != "controller_credentials"])
    assert "'Default'" not in shown
    assert "'GPU: " not in shown
    assert "region_eastus" in shown


def test_what_awx_itself_evaluates_is_left_to_it() -> None:
    types = {each["name"]: each for each in evaluated("controller_credential_types")}
    assert types["GPU: Azure by secret"]["injectors"]["env"]["AZURE_SECRET"] == "{{ secret }}"
    assert evaluated("controller_inventories")[0]["variables"]["gpu_report"] == "{{ gpuops_artifacts }}/{{ inventory_hostname }}.json"


def test_infra_aap_configuration_passes_the_injectors_on_as_they_are() -> None:
    # The expression of its roles/controller_credential_types/tasks/main.yml: it only changes braces with two spaces between them.
    (entry, *_) = evaluated("controller_credential_types")
    passed = repr(entry["injectors"]).replace("{  {", "{{")
    checked = ArgumentSpecValidator({"injectors": {"type": "dict"}}).validate({"injectors": passed})
    assert checked.validated_parameters["injectors"] == entry["injectors"]


@pytest.mark.parametrize("template", evaluated("controller_templates"), ids=lambda each: each["name"])
def test_playbook_of_a_template_is_in_the_repository(template: Mapping[str, Any]) -> None:
    assert (REPOSITORY / template["playbook"]).is_file()


def test_inventory_file_is_in_the_repository() -> None:
    assert (REPOSITORY / evaluated("controller_inventory_sources")[0]["source_path"]).is_file()


def test_nodes_of_the_workflows_are_templates_that_there_are() -> None:
    templates = {each["name"] for each in evaluated("controller_templates")}
    for workflow in evaluated("controller_workflows"):
        nodes = {node["identifier"]: node for node in workflow[_NODES]}
        linked = {target for node in nodes.values() for target in (*node.get("success_nodes", ()), *node.get("failure_nodes", ()))}
        assert linked == set(nodes) - {"preflight"}
        assert {node["unified_job_template"] for node in nodes.values() if "approval_node" not in node} <= templates
