# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION as JOB

from tests.integration.plugins.cluster import SKU, Cluster
from tests.integration.plugins.impostor import Reply, page_server
from tests.integration.plugins.relay import Relay
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

RULE = re.compile(r'the rule apiGroups: \["(.*?)"\], resources: \["(.*?)"\], verbs: \["(.*?)"\]')
# Asked for only where what is waited for has not come by then.
WATCHES = {"watch nodes", "watch pods", "watch daemonsets", "watch jobs"}
NAMES = ("nvidia_device_plugin", "gpu_schedulable_facts", "mnist_job")
EVERY = pytest.mark.parametrize("operation", [PLUGIN, FACTS, JOB], ids=NAMES)
# Each with a time that is over before what may pass by itself is given up.
BRIEFLY = pytest.mark.parametrize(
    ("operation", "brief"),
    [(PLUGIN, {"wait_timeout": 1}), (FACTS, {"wait": True, "wait_timeout": 1}), (JOB, {"wait_timeout": 1})],
    ids=NAMES,
)


@EVERY
def test_credentials_that_the_server_does_not_know(cluster: Cluster, operation: Operation) -> None:
    refused = cluster.fail(operation, kubeconfig=cluster.kubeconfig_with(user={"token": "expired"}))
    assert refused["error"]["code"] == "Unauthorized"
    assert "gpuops.aks.aks_credentials" in refused["error"]["remedy"]
    assert "expired" not in str(refused["error"]["message"])


def test_request_without_credentials_is_explained_by_that_not_by_a_rule(cluster: Cluster) -> None:
    refused = cluster.fail(FACTS, kubeconfig=cluster.kubeconfig_with(user={}))
    assert refused["error"]["code"] == "Forbidden"
    assert "credentials" in refused["error"]["cause"]
    assert "aks_credentials" in refused["error"]["remedy"]
    assert "rule" not in refused["msg"]


@EVERY
def test_impersonation_gives_no_more_permissions_than_in_kubectl(cluster: Cluster, operation: Operation) -> None:
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    user = {**config["users"][0]["user"], "as": "nobody-special", "as-groups": ["nobodies"], "as-uid": "7", "as-user-extra": {"a/b": ["c"]}}
    refused = cluster.fail(operation, kubeconfig=cluster.kubeconfig_with(user=user))
    assert refused["error"]["code"] == "Forbidden"
    assert "nobody-special " in refused["error"]["cause"]


def test_impersonation_of_a_permitted_user_works(cluster: Cluster) -> None:
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    user = {**config["users"][0]["user"], "as": "somebody", "as-groups": ["system:masters"]}
    cluster.run(FACTS, kubeconfig=cluster.kubeconfig_with(user=user))


def granted_until_it_works(cluster: Cluster, operation: Operation, **params: Any) -> list[str]:
    """The verbs and resources of the rules that the refusals of one task after the other ask for, each granted when asked."""
    kubeconfig = cluster.account("robot")
    asked: list[str] = []
    while True:
        result = run_task(operation, {"kubeconfig": kubeconfig, **params})
        if not result.get("failed"):
            return asked
        assert result["error"]["code"] == "Forbidden", result["msg"]
        rule = RULE.search(result["error"]["remedy"])
        assert rule is not None
        group, resource, verb = rule.groups()
        right = f"{verb} {resource}"
        if right not in asked:
            asked.append(right)
            assert f"system:serviceaccount:{cluster.name}:robot " in result["error"]["cause"]
            assert f" {right}." in result["error"]["cause"]
            cluster.grant("robot", {"apiGroups": [group], "resources": [resource], "verbs": [verb]})
            cluster.until_allowed("robot", verb, resource, group)


