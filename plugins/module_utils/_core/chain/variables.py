# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The role variables that exist, and what is wrong with one that does not: a typo or an internal name.

The module gpu_variables checks them before the first step.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Collection, Iterable, Iterator, Mapping

from ..._errors import InvalidInputError
from ..shared.names import CLUSTER, GROUP, LABEL, RELEASE, NameRule

# What a user may set, by prefix; tests/unit/test_variables.py compares it with the roles.
_SETTABLE_BY_PREFIX = {
    "aks_cluster_": """
        allow_retired create entra_token headers kubeconfig kubernetes_version merge_kubeconfig node_count node_pool_name node_vm_size
        timeout
    """,
    "dedicated_vhd_": """
        allow_retired cluster context enable_auto_scaling first_pool headers kubeconfig max_count min_count node_count node_taints pool
        pool_options pool_timeout register_timeout resource_group vm_size
    """,
    "gpu_": """
        allow_retired cluster collect_dest context create_cluster enable_auto_scaling entra_token first_pool gen2 headers hosts kubeconfig
        kubernetes_version location max_count merge_kubeconfig metrics min_count node_count node_resource_group node_taints
        other_variables path pool pool_options preflight preflight_fail_on prove report resource_group subscription vm_size
    """,
    "gpu_metrics_": """
        cluster context image image_pull_secrets kubeconfig namespace node_resource_group node_taints pod_monitor pool resource_group
        timeout
    """,
    "gpu_operator_": """
        chart chart_repository chart_version context dcgm_exporter driver fail_fast_after helm helm_timeout kubeconfig mig_strategy
        min_nodes namespace plugin_timeout pool_timeout pools register_timeout registry release system_node_taints values
    """,
    "gpu_prove_": """
        cluster context evidence_dir fail_on_slow gpu_timeout image image_pull_policy image_pull_secrets keep kubeconfig level
        load_seconds measure_load namespace node_resource_group node_selector nodes parallel pool require resource_group timeout
    """,
    "gpu_report_": "dest index page steps",
    "gpu_teardown_": """
        cluster entra_token first_pool ignore_pod_disruption_budget job job_namespace kubeconfig metrics_namespace namespace pool
        proof_namespace resource_group timeout
    """,
    "gpu_verify_": "cluster context fail_fast_after kubeconfig min_nodes node_resource_group pool resource_group timeout",
    "gpu_workload_": """
        accuracy_pattern args backoff_limit cluster command context device_pattern env fail_on_exit_codes failure_pattern gpus
        image kubeconfig log_path min_accuracy module name namespace node_resource_group node_selector node_taints pool queue rerun
        resource_group resource_name success_pattern timeout
    """,
    "gpuops_": "artifacts in_process progress",
    "gpuops_awx_": """
        approval_timeout artifacts credentials forks hosts image image_credential inventory_environment inventory_file inventory_variables
        notification organization playbooks prefix project_branch project_credential project_url update_secrets verify_rule
    """,
    "managed_": "pool_timeout register_timeout",
    "manual_plugin_": """
        cluster context enable_auto_scaling first_pool image kubeconfig max_count min_count namespace node_count node_resource_group
        node_taints pass_device_specs plugin_timeout pool pool_options pool_timeout pools register_timeout resource_group vm_size
    """,
}
SETTABLE = frozenset(prefix + name for prefix, names in _SETTABLE_BY_PREFIX.items() for name in names.split())

