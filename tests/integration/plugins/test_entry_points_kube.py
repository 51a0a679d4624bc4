# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes modules through both entry points, as tasks of one playbook: each has a GPU node and a namespace of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.plugins.cluster import SKU, Cluster
from tests.integration.plugins.entry_points import ENTRY_POINTS, HERE, LIMIT_S, MODULE, Json, Played, differences, play, task
from tests.integration.running_lab import RunningLab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(LIMIT_S)]

OWN_NODE: Json = {"node_taints": [SKU], "node_selector": {"entry_point": "{{ entry_point }}"}}
PLUGIN: Json = {**OWN_NODE, "namespace": "{{ namespace }}", "allow_second_plugin": True, "min_ready_seconds": 1, "wait_timeout": 30}
FACTS: Json = {"label_selector": "entry_point={{ entry_point }}"}
OWN: Json = {**OWN_NODE, "namespace": "{{ own }}", "name": "own-demo", "wait_timeout": 60}
IMAGE = "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"
SMI: Json = {**OWN, "image": IMAGE, "command": ["nvidia-smi"], "device_pattern": r"\| +0 \| (Tesla \w+)"}
OPERATOR: Json = {"namespace": "{{ own }}"}
EXPORTER: Json = {"pool": "{{ own }}", "namespace": "{{ own }}-metrics", "node_taints": [SKU], "wait_timeout": 60}
PROOF: Json = {"namespace": "{{ own }}", "node_selector": {"entry_point": "{{ entry_point }}"}, "wait_timeout": 60}
JOB: Json = {**OWN_NODE, "namespace": "{{ own }}", "args": ["--max_steps", "21"], "wait_timeout": 60}
BY_PROGRAM: Json = {**FACTS, "kubeconfig": "{{ by_program }}"}
LOGIN = {"LOGIN_TOKEN": "{{ token }}"}
NOWHERE: Json = {"kubeconfig": "/no/such/kubeconfig"}
BY_TOKEN: Json = {"host": "{{ server }}", "ca_cert": "{{ ca }}", "api_key": "{{ token }}"}
WAIT: Json = {"wait": True, "wait_timeout": 1, "wait_for": {"schedulable": 99}}
POD: Json = {"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 1}}}], "tolerations": [{"operator": "Exists"}]}


PLUGIN_TASKS = [
    task("plugin: check", "nvidia_device_plugin", PLUGIN, check_mode=True, diff=True),
    task("plugin", "nvidia_device_plugin", PLUGIN, diff=True),
    task("plugin: again", "nvidia_device_plugin", PLUGIN, diff=True),
    task("plugin: another's", "nvidia_device_plugin", {**PLUGIN, "namespace": "{{ own }}", "config": {"version": "v2"}}),
]
FACTS_TASKS = [
    task("facts", "gpu_schedulable_facts", FACTS),
    task("facts: wait", "gpu_schedulable_facts", {**FACTS, "wait": True, "pod": POD}),
    task("facts: in vain", "gpu_schedulable_facts", {**FACTS, **WAIT}),
    task("facts: of no pod", "gpu_schedulable_facts", {**FACTS, "pod": {"containers": 1}}),
    task("collect: check", "gpu_collect", {"dest": "{{ home }}/{{ entry_point }}.tar.gz"}, check_mode=True, diff=True),
    task("collect", "gpu_collect", {"dest": "{{ home }}/{{ entry_point }}.tar.gz"}),
    task("collect: nowhere", "gpu_collect", {"dest": "/proc/none/collected.tar.gz"}),
    task("facts: of files", "gpu_schedulable_facts", {**FACTS, "from_files": ["{{ home }}/{{ entry_point }}.tar.gz"]}),
    task("facts: of no files", "gpu_schedulable_facts", {**FACTS, "from_files": ["/no/such/files"]}),
    task("facts: of files and a cluster", "gpu_schedulable_facts", {"from_files": ["/etc"], **BY_TOKEN}),
]
OPERATOR_TASKS = [
    task("operator: check", "gpu_operator_info", OPERATOR, check_mode=True),
    task("operator", "gpu_operator_info", OPERATOR),
    task("operator: in vain", "gpu_operator_info", {**OPERATOR, "wait": True, "wait_timeout": 1}),
    task("operator: no time", "gpu_operator_info", {**OPERATOR, "wait": True, "wait_timeout": 0}),
    task("release: none", "gpu_operator_release_info", {**OPERATOR, "removal": True}),
    task("release: of no name", "gpu_operator_release_info", {**OPERATOR, "release": "Bad_NAME"}),
    task("release: nowhere", "gpu_operator_release_info", NOWHERE, check_mode=True),
    task("operator: nowhere", "gpu_operator_info", NOWHERE, check_mode=True),
]
METRICS_TASKS = [
    task("metrics: in vain", "gpu_metrics_info", {"pool": "nowhere"}),
    task("metrics: of no name", "gpu_metrics_info", {"metrics": ["nothing"]}),
    task("metrics: nowhere", "gpu_metrics_info", NOWHERE, check_mode=True),
]
EXPORTER_TASKS = [
    task("exporter: check", "dcgm_exporter", EXPORTER, check_mode=True, diff=True),
    task("exporter", "dcgm_exporter", EXPORTER, diff=True),
    task("exporter: again", "dcgm_exporter", EXPORTER, diff=True),
    task("exporter: of no pool", "dcgm_exporter", {"pool": ""}),
    task("exporter: kept off", "dcgm_exporter", {**EXPORTER, "node_taints": []}),
    task("exporter: nowhere", "dcgm_exporter", {**EXPORTER, **NOWHERE}, check_mode=True),
    task("exporter: gone", "dcgm_exporter", {**EXPORTER, "state": "absent"}, diff=True),
]
PROOF_TASKS = [
    task("proof: check", "gpu_proof", PROOF, check_mode=True, diff=True),
    task("proof", "gpu_proof", PROOF, diff=True),
    task("proof: evidence", "gpu_proof", {**PROOF, "evidence_dir": "{{ home }}/{{ entry_point }}", "level": "train"}),
    task("proof: of no node", "gpu_proof", {**PROOF, "nodes": ["nowhere"]}),
    task("proof: of none at a time", "gpu_proof", {**PROOF, "parallel": 0}),
    task("proof: kept", "gpu_proof", {**PROOF, "keep": True}),
    task("proof: gone", "gpu_proof", {**PROOF, "state": "absent"}, diff=True),
]
MNIST_JOB_TASKS = [
    task("job: check", "mnist_job", JOB, check_mode=True, diff=True),
    task("job", "mnist_job", JOB, diff=True),
    task("job: again", "mnist_job", JOB, diff=True),
    task("job: other settings", "mnist_job", {**JOB, "image": "example.com/other:1"}),
    task("job: half a GPU", "mnist_job", {**JOB, "gpus": 0.5}),
    task("job: too bad", "mnist_job", {**JOB, "name": "bad-demo", "min_accuracy": 1.0}),
    task("job: log", "mnist_job", {**JOB, "log_path": "{{ home }}/{{ entry_point }}.log"}),
    task("job: no directory", "mnist_job", {**JOB, "log_path": "{{ home }}/none/log"}),
    task("job: gone", "mnist_job", {**JOB, "state": "absent"}, diff=True),
]
GPU_JOB_TASKS = [
    task("own: check", "gpu_job", SMI, check_mode=True, diff=True),
    task("own", "gpu_job", SMI, diff=True),
    task("own: again", "gpu_job", SMI, diff=True),
    task("own: success", "gpu_job", {**SMI, "success_pattern": r"\| GPU \| Name"}),
    task("own: no success", "gpu_job", {**SMI, "success_pattern": "PASSED"}),
    task("own: no device", "gpu_job", {**OWN, "image": IMAGE, "command": ["nvidia-smi"]}),
    task("own: no image", "gpu_job", OWN),
    task("own: no name", "gpu_job", {"image": IMAGE}),
    task("own: gone", "gpu_job", {**OWN, "state": "absent"}, diff=True),
]
NOWHERE_TASKS = [
    task("nowhere: facts", "gpu_schedulable_facts", NOWHERE),
    task("nowhere: check", "mnist_job", {**JOB, **NOWHERE}, check_mode=True, diff=True),
]
ENVIRONMENT_TASKS = [
    task("environment: another context", "gpu_schedulable_facts", FACTS, environment={"K8S_AUTH_CONTEXT": "none"}),
    task("environment: another server", "gpu_schedulable_facts", {**FACTS, **WAIT}, environment={"K8S_AUTH_HOST": "https://127.0.0.1:1"}),
    task("environment: of a login program", "gpu_schedulable_facts", BY_PROGRAM, environment=LOGIN),
]
SECRET_TASKS = [
    task("secret: token", "gpu_schedulable_facts", {**FACTS, **BY_TOKEN}),
    task("secret: unchecked certificate", "gpu_schedulable_facts", {**FACTS, **BY_TOKEN, "validate_certs": False}),
]
KEYWORD_TASKS = [
    {"module_defaults": {"group/gpuops.aks.kubernetes": NOWHERE}, "block": [task("module_defaults", "gpu_schedulable_facts", FACTS)]},
]
REMOVAL_TASKS = [
    task("plugin: gone", "nvidia_device_plugin", {**PLUGIN, "state": "absent"}, diff=True),
]
# What both entry points are given, in this order.
TASKS = [
    *PLUGIN_TASKS,
    *FACTS_TASKS,
    *OPERATOR_TASKS,
    *METRICS_TASKS,
    *EXPORTER_TASKS,
    *PROOF_TASKS,
    *MNIST_JOB_TASKS,
    *GPU_JOB_TASKS,
    *NOWHERE_TASKS,
    *ENVIRONMENT_TASKS,
    *SECRET_TASKS,
    *KEYWORD_TASKS,
    *REMOVAL_TASKS,
]
NAMES = [each.get("name") or each["block"][0]["name"] for each in TASKS]


BOTH_SUCCEED = {
    "plugin: check", "plugin", "plugin: again", "facts", "facts: wait", "facts: of files",
    "collect", "collect: check", "operator: check", "operator",
    "operator: nowhere", "release: none", "release: nowhere", "metrics: nowhere",
    "exporter: check", "exporter", "exporter: again", "exporter: nowhere", "exporter: gone",
    "proof: check", "proof", "proof: evidence", "proof: kept",
    "proof: gone", "job: check", "job", "job: again", "job: log", "job: gone", "own: check", "own", "own: again", "own: success",
    "own: no device", "own: gone", "nowhere: check", "plugin: gone",
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One for all tasks."""
    made = Cluster(lab, tmp_path_factory.mktemp("cluster"))
    try:
        yield made
    finally:
        made.clean()


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    """Of a service account that may do nothing."""
    cluster.lab.kubectl("create", "serviceaccount", "nobody", "--namespace", cluster.name)
    return cluster.lab.kubectl("create", "token", "nobody", "--namespace", cluster.name).strip()


@pytest.fixture(scope="module")
def played(cluster: Cluster, token: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All of it, once."""
    directory = tmp_path_factory.mktemp("entry_points")
    login = by_program(cluster, directory)
    variables: dict[str, Json] = {}
    for entry_point in ENTRY_POINTS:
        own = f"{cluster.name}-{entry_point}"
        cluster.add_node(entry_point, taints=[SKU], gpus=1, labels={"entry_point": entry_point, "kubernetes.azure.com/agentpool": own})
        cluster.make_namespace(own)
        variables[entry_point] = {
            "namespace": f"{own}-plugin", "own": own, "home": str(directory), "token": token,
            "server": f"https://127.0.0.1:{cluster.lab.settings.ports.apiserver}", "ca": str(cluster.lab.layout.ca),
            "by_program": login, "cluster_environment": {"KUBECONFIG": cluster.kubeconfig},
        }  # fmt: skip
    return play(directory, [{"environment": "{{ cluster_environment }}", "block": TASKS}], variables=variables)


def by_program(cluster: Cluster, directory: Path) -> str:
    """A kubeconfig whose user logs in by a program, as kubelogin does, that takes the token from its environment."""
    credential = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "\'$LOGIN_TOKEN\'"}}'
    program = directory / "login"
    program.write_text(f"#!/bin/sh\necho >&2 'a word of the program'\necho '{credential}'\n")
    program.chmod(0o755)
    exec_user = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "interactiveMode": "Never"}
    return cluster.kubeconfig_with(user={"exec": exec_user})


