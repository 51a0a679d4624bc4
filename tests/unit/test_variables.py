# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Ansible ignores a variable that nothing reads, so the roles refuse what looks like one of theirs and is not.

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.options import VARIABLES
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.variables import (
    INTERNAL,
    PATHS,
    SETTABLE,
    collection_refusals,
    path_refusals,
    variable_refusals,
)

REPOSITORY = Path(__file__).parents[2]
ROLES = REPOSITORY / "roles"
# Not of a role: where the plays run, what the action plugins read, where the playbook collect writes, and the directory of AWX's jobs.
_OF_NO_ROLE = {"gpu_collect_dest", "gpu_hosts", "gpuops_artifacts", "gpuops_in_process", "gpuops_progress"}
_AWX = REPOSITORY / "playbooks" / "vars" / "awx.yml"
_ROLE_OF = {"cluster": "aks_cluster", **{step: f"gpu_{step}" for step in ("verify", "metrics", "workload", "prove", "report")}}
_PREFIXES = re.compile(r"gpu|gpuops|managed|manual_plugin|dedicated_vhd|aks_cluster")
_MISSPELLED = [
    ("gpu_resource_grp", "gpu_resource_group"),
    ("gpu_node_cout", "gpu_node_count"),
    ("GPU_CLUSTER", "gpu_cluster"),
    ("gpuCluster", "gpu_cluster"),
    ("gpu_size", "gpu_vm_size"),
    ("gpuops_progres", "gpuops_progress"),
    ("manual_plugin_img", "manual_plugin_image"),
    ("managed_pool_timout", "managed_pool_timeout"),
    ("dedicated_vhd_header", "dedicated_vhd_headers"),
    ("gpu_workload_rerrun", "gpu_workload_rerun"),
    ("gpu_workload_wait_timeout", "gpu_workload_timeout"),
    ("gpu_verify_timeouts", "gpu_verify_timeout"),
    ("aks_cluster_create_", "aks_cluster_create"),
    ("aks_cluster_node_vmsize", "aks_cluster_node_vm_size"),
    ("gpu_report_dst", "gpu_report_dest"),
    ("gpu_teardown_tiemout", "gpu_teardown_timeout"),
    ("gpu_worklod_image", "gpu_workload_image"),
    ("Gpu_Workload_Timeout", "gpu_workload_timeout"),
    ("manual_plugn_image", "manual_plugin_image"),
    ("manualplugin_namespace", "manual_plugin_namespace"),
    ("dedicated_vdh_pool", "dedicated_vhd_pool"),
    # By the names that the roles had.
    ("workload_rerun", "gpu_workload_rerun"),
    ("workload_timeout", "gpu_workload_timeout"),
    ("workload_min_accuracy", "gpu_workload_min_accuracy"),
    ("verify_min_nodes", "gpu_verify_min_nodes"),
    ("verify_timeout", "gpu_verify_timeout"),
    ("teardown_job", "gpu_teardown_job"),
    ("report_steps", "gpu_report_steps"),
]


