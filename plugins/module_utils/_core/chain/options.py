# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which role variables set the module options that a remedy names, so that a reader of the report can follow it."""

from __future__ import annotations

import re
from typing import Iterator, Mapping

# Step → option of its module that a remedy may name → variable of the role; {path} is the path's prefix.
# tests/unit/test_variables.py holds it to the tasks of the roles.
VARIABLES: Mapping[str, Mapping[str, str]] = {
    "register": {"wait_timeout": "{path}_register_timeout"},
    "cluster": {
        "custom_headers": "gpu_headers",
        "kubernetes_version": "gpu_kubernetes_version",
        "location": "gpu_location",
        "merge": "gpu_merge_kubeconfig",
        "node_vm_size": "aks_cluster_node_vm_size",
        "wait_timeout": "aks_cluster_timeout",
    },
    "pool": {
        "allow_retired": "gpu_allow_retired",
        "count": "gpu_node_count",
        "custom_headers": "gpu_headers",
        "enable_auto_scaling": "gpu_enable_auto_scaling",
        "max_count": "gpu_max_count",
        "min_count": "gpu_min_count",
        "node_taints": "gpu_node_taints",
        "vm_size": "gpu_vm_size",
        "wait_timeout": "{path}_pool_timeout",
    },
    "plugin": {
        "namespace": "{path}_namespace",
        "node_taints": "gpu_node_taints",
        "pass_device_specs": "{path}_pass_device_specs",
        "pools": "{path}_pools",
        "wait_timeout": "{path}_plugin_timeout",
    },
    "verify": {"fail_fast_after": "gpu_verify_fail_fast_after", "min_nodes": "gpu_verify_min_nodes", "wait_timeout": "gpu_verify_timeout"},
    "metrics": {
        "image": "gpu_metrics_image",
        "image_pull_secrets": "gpu_metrics_image_pull_secrets",
        "namespace": "gpu_metrics_namespace",
        "node_taints": "gpu_node_taints",
        "pod_monitor": "gpu_metrics_pod_monitor",
        "wait_timeout": "gpu_metrics_timeout",
    },
    "workload": {
        "accuracy_pattern": "gpu_workload_accuracy_pattern",
        "args": "gpu_workload_args",
        "backoff_limit": "gpu_workload_backoff_limit",
        "command": "gpu_workload_command",
        "device_pattern": "gpu_workload_device_pattern",
        "env": "gpu_workload_env",
        "fail_on_exit_codes": "gpu_workload_fail_on_exit_codes",
        "failure_pattern": "gpu_workload_failure_pattern",
        "gpus": "gpu_workload_gpus",
        "image": "gpu_workload_image",
        "log_path": "gpu_workload_log_path",
        "min_accuracy": "gpu_workload_min_accuracy",
        "name": "gpu_workload_name",
        "namespace": "gpu_workload_namespace",
        "node_selector": "gpu_workload_node_selector",
        "node_taints": "gpu_node_taints",
        "queue": "gpu_workload_queue",
        "rerun": "gpu_workload_rerun",
        "resource_name": "gpu_workload_resource_name",
        "success_pattern": "gpu_workload_success_pattern",
        "wait_timeout": "gpu_workload_timeout",
    },
    "prove": {
        "fail_on_slow": "gpu_prove_fail_on_slow",
        "evidence_dir": "gpu_prove_evidence_dir",
        "image": "gpu_prove_image",
        "image_pull_policy": "gpu_prove_image_pull_policy",
        "image_pull_secrets": "gpu_prove_image_pull_secrets",
        "keep": "gpu_prove_keep",
        "level": "gpu_prove_level",
        "load_seconds": "gpu_prove_load_seconds",
        "measure_load": "gpu_prove_measure_load",
        "namespace": "gpu_prove_namespace",
        "node_selector": "gpu_prove_node_selector",
        "nodes": "gpu_prove_nodes",
        "parallel": "gpu_prove_parallel",
        "pool": "gpu_prove_pool",
        "require": "gpu_prove_require",
        "timeout": "gpu_prove_gpu_timeout",
        "wait_timeout": "gpu_prove_timeout",
    },
    "report": {"dest": "gpu_report"},
}
# A plain word such as name is an option only if a value follows ("name: x", "count (5)"), or if the text asks to set it.
# Ansible's own check of the arguments names the option first.
_REFUSED = r"(?:value of |argument '|(?:missing required arguments|following are missing): (?:\w+, )*)"
_ASKED = r"\b(?:[Ss]et|[Rr]aise|[Cc]heck|[Cc]orrect|or) (?:[a-z_]+(?:,| and) )*"


_NAMED = "In the playbook, "


def variables_named(step: str, path: str, text: str) -> str:
    """A sentence that names the role variables for the module options in a string; empty if it names none, or has this sentence already.

    Args:
        step: The step that failed.
        path: The GPU path of the playbook.
        text: A message or a remedy.
    """
    pairs = [f"{option} is {variable}" for option, variable in _named(step, path, text)]
    return f"{_NAMED}{', '.join(pairs)}." if pairs and _NAMED not in text else ""


def _named(step: str, path: str, text: str) -> Iterator[tuple[str, str]]:
    for option, variable in VARIABLES.get(step, {}).items():
        if re.search(rf"\b{option}\b" if "_" in option else rf"\b{option}(:| \()|(?:{_ASKED}|{_REFUSED}){option}\b", text):
            yield option, variable.format(path=path)
