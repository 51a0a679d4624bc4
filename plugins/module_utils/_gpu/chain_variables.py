# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Collection, Iterable, Iterator, Mapping

from .names import CLUSTER, GROUP, NameRule

# What a user may set, by what the name begins with; tests/unit/test_variables.py holds it to the roles.
_SETTABLE_BY_PREFIX = {
    "cluster_": """
        allow_retired create entra_token headers kubeconfig kubernetes_version location merge_kubeconfig name node_count
        node_pool_name node_vm_size resource_group timeout
    """,
    "dedicated_vhd_": """
        allow_retired cluster context first_pool headers kubeconfig max_count min_count node_count node_taints pool pool_options
        pool_timeout register_timeout resource_group vm_size
    """,
    "gpu_": """
        allow_retired cluster context create_cluster entra_token first_pool gen2 headers hosts kubeconfig kubernetes_version
        location max_count merge_kubeconfig min_count node_count node_resource_group node_taints other_variables path pool
        pool_options preflight preflight_fail_on report resource_group vm_size
    """,
    "gpuops_": "in_process progress",
    "manual_plugin_": """
        cluster context first_pool image kubeconfig max_count min_count namespace node_count node_resource_group node_taints
        pass_device_specs plugin_timeout pool pool_options pool_timeout pools register_timeout resource_group vm_size
    """,
    "report_": "page path steps",
    "teardown_": """
        cluster entra_token first_pool ignore_pod_disruption_budget job job_namespace kubeconfig namespace pool resource_group timeout
    """,
    "verify_": "cluster context fail_fast_after kubeconfig min_nodes node_resource_group pool resource_group timeout",
    "workload_": """
        accuracy_pattern args backoff_limit cluster command context device_pattern env fail_on_exit_codes failure_pattern gpus
        image kubeconfig log_path min_accuracy name namespace node_resource_group node_selector node_taints pool queue rerun
        resource_group resource_name timeout
    """,
}
SETTABLE = frozenset(prefix + name for prefix, names in _SETTABLE_BY_PREFIX.items() for name in names.split())

# What roles and playbooks register, set and pass on, and the facts that the modules return.
_INTERNAL = """
    cluster_creation cluster_credentials
    dedicated_vhd_plugin_step dedicated_vhd_pool_step dedicated_vhd_register
    gpu_failure gpu_left gpu_path_chosen gpu_path_names gpu_path_role gpu_preflight_step gpu_refusals gpu_report_files
    gpu_report_no_files gpu_report_there
    gpu_schedulable gpu_variable_names gpu_variable_refusals gpu_variable_values gpu_wanted
    gpuops_report
    manual_plugin_plugin_step manual_plugin_pool_step manual_plugin_register
    report_chain report_facts report_failure report_form
    teardown_cluster_step teardown_credentials teardown_found teardown_job_step teardown_kept teardown_key teardown_left
    teardown_of_job teardown_of_plugin teardown_plugin teardown_pool_step teardown_rest teardown_results teardown_steps
    teardown_unseen
    verify_step
    workload_step
"""
INTERNAL = frozenset(_INTERNAL.split())

# Nobody else's variables begin like this.
_OWN_PREFIXES = ("gpu_", "gpuops_", "manual_plugin_", "dedicated_vhd_")
# An inventory may well have variables of its own that begin like this: how alike the rest must be to be taken for a slip.
_SHARED_PREFIXES = {"cluster_": 0.9, "report_": 0.72, "teardown_": 0.72, "verify_": 0.72, "workload_": 0.72}
# Whole names: of those that begin with gpu, and of those that miss a prefix of ours which few others have.
_ALIKE_AS_A_WHOLE = 0.85
_ALIKE_WITH_ITS_PREFIX = 0.9
_RARE_PREFIXES = ("manual_plugin_", "dedicated_vhd_", "teardown_", "workload_")
# What Ansible keeps of --extra-vars that is no assignment: the second word of -e gpu_cluster=my cluster.
WORDS = "_raw_params"
_NAMES = {"gpu_cluster": CLUSTER, "gpu_resource_group": GROUP}


def variable_refusals(
    names: Iterable[str], values: Mapping[str, Any], *, own: Collection[str] = (), required: Collection[str] = ()
) -> Iterator[str]:
    """What speaks against variables that were set, one sentence or two each.

    names: of all variables. values: of those that must not be null. own: the user's, which only look like ours.
    required: those that must not be empty.
    """
    unknown = sorted(name for name in names if name not in SETTABLE and name not in INTERNAL and name not in own)
    misspelt = [says for says in map(_misspelt, unknown) if says]
    yield from misspelt
    if any(not says.startswith("--extra-vars") for says in misspelt):
        yield "Correct the name. If the variable is your own, list it in gpu_other_variables."
    for name, value in sorted(values.items()):
        yield from _value_refusals(name, value, needed=name in required)


def _misspelt(name: str) -> str:
    """What is said of an unknown variable; empty where it is not one of ours."""
    if name == WORDS:
        return (
            "--extra-vars has words without '=': Ansible ends a value at a space. "
            "Put the value in quotes of its own, -e 'gpu_cluster=\"my cluster\"', or write --extra-vars as JSON."
        )
    if name.startswith(_OWN_PREFIXES):
        return _unknown(name, get_close_matches(name, sorted(SETTABLE), n=1, cutoff=0.7))
    shared = next((prefix for prefix in _SHARED_PREFIXES if name.startswith(prefix)), "")
    if shared:
        return _slip(name, shared, _SHARED_PREFIXES[shared])
    if name.lower().startswith("gpu"):
        return _slip(name.lower(), "", _ALIKE_AS_A_WHOLE, written=name)
    return _slip(name.lower(), _RARE_PREFIXES, _ALIKE_WITH_ITS_PREFIX, written=name)


def _slip(name: str, prefix: str | tuple[str, ...], alike: float, *, written: str = "") -> str:
    """What is said of a name that is almost one of ours: beyond the prefix that they share, or as a whole where there are several."""
    start = len(prefix) if isinstance(prefix, str) else 0
    ours = [each[start:] for each in SETTABLE if each.startswith(prefix)]
    # As get_close_matches does it: a bound that costs little spares almost every name the whole comparison.
    closest = get_close_matches(name[start:], ours, n=1, cutoff=alike)
    return _unknown(written or name, [name[:start] + closest[0]]) if closest else ""


def _unknown(name: str, alike: list[str]) -> str:
    return f"{name} is not a variable of gpuops.aks." + (f" Did you mean {alike[0]}?" if alike else "")


def _value_refusals(name: str, value: Any, *, needed: bool) -> Iterator[str]:
    if value is None:
        yield f"{name} is null. Give it a value, or leave it out."
    elif value == "" and needed:
        yield f"{name} is not set. Set it: there is no default for what may cost money."
    elif name in _NAMES and value != "" and not _fits(_NAMES[name], value):
        yield f"{name} is '{value}'. {_NAMES[name].form}"


def _fits(rule: NameRule, value: Any) -> bool:
    return isinstance(value, (str, int)) and rule.pattern.fullmatch(str(value)) is not None