class _Loader(yaml.SafeLoader):
    """Knows the tag with which Ansible does not evaluate a text."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def yaml_of(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 safe, by its base


def of_awx() -> set[str]:
    """What a user sets for the playbook awx.yml."""
    return {*yaml.safe_load(_AWX.read_text().partition("# ---- What is made of it ----")[0])}


def settable() -> Iterator[str]:
    """What the roles take, by their argument specs and defaults."""
    for specs in ROLES.glob("*/meta/argument_specs.yml"):
        for entry_point in yaml_of(specs)["argument_specs"].values():
            yield from entry_point.get("options", {})
    for defaults in ROLES.glob("*/defaults/main.yml"):
        yield from yaml_of(defaults)


def internal(node: Any) -> Iterator[str]:
    """What tasks register, set, loop over and pass on."""
    if isinstance(node, dict):
        yield from filter(None, (node.get("register"), node.get("loop_control", {}).get("loop_var")))
        for inner in (
            node.get("vars", {}),
            node.get("ansible.builtin.set_fact", {}),
            node.get("ansible.builtin.set_stats", {}).get("data", {}),
        ):
            yield from inner
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from internal(child)


def ours(names: Iterator[str]) -> set[str]:
    return {name for name in names if _PREFIXES.match(name)}


def set_by_the_collection() -> Iterator[str]:
    yield "gpu_schedulable"  # the fact of gpu_schedulable_facts
    for variables in (*ROLES.glob("*/vars/*.yml"), *(REPOSITORY / "playbooks" / "vars").glob("*.yml")):
        yield from yaml_of(variables)
    for tasks in (*ROLES.glob("*/tasks/*.yml"), *(REPOSITORY / "playbooks").rglob("*.yml")):
        yield from internal(yaml_of(tasks))


def test_every_variable_of_the_roles_is_known() -> None:
    assert sorted(SETTABLE) == sorted(({*settable()} | _OF_NO_ROLE | of_awx()) - {"gpu_report_failure"}), (
        "list the variable in _core/chain/variables.py"
    )


def paths() -> Iterator[str]:
    """What the roles take as a path, by their argument specs."""
    for specs in ROLES.glob("*/meta/argument_specs.yml"):
        for entry_point in yaml_of(specs)["argument_specs"].values():
            yield from (name for name, option in entry_point.get("options", {}).items() if option["type"] == "path")


def test_every_path_is_known() -> None:
    assert sorted(PATHS) == sorted({*paths()}), "list the variable in PATHS of _core/chain/variables.py"


@pytest.mark.parametrize("name", sorted(PATHS))
def test_relative_path_is_rejected(name: str) -> None:
    (refusal,) = path_refusals({name: "below/the playbook"})
    assert (refusal.code, refusal.remedy) == ("RelativePath", f"Correct {name}.")
    assert [list(path_refusals({name: path})) for path in ("", None, "/x", "~/x", "$HOME/x")] == [[]] * 5


def test_relative_path_that_is_the_default_of_another_variable_is_rejected_once() -> None:
    (refusal,) = path_refusals({"gpu_prove_kubeconfig": "x", "gpu_kubeconfig": "x", "aks_cluster_kubeconfig": "x"})
    assert refusal.message.startswith("gpu_kubeconfig must be an absolute path")


def test_collection_that_is_missing_is_refused() -> None:
    (refusal,) = collection_refusals({"awx.awx": "", "kubernetes.core": "6.4.0"})
    assert (refusal.code, refusal.message) == ("CollectionMissing", "The collection awx.awx is not installed.")
    assert "ansible-galaxy collection install awx.awx" in refusal.remedy


def test_every_name_that_the_collection_itself_sets_is_known() -> None:
    assert sorted(INTERNAL) == sorted(ours(set_by_the_collection()) - SETTABLE), "list the name in _core/chain/variables.py"


@pytest.mark.parametrize(("name", "meant"), _MISSPELLED)
def test_misspelled_variable_is_rejected_with_the_right_one(name: str, meant: str) -> None:
    (refusal,) = variable_refusals([name], {})
    assert (refusal.code, refusal.message) == ("UnknownVariable", f"{name} is not a variable of gpuops.aks.")
    assert refusal.remedy.startswith(f"Did you mean {meant}? ")
    assert "gpu_other_variables" in refusal.remedy


def test_unknown_variable_with_our_prefix_is_rejected() -> None:
    (refusal,) = variable_refusals(["gpu_wattage_limit"], {})
    assert refusal.message == "gpu_wattage_limit is not a variable of gpuops.aks."
    assert "Did you mean" not in refusal.remedy


@pytest.mark.parametrize(
    "name",
    [
        "cluster_name",
        "cluster_resource_group",
        "cluster_location",
        "cluster_timeout",
        "aks_cluster_name",
        "aks_cluster_resource_group",
        "aks_cluster_location",
        "aks_cluster_id",
        "managed_cluster",
        "managed_pool",
        "managed_identity_client_id",
        "managed_resource_group",
        "workload_name",
        "workload_image",
        "report_path",
        "verify_pool",
        "workload_identity_client_id",
        "workload_image_tag",
        "cluster_names",
        "cluster_autoscaler",
        "verify_ssl",
        "report_dir",
        "clustername",
        "reports_path",
        "plugin_image",
        "load_image",
        "cpu_node_count",
        "gpus",
        "region",
    ],
)
def test_inventory_may_have_other_variables(name: str) -> None:
    assert list(variable_refusals([name], {})) == []


def test_other_variable_of_the_user_is_accepted() -> None:
    assert list(variable_refusals(["gpu_wattage_limit"], {}, own=["gpu_wattage_limit"])) == []


def test_value_cut_at_a_space_is_noticed() -> None:
    (refusal,) = variable_refusals(["gpu_cluster", "_raw_params"], {"gpu_cluster": "my"})
    assert "'gpu_cluster=\"my cluster\"'" in refusal.remedy


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("gpu_vm_size", None, "gpu_vm_size is null"),
        ("gpu_resource_group", None, "gpu_resource_group is null"),
        ("gpu_cluster", "", "gpu_cluster is not set"),
        ("gpu_cluster", "-aks", "gpu_cluster is '-aks'"),
        ("gpu_resource_group", "ml.", "gpu_resource_group is 'ml.'"),
        ("gpu_cluster", ["aks"], "gpu_cluster is '['aks']'"),
    ],
)
def test_value_without_a_cluster_is_rejected(name: str, value: object, said: str) -> None:
    (refusal,) = variable_refusals([name], {name: value}, required=["gpu_cluster", "gpu_resource_group"])
    assert refusal.message.startswith(said)


def test_empty_name_is_rejected_only_if_required() -> None:
    assert list(variable_refusals([], {"gpu_cluster": "", "gpu_report": "", "gpu_resource_group": "ml"})) == []


def test_only_the_chains_variables_say_which_cluster_it_is() -> None:
    """cluster_name and aks_cluster_name are found in inventories, for other clusters."""
    for role in ROLES.iterdir():
        values = yaml_of(role / "defaults" / "main.yml")
        for file in (*(role / "tasks").glob("*.yml"), *(role / "vars").glob("*.yml")):
            for option, variable in re.findall(r"^ +(resource_group|cluster|name): \"{{ (\w+) }}\"$", file.read_text(), re.MULTILINE):
                if option == "name" and not variable.endswith("cluster"):
                    continue  # of a pool or a Job
                meant = {"resource_group": "gpu_resource_group"}.get(option, "gpu_cluster")
                assert meant in (variable, str(values.get(variable)).strip('{} "')), f"{role.name}: {option} is {variable}"
                assert variable.startswith(("gpu_", "manual_plugin_", "dedicated_vhd_")), f"an inventory may have {variable}"


def tasks_of(role: str, tasks: str) -> list[Path]:
    """The files of a step: of a role that is a step, all of them."""
    return sorted((ROLES / role / "tasks").glob("*.yml" if tasks == "main" else f"{tasks}.yml"))


def passed_on(role: str, tasks: str) -> str:
    """What a role passes to a module, in the task or in the variable that describes the path's pool."""
    text = "".join(file.read_text() for file in tasks_of(role, tasks))
    return text + (ROLES / role / "vars" / "main.yml").read_text() if f"{role}_wanted" in text else text


def options_of(step: str) -> Iterator[Any]:
    yield from (pytest.param(step, option, variable, id=f"{step}-{option}") for option, variable in VARIABLES[step].items())


@pytest.mark.parametrize(("step", "option", "variable"), [one for step in VARIABLES for one in options_of(step)])
def test_variable_in_a_remedy_sets_that_option(step: str, option: str, variable: str) -> None:
    named = variable.format(path="manual_plugin")
    role, tasks = (_ROLE_OF[step], "main") if step in _ROLE_OF else ("manual_plugin", step)
    if option in ("allow_retired", "custom_headers") and step == "pool":
        role = "dedicated_vhd"  # the other path has no such option
    defaults = yaml_of(ROLES / role / "defaults" / "main.yml")
    passed = re.findall(rf"^ +{option}: \"{{{{ (\w+)", passed_on(role, tasks), re.MULTILINE)
    assert any(each == named or named in str(defaults[each]) for each in passed)