# What roles and playbooks register, set and pass on, and the facts that the modules return.
_INTERNAL = """
    aks_cluster_credentials_result aks_cluster_result
    dedicated_vhd_bounds dedicated_vhd_plugin_result dedicated_vhd_pool_result dedicated_vhd_register_result dedicated_vhd_wanted
    gpu_failed_step gpu_failure gpu_left gpu_path_known gpu_path_names gpu_path_role gpu_path_step gpu_pool_steps gpu_preflight_result
    gpu_schedulable gpu_wanted gpu_wanted_options gpu_wanted_path
    gpu_metrics_result
    gpu_operator_before_result gpu_operator_bounds gpu_operator_chart_result gpu_operator_facts gpu_operator_found
    gpu_operator_found_result gpu_operator_helm_result gpu_operator_hooks gpu_operator_jobs_result gpu_operator_labels_result
    gpu_operator_made_here gpu_operator_node gpu_operator_owners gpu_operator_plugin_result gpu_operator_pool_result
    gpu_operator_pools_result gpu_operator_register_result gpu_operator_release_before gpu_operator_release_result gpu_operator_removal
    gpu_operator_remove_result gpu_operator_said gpu_operator_step gpu_operator_to_mark gpu_operator_uninstall_result
    gpu_operator_wanted gpu_operator_wanted_values
    gpu_prove_result
    gpu_report_ends gpu_report_failure gpu_report_index_result gpu_report_result
    gpu_teardown_cluster_result gpu_teardown_credentials_result gpu_teardown_error gpu_teardown_exporter_result
    gpu_teardown_job_result gpu_teardown_kept gpu_teardown_of_exporter
    gpu_teardown_kept_context gpu_teardown_key gpu_teardown_lookup_result gpu_teardown_of_job gpu_teardown_of_operator
    gpu_teardown_of_plugin gpu_teardown_of_proof gpu_teardown_plugin_result gpu_teardown_proof_result
    gpu_teardown_pool_result gpu_teardown_rest gpu_teardown_results gpu_teardown_steps gpu_teardown_unseen
    gpu_verify_found gpu_verify_result
    gpu_workload_result
    gpuops_awx_notified gpuops_awx_of_all_credentials gpuops_awx_paths gpuops_awx_report_notification gpuops_awx_result
    gpuops_awx_surveys gpuops_awx_types gpuops_collect_error gpuops_collect_result gpuops_diagnosis gpuops_diagnosis_result
    gpuops_found gpuops_handed_on gpuops_is_well gpuops_report gpuops_summary gpuops_teardown
    managed_again managed_lacks_feature managed_plugin_result managed_refused_result managed_pool_result managed_register_result
    managed_wanted
    manual_plugin_bounds manual_plugin_plugin_result manual_plugin_pool_result manual_plugin_register_result manual_plugin_wanted
"""
INTERNAL = frozenset(_INTERNAL.split())

# The variables that are paths on the controller.
_PATHS = """
    aks_cluster_kubeconfig dedicated_vhd_kubeconfig gpu_kubeconfig gpu_metrics_kubeconfig gpu_prove_kubeconfig gpu_teardown_kubeconfig
    gpu_verify_kubeconfig gpu_workload_kubeconfig manual_plugin_kubeconfig
    gpu_operator_kubeconfig gpu_prove_evidence_dir gpu_report gpu_report_dest gpu_report_index gpu_report_page gpu_workload_log_path
"""
PATHS = frozenset(_PATHS.split())

# Only this collection's variables have these prefixes.
_OWN_PREFIXES = ("gpu_", "gpuops_", "manual_plugin_", "dedicated_vhd_")
# Similarity of whole names: for names that begin with gpu, and for names with a rare prefix of this collection.
_ALIKE_AS_A_WHOLE = 0.85
_ALIKE_WITH_ITS_PREFIX = 0.9
_RARE_PREFIXES = ("aks_cluster_", "managed_", "manual_plugin_", "dedicated_vhd_", "gpu_teardown_", "gpu_workload_")
# Prefixes that the roles' variables had before, without gpu_. Variables such as cluster_name may belong to others.
_SHORT_PREFIXES = ("report_", "teardown_", "verify_", "workload_")
_ELSEWHERE_TOO = frozenset(
    ["report_page", "verify_pool", "workload_command", "workload_env", "workload_image", "workload_name", "workload_namespace"]
)
# Where Ansible keeps words of --extra-vars that are not assignments: the second word of -e gpu_cluster=my cluster.
WORDS = "_raw_params"
_NAMES = {"gpu_cluster": CLUSTER, "gpu_resource_group": GROUP, "gpu_operator_namespace": LABEL, "gpu_operator_release": RELEASE}


def variable_refusals(
    names: Iterable[str], values: Mapping[str, Any], *, own: Collection[str] = (), required: Collection[str] = ()
) -> Iterator[InvalidInputError]:
    """The errors in the variables that a user has set.

    Args:
        names: The names of all variables.
        values: The values of the variables that must not be null.
        own: The user's own variables, which only look like the collection's.
        required: The variables that must not be empty.
    """
    for name in sorted(names):
        if name not in SETTABLE and name not in INTERNAL and name not in own:
            yield from _misspelled(name)
    for name, value in sorted(values.items()):
        yield from _value_refusals(name, value, needed=name in required)


