# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure modules through both entry points, as tasks of one playbook; each has an Azure of its own, and the results agree key by key."""

from __future__ import annotations

import sys
import venv
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, simulated_azure
from tests.integration.plugins.entry_points import ENTRY_POINTS, HERE, LIMIT_S, MODULE, Json, Played, differences, play, task

pytestmark = pytest.mark.timeout(LIMIT_S)

POOL: Json = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE}
AKS: Json = {"resource_group": GROUP, "name": CLUSTER}
CREDENTIALS: Json = {"resource_group": GROUP, "cluster": CLUSTER, "path": "~/aks.config"}
REPORT: Json = {"steps": {"workload": {"job": {"name": "demo", "pool": "gpunp"}}}, "chain": {"pool": "gpunp"}, "dest": "~/of/report.json"}
INDEX: Json = {"dest": "~/of/index.html", "reports": [{"report": {"verdict": "proven"}, "page": "~/of/report.html"}]}
AT_HOME = {"HOME": "{{ home }}"}
OTHER: Json = {**CREDENTIALS, "path": "~/other.config", "context_name": "{{ 'gpu' }}"}
ANOTHER_SUBSCRIPTION = {"AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000"}
TEMPLATED: Json = {"count": "{{ '1' }}", "node_labels": {"entry_point": "{{ entry_point }}", "n": 1}}
RELATIVE = {"path": "build/{{ entry_point }}.config"}
AUTO = "{{ 'auto_silent' if entry_point == 'in-process' else ansible_playbook_python }}"
FEATURE = "ManagedGPUExperiencePreview"
IN_A_LABEL: Json = {**POOL, "secret": PRINCIPAL.secret, "node_labels": {"x": f"a-{PRINCIPAL.secret}"}}
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_SPEED = 3000  # four simulated minutes in 80 ms


