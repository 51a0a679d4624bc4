# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# gpu_pool_options goes to the module as it is: the role's argument spec refuses at the first step what the module would refuse later.

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._operations.arguments import azure_arguments, state_arguments
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.request import pool_arguments
from jinja2 import Environment

ROLES = Path(__file__).resolve().parents[5] / "roles"
# About Azure and the task, not about the pool.
NOT_OF_THE_POOL = {*azure_arguments(), *state_arguments(), "wait", "kubeconfig", "context", "ignore_pod_disruption_budget"}
PATHS = ("manual_plugin", "managed", "gpu_operator", "dedicated_vhd")
PATHS_OWN = {"os_type"}


def set_by_the_path(role: str) -> set[str]:
    tasks = yaml.safe_load((ROLES / role / "tasks" / "pool.yml").read_text())
    (task,) = (task["gpuops.aks.aks_gpu_nodepool"] for task in tasks if "gpuops.aks.aks_gpu_nodepool" in task)
    variables = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_text())
    return {*task, *variables[f"{role}_wanted"], *variables.get(f"{role}_bounds", ())}


def test_first_pool_without_gpus_has_no_gpu_size() -> None:
    """What the user didn't name is not held against a cluster that exists."""
    size = yaml.safe_load((ROLES / "aks_cluster" / "defaults" / "main.yml").read_text())["aks_cluster_node_vm_size"]
    template = Environment(autoescape=True)
    template.filters["bool"] = bool
    assert template.from_string(size).render(gpu_first_pool=False, gpu_vm_size="Standard_NC6") == ""
    assert template.from_string(size).render(gpu_first_pool=True, gpu_vm_size="Standard_NC6") == "Standard_NC6"


def test_chain_passes_on_every_other_option() -> None:
    spec = yaml.safe_load((ROLES / "gpu" / "meta" / "argument_specs.yml").read_text())["argument_specs"]["preflight"]["options"]
    passed: dict[str, Any] = spec["gpu_pool_options"]["options"]
    arguments = pool_arguments()
    own = {option for path in PATHS for option in set_by_the_path(path)}
    assert {*passed} == {*arguments} - own - PATHS_OWN - NOT_OF_THE_POOL
    for name, option in passed.items():
        argument = arguments[name]
        assert (option["type"], option.get("elements"), option.get("choices")) == (
            argument["type"],
            argument.get("elements"),
            argument.get("choices"),
        ), name