def path_refusals(paths: Mapping[str, Any]) -> Iterator[InvalidInputError]:
    """The errors for relative paths, one for each path: variables are defaults of others, and the shortest name is the first of them.

    Args:
        paths: Variable → path; what is empty is not used.
    """
    refused: set[str] = set()
    for name, path in sorted(paths.items(), key=lambda item: (len(item[0]), item)):
        if path and not str(path).startswith(("/", "~", "$")) and str(path) not in refused:
            refused.add(str(path))
            yield InvalidInputError(
                f"{name} must be an absolute path or begin with ~ (got '{path}').",
                code="RelativePath",
                cause="A relative path is resolved from the directory of the playbook, which is part of the collection.",
                remedy=f"Correct {name}.",
            )


def collection_refusals(versions: Mapping[str, str]) -> Iterator[InvalidInputError]:
    """The errors for collections that are not installed.

    Args:
        versions: Collection → its version, "" if it is not installed.
    """
    for name, version in sorted(versions.items()):
        if not version:
            yield InvalidInputError(
                f"The collection {name} is not installed.",
                code="CollectionMissing",
                cause="The playbook runs its modules, and gpuops.aks does not install it.",
                remedy=f"Run 'ansible-galaxy collection install {name}' on the controller.",
            )


def _misspelled(name: str) -> Iterator[InvalidInputError]:
    """The error for an unknown variable that looks like one of the collection's."""
    if name == WORDS:
        yield InvalidInputError(
            "--extra-vars has words without '='.",
            code="InvalidVariable",
            cause="Ansible ends a value at the first space.",
            remedy="Quote the value separately, as in -e 'gpu_cluster=\"my cluster\"', or write --extra-vars as JSON.",
        )
        return
    if name.startswith(_OWN_PREFIXES):
        yield _unknown(name, next(iter(get_close_matches(name, sorted(SETTABLE), n=1, cutoff=0.7)), ""))
    elif name.startswith(_SHORT_PREFIXES):
        if f"gpu_{name}" in SETTABLE and name not in _ELSEWHERE_TOO:
            yield _unknown(name, f"gpu_{name}")
    elif name.lower().startswith("gpu"):
        yield from _slip(name, "", _ALIKE_AS_A_WHOLE)
    else:
        yield from _slip(name, _RARE_PREFIXES, _ALIKE_WITH_ITS_PREFIX)


def _slip(name: str, prefix: str | tuple[str, ...], alike: float) -> Iterator[InvalidInputError]:
    """The error for a name that is almost one of the collection's with this prefix."""
    ours = [each for each in SETTABLE if each.startswith(prefix)]
    # As in get_close_matches: a cheap upper bound avoids the full comparison for almost every name.
    closest = get_close_matches(name.lower(), ours, n=1, cutoff=alike)
    if closest:
        yield _unknown(name, closest[0])


def _unknown(name: str, meant: str) -> InvalidInputError:
    question = f"Did you mean {meant}? " if meant else ""
    return InvalidInputError(
        f"{name} is not a variable of gpuops.aks.",
        code="UnknownVariable",
        cause="Ansible silently ignores variables that are not used.",
        remedy=f"{question}Correct the name. If the variable is your own, list it in gpu_other_variables.",
    )


def _value_refusals(name: str, value: Any, *, needed: bool) -> Iterator[InvalidInputError]:
    if value is None:
        yield _refusal(f"{name} is null.", cause="A null value replaces the default.", remedy="Give it a value, or leave it out.")
    elif value == "" and needed:
        yield _refusal(f"{name} is not set.", cause="Settings that may cost money do not have a default.", remedy=f"Set {name}.")
    elif name in _NAMES and value != "" and not _fits(_NAMES[name], value):
        yield _refusal(f"{name} is '{value}'.", cause=_NAMES[name].form, remedy=f"Correct {name}.")


def _refusal(problem: str, *, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="InvalidVariable", cause=cause, remedy=remedy)


def _fits(rule: NameRule, value: Any) -> bool:
    return isinstance(value, (str, int)) and rule.pattern.fullmatch(str(value)) is not None