def test_each_missing_permission_is_named_by_its_rule_facts(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    asked = granted_until_it_works(cluster, FACTS, wait=True, wait_timeout=PATIENCE_S)
    assert asked == ["list nodes", "list pods", "list daemonsets"]


def test_each_missing_permission_is_named_by_its_rule_plugin(cluster: Cluster) -> None:
    cluster.add_node(taints=[SKU])
    params = {"namespace": f"{cluster.name}-plugin", "node_taints": [SKU], "min_ready_seconds": 0, "wait_timeout": PATIENCE_S}
    asked = granted_until_it_works(cluster, PLUGIN, **params)
    reads = {"list nodes", "list pods", "list daemonsets", "get namespaces"}
    assert set(asked) - WATCHES == reads | {"create namespaces", "patch daemonsets", "create daemonsets"}
    assert run_task(PLUGIN, {"kubeconfig": cluster.kubeconfig, **params})["changed"] is False


def test_each_missing_permission_is_named_by_its_rule_job(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    params = {"namespace": cluster.name, "args": ["--max_steps", "1"], "wait_timeout": PATIENCE_S}
    asked = granted_until_it_works(cluster, JOB, **params)
    assert set(asked) - WATCHES == {"get jobs", "create jobs", "list pods", "get pods/log"}


def test_permission_in_one_namespace_is_suggested_as_a_role(cluster: Cluster) -> None:
    refused = cluster.fail(JOB, kubeconfig=cluster.account("robot"), namespace=cluster.name)
    assert refused["error"]["remedy"].count(f'Role in namespace {cluster.name} with the rule apiGroups: ["batch"]')


@BRIEFLY
def test_unreachable_server(cluster: Cluster, relay: Relay, operation: Operation, brief: dict[str, Any]) -> None:
    kubeconfig = cluster.kubeconfig_with(server=f"https://127.0.0.1:{relay.port}")
    relay.down()
    refused = cluster.fail(operation, kubeconfig=kubeconfig, **brief)
    assert (refused["error"]["code"], refused["error"]["retriable"]) == ("ApiServerUnreachable", True)
    assert f"the API server https://127.0.0.1:{relay.port}" in refused["msg"]
    assert "Traceback" not in refused["msg"]


@BRIEFLY
@pytest.mark.parametrize(("status", "retriable"), [(200, False), (404, False), (503, True)])
def test_address_of_another_server(cluster: Cluster, operation: Operation, brief: dict[str, Any], status: int, retriable: bool) -> None:
    with page_server(Reply(status)) as server:
        refused = cluster.fail(operation, kubeconfig=cluster.kubeconfig_with(server=server), **brief)
    assert (refused["error"]["code"], refused["error"]["retriable"]) == ("NoApiServer", retriable)
    assert f"HTTP {status} with text/html 'Sign in'." in refused["msg"]


def test_certificate_of_another_server(cluster: Cluster, relay: Relay) -> None:
    kubeconfig = cluster.kubeconfig_with(server=f"https://127.0.0.2:{relay.port}")
    relay.down()
    with Relay(cluster.lab.settings.ports.apiserver, host="127.0.0.2", port=relay.port):
        refused = cluster.fail(FACTS, kubeconfig=kubeconfig)
    relay.up()
    assert refused["error"]["code"] == "UntrustedCertificate"
    assert "certificate" in refused["msg"]


def test_certificate_file_that_does_not_exist(cluster: Cluster, tmp_path: Path) -> None:
    missing = str(tmp_path / "no.pem")
    for name in ("ca_cert", "client_cert", "client_key"):
        refused = cluster.fail(FACTS, **{name: missing})
        assert refused["error"]["code"] == "UnreadableFile"
        assert refused["msg"].startswith(f"{name} names the file {missing}, ")


@EVERY
def test_missing_kubeconfig(cluster: Cluster, tmp_path: Path, operation: Operation) -> None:
    missing = str(tmp_path / "none" / "config")
    refused = cluster.fail(operation, kubeconfig=missing)
    assert refused["msg"].startswith(f"There is no kubeconfig at {missing}.")
    assert refused["error"]["code"] == "MissingKubeconfig"


@EVERY
@pytest.mark.parametrize("text", ["just a sentence", "- a\n- list\n", "{clusters: [nameless]}", "a: [", "\ufffe\x00", ""])
def test_file_that_is_not_a_kubeconfig(cluster: Cluster, tmp_path: Path, operation: Operation, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    for check in (False, True):
        refused = cluster.fail(operation, check=check, kubeconfig=str(file))
        assert refused["error"]["code"] == "InvalidKubeconfig"
        assert str(file) in refused["msg"]


def test_kubeconfig_with_dangling_references(cluster: Cluster, tmp_path: Path) -> None:
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    for broken in ({"clusters": []}, {"current-context": "gone"}, {"contexts": [{"name": "lab"}]}):
        file = tmp_path / "config"
        file.write_text(yaml.safe_dump({**config, **broken}))
        refused = cluster.fail(FACTS, kubeconfig=str(file))
        assert refused["error"]["code"] == "InvalidKubeconfig", broken


@EVERY
def test_unknown_context(cluster: Cluster, operation: Operation) -> None:
    refused = cluster.fail(operation, context="nobodys")
    assert refused["error"]["code"] == "MissingContext"
    assert "nobodys" in refused["msg"]


def test_host_and_token_need_no_kubeconfig(cluster: Cluster, tmp_path: Path) -> None:
    config = yaml.safe_load(Path(cluster.account("robot")).read_text())
    cluster.grant("robot", {"apiGroups": ["", "apps"], "resources": ["nodes", "pods", "daemonsets"], "verbs": ["list"]})
    cluster.until_allowed("robot", "list", "daemonsets", "apps")
    access = {
        "host": cluster.lab.settings.kube_url,
        "api_key": config["users"][0]["user"]["token"],
        "ca_cert": str(cluster.lab.layout.ca),
        "kubeconfig": str(tmp_path / "none"),
    }
    result = cluster.run(FACTS, pool=cluster.name, **access)
    assert result["ansible_facts"]["gpu_schedulable"]["nodes"] == []