@pytest.mark.parametrize("name", NAMES)
def test_both_entry_points_return_the_same_key_by_key(played: Played, name: str) -> None:
    here, module = (played.compared(name, entry_point) for entry_point in ENTRY_POINTS)
    assert differences(here, module) == {}
    assert here["event"] == ("ok" if name in BOTH_SUCCEED else "failed"), here
    assert here.get("error", {}).get("code") != "InternalError"


def test_every_task_is_plain_local_work(played: Played) -> None:
    assert {name: played.reasons(name) for name in NAMES} == {name: {MODULE: "gpuops_in_process is off"} for name in NAMES}


def test_login_command_sees_the_tasks_environment(played: Played) -> None:
    for entry_point in ENTRY_POINTS:
        assert "nobody" in played.result("environment: of a login program", entry_point)["msg"]


def test_no_token_is_in_what_is_printed(played: Played, token: str) -> None:
    # Ansible itself shows how it starts modules, with their environment.
    assert token not in "".join(line for line in played.output.splitlines() if "> EXEC " not in line)
    assert played.result("secret: token", HERE)["invocation"]["module_args"]["api_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_output_of_libraries_and_programs_causes_no_worker_warning(played: Played) -> None:
    assert "errantly" not in played.output
    assert "a word of the program" not in played.output


def test_progress_is_shown_in_process_and_not_by_the_module(played: Played) -> None:
    told = [line for line in played.lines("job") if line.startswith("[")]
    assert told
    assert all(line.startswith(f"[{HERE}] samples-tf-mnist-demo: ") for line in told), told