FEATURE_TASKS = [
    task("feature: check", "aks_feature", {"features": [FEATURE]}, check_mode=True, diff=True),
    task("feature", "aks_feature", {"features": [FEATURE]}, diff=True),
    task("feature: again", "aks_feature", {"features": [FEATURE]}, diff=True),
]
CLUSTER_TASKS = [
    task("cluster: there already", "aks_cluster", AKS),
    task("cluster: check", "aks_cluster", {**AKS, "name": "other", "location": "eastus"}, check_mode=True, diff=True),
]
PREFLIGHT_TASKS = [
    task("preflight", "gpu_preflight_info", POOL),
    task("preflight: refused", "gpu_preflight_info", {**POOL, "vm_size": "Standard_NC6"}),
    task("preflight: a warning", "gpu_preflight_info", {**POOL, "os_sku": "AzureLinux"}),
]
POOL_TASKS = [
    task("pool: check", "aks_gpu_nodepool", POOL, check_mode=True, diff=True),
    task("pool", "aks_gpu_nodepool", POOL, diff=True),
    task("pool: again", "aks_gpu_nodepool", POOL, diff=True),
    task("pool: refused by Azure", "aks_gpu_nodepool", {**POOL, "name": "old", "vm_size": "Standard_NC6"}),
    task("pool: refused by us", "aks_gpu_nodepool", {**POOL, "name": "Not a name"}),
]
ARGUMENT_TASKS = [
    task("arguments: unknown", "aks_gpu_nodepool", {**POOL, "vm": SIZE}),
    task("arguments: missing", "aks_gpu_nodepool", {"name": "gpunp"}),
    task("arguments: no number", "aks_gpu_nodepool", {**POOL, "count": "two"}),
    task("arguments: no choice", "aks_gpu_nodepool", {**POOL, "mode": "Gpu"}),
    task("arguments: both names", "aks_gpu_nodepool", {**POOL, "cluster_name": CLUSTER}),
    task("arguments: of a template", "aks_gpu_nodepool", {**POOL, **TEMPLATED}),
]
CREDENTIALS_TASKS = [
    task("credentials: check", "aks_credentials", CREDENTIALS, environment=AT_HOME, check_mode=True, diff=True),
    task("credentials", "aks_credentials", CREDENTIALS, environment=AT_HOME, diff=True),
    task("credentials: again", "aks_credentials", CREDENTIALS, environment=AT_HOME, diff=True),
    task("credentials: of a template", "aks_credentials", OTHER, environment=AT_HOME),
    task("credentials: relative", "aks_credentials", {**CREDENTIALS, **RELATIVE}),
    task("credentials: relative, gone", "aks_credentials", {**CREDENTIALS, **RELATIVE, "state": "absent"}),
]
REPORT_TASKS = [
    task("report: check", "gpu_report", REPORT, environment=AT_HOME, check_mode=True, diff=True),
    task("report", "gpu_report", REPORT, environment=AT_HOME, diff=True),
    task("report: again", "gpu_report", REPORT, environment=AT_HOME, diff=True),
    task("report: refused", "gpu_report", {**REPORT, "dest": "/"}),
]
INDEX_TASKS = [
    task("index: check", "gpu_report_index", INDEX, environment=AT_HOME, check_mode=True, diff=True),
    task("index", "gpu_report_index", INDEX, environment=AT_HOME, diff=True),
    task("index: again", "gpu_report_index", INDEX, environment=AT_HOME, diff=True),
    task("index: refused", "gpu_report_index", {**INDEX, "reports": [{"page": "x"}]}),
]
ENVIRONMENT_TASKS = [
    task("environment: another subscription", "aks_cluster", AKS, environment=ANOTHER_SUBSCRIPTION),
    task("environment: another CA", "aks_cluster", AKS, environment={"REQUESTS_CA_BUNDLE": "/no/such/file"}),
    task("environment: another proxy", "aks_cluster", AKS, environment={"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}),
    task("environment: another home", "aks_credentials", CREDENTIALS, environment={"HOME": "{{ home }}/elsewhere"}),
    task("environment: as it was", "aks_cluster", AKS),
]
SECRET_TASKS = [
    task("secret: wrong", "aks_cluster", {**AKS, "secret": "wrong-secret"}),
    task("secret: in a name", "aks_gpu_nodepool", IN_A_LABEL, check_mode=True, diff=True),
]
KEYWORD_TASKS = [
    task("no_log", "aks_cluster", AKS, no_log=True),
    {
        "module_defaults": {"group/gpuops.aks.azure": {"resource_group": GROUP}, "gpuops.aks.aks_cluster": {"name": CLUSTER}},
        "block": [task("module_defaults", "aks_cluster", {})],
    },
    task("loop", "aks_feature", {"features": ["{{ item }}"]}, check_mode=True, diff=True, loop=[FEATURE, "NoSuchFeature"]),
    task("delegate_to", "aks_cluster", AKS, delegate_to="localhost"),
    # A module goes on when Ansible has given it up, hence wait_timeout.
    task("timeout", "aks_feature", {"features": ["GPUDedicatedVHDPreview"], "wait_timeout": 3}, timeout=1),
    task("async", "aks_cluster", AKS, **{"async": 300, "poll": 1}),
    task("become", "aks_cluster", AKS, become=True, become_method="su", become_user="root"),
]
INTERPRETER_TASKS = [
    task("interpreter: another", "aks_cluster", AKS, vars={"ansible_python_interpreter": "{{ bare_python }}"}),
    task("interpreter: the controller's", "aks_cluster", AKS, vars={"ansible_python_interpreter": "{{ ansible_playbook_python }}"}),
    task("interpreter: found by Ansible", "aks_cluster", AKS, vars={"ansible_python_interpreter": AUTO}),
]
REMOVAL_TASKS = [
    task("pool: gone", "aks_gpu_nodepool", {**POOL, "state": "absent"}, diff=True),
    task("cluster: gone", "aks_cluster", {**AKS, "state": "absent"}, diff=True),
]
# What both entry points are given, in this order.
TASKS = [
    *FEATURE_TASKS,
    *CLUSTER_TASKS,
    *PREFLIGHT_TASKS,
    *POOL_TASKS,
    *ARGUMENT_TASKS,
    *CREDENTIALS_TASKS,
    *REPORT_TASKS,
    *INDEX_TASKS,
    *ENVIRONMENT_TASKS,
    *SECRET_TASKS,
    *KEYWORD_TASKS,
    *INTERPRETER_TASKS,
    *REMOVAL_TASKS,
]
NAMES = [each.get("name") or each["block"][0]["name"] for each in TASKS]


BOTH_SUCCEED = {
    "feature: check", "feature", "feature: again", "cluster: there already", "cluster: check", "preflight", "preflight: a warning",
    "pool: check", "pool", "pool: again",
    "arguments: both names", "arguments: of a template", "credentials: check", "credentials", "credentials: again",
    "report: check", "report", "report: again", "index: check", "index", "index: again",
    "credentials: of a template", "credentials: relative", "credentials: relative, gone", "environment: another home",
    "environment: as it was", "secret: in a name", "module_defaults", "delegate_to", "async", "become",
    "interpreter: the controller's", "interpreter: found by Ansible", "pool: gone", "cluster: gone",
}  # fmt: skip
CENSORED = {"no_log"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """All of it, once."""
    directory = tmp_path_factory.mktemp("entry_points")
    venv.create(directory / "bare", with_pip=False)
    bare_python = str(directory / "bare" / "bin" / "python")
    variables: dict[str, Json] = {}
    with ExitStack() as stack:
        for entry_point in ENTRY_POINTS:
            home = directory / entry_point
            home.mkdir()
            azure = stack.enter_context(simulated_azure(home, speed=_SPEED, running=True))
            azure.make_group()
            azure.make_cluster()
            azure.site.state.registrations.set_feature("Microsoft.ContainerService/GPUDedicatedVHDPreview", "Pending")
            # Ansible looks for async jobs in the home, and not in the task's.
            exported = {name: value for name, value in azure.environ.items() if name != "HOME"}
            variables[entry_point] = {"azure_environment": exported, "home": str(home), "bare_python": bare_python}
        yield play(directory, [{"environment": "{{ azure_environment }}", "block": TASKS}], variables=variables)


@pytest.mark.parametrize("name", NAMES)
def test_both_entry_points_return_the_same_key_by_key(played: Played, name: str) -> None:
    here, module = (played.compared(name, entry_point) for entry_point in ENTRY_POINTS)
    assert differences(here, module) == {}
    if name not in CENSORED:
        assert here["event"] == ("ok" if name in BOTH_SUCCEED else "failed"), here


ELSEWHERE = {
    "async": "it is async",
    "become": "it runs as another user (become)",
    "interpreter: another": "its interpreter is {python}, not the controller's " + sys.executable,
}


@pytest.mark.parametrize("name", NAMES)
def test_only_tasks_that_are_not_plain_local_work_run_as_modules(played: Played, name: str) -> None:
    reasons = played.reasons(name)
    assert reasons.pop(MODULE) == "gpuops_in_process is off"
    if name not in ELSEWHERE:
        assert reasons == {}
        return
    told = reasons[HERE]
    before, _unused, after = ELSEWHERE[name].partition("{python}")
    assert told.startswith(before)
    assert told.endswith(after)


@pytest.mark.parametrize("name", ["arguments: unknown", "arguments: missing", "arguments: no number", "arguments: no choice"])
def test_wrong_arguments_have_a_code_to_branch_on_at_both_entry_points(played: Played, name: str) -> None:
    for entry_point in ENTRY_POINTS:
        error = played.result(name, entry_point)["error"]
        assert error["code"] == "InvalidArguments"
        assert error["message"] in played.result(name, entry_point)["msg"]
        assert error["remedy"]
