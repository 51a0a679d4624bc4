# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.md holds: with the rights on that page each step works, and without any one of them it fails and says which."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import PROGRAM_LABELS, identity_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK, PROOF_LABEL
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import (
    AKS_NODE_CLASSES,
    CONFIG_MAPS,
    DAEMONSETS,
    DEVICE_CLASSES,
    EVENTS,
    JOBS,
    NAMESPACES,
    POD_MONITORS,
    PODS,
    RESOURCE_QUOTAS,
    SECRETS,
    Kind,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as OPERATOR
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_release import OPERATION as RELEASE
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION as EXPORTER
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION as METRICS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION as PROOF
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION as JOB

from tests.integration.plugins.cluster import SKU, Cluster, Json, autoscaler_status
from tests.integration.plugins.custom_kinds import known_kind
from tests.integration.plugins.operator import MADE_BY_TEST, Operator, codes_of, custom_resources
from tests.integration.plugins.task_runs import run_task
from tests.integration.plugins.test_metrics import run_exporter
from tests.integration.rbac_page import Right, rights_in, section
from tests.integration.running_lab import PATIENCE_S
from tests.lab.programs import BROKEN_DEVICE_PLUGIN
from tests.unit.plugins.operator_builders import DRIVER, NOT_READY
from tests.unit.plugins.operator_builders import PLUGIN as OPERATORS_PLUGIN

pytestmark = pytest.mark.lab

ROBOT = "robot"
DENIED = re.compile(
    r"\ba (?P<scope>ClusterRole|Role in namespace (?P<namespace>\S+)) with the rule "
    r'apiGroups: \["(?P<group>.*?)"\], resources: \["(?P<resource>.*?)"\], verbs: \["(?P<verb>.*?)"\]'
)
CONFIG = {"version": "v1", "sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": 2}]}}}
RBAC = "apis/rbac.authorization.k8s.io/v1"
# Long enough for the API server to refuse a watch, because a wait that ends earlier says nothing of it.
WAIT = 3

Task = tuple[Operation, Json]


def text_of(step: str, cluster: Cluster) -> str:
    """The page's YAML for a step, with the namespaces that the test has."""
    named = section(step).replace("namespace: gpu-operator", f"namespace: {cluster.name}")
    named = named.replace("resourceNames: [gpu-operator]", f"resourceNames: [{cluster.name}]")
    return re.sub("gpu-resources|gpu-metrics", plugin_namespace(cluster), named).replace("my-team", cluster.name)


def rights_of(step: str, cluster: Cluster) -> list[Right]:
    """Every single right that the page gives a step."""
    return [right for role in yaml.safe_load_all(text_of(step, cluster)) for right in rights_in(role)]


def plugin_namespace(cluster: Cluster) -> str:
    return f"{cluster.name}-plugin"


def bind(cluster: Cluster, role: Json) -> None:
    """Gives the robot a role."""
    metadata = {**role["metadata"], "name": f"{cluster.name}-{uuid.uuid4().hex[:8]}"}
    subject = {"kind": "ServiceAccount", "name": ROBOT, "namespace": cluster.name}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": role["kind"], "name": metadata["name"]}
    kind, namespaced = role["kind"], role["kind"] == "Role"
    cluster.client.create(Kind(RBAC, f"{kind.lower()}s", namespaced=namespaced), {"metadata": metadata, "rules": role["rules"]})
    binding = {"metadata": metadata, "subjects": [subject], "roleRef": reference}
    cluster.client.create(Kind(RBAC, f"{kind.lower()}bindings", namespaced=namespaced), binding)


def until_allowed(cluster: Cluster, right: Right) -> None:
    """Wait until the API server knows what the robot may do now."""
    resource, _slash, part = right.resource.partition("/")
    asked = {"verb": right.verb, "group": right.group, "resource": resource, "subresource": part, "namespace": right.namespace}
    named = {"name": right.names[0]} if right.names else {}
    review = {"spec": {"user": f"system:serviceaccount:{cluster.name}:{ROBOT}", "resourceAttributes": {**asked, **named}}}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    cluster.until(lambda: cluster.client.call("POST", path, what="Asking", body=review)["status"]["allowed"])


def denied_right(result: Json, cluster: Cluster) -> Right:
    """The permission that a refusal names; the message must contain all of it."""
    assert result["error"]["code"] == "Forbidden", result["msg"]
    found = DENIED.search(result["error"]["remedy"])
    assert found is not None, result["msg"]
    right = Right(found["namespace"] or "", found["group"], found["resource"], found["verb"])
    assert result["error"]["cause"].startswith(f"system:serviceaccount:{cluster.name}:{ROBOT} ")
    assert result["error"]["cause"].endswith(f" {right.verb} {right.resource}.")
    assert right.namespace in result["msg"]
    return right


class Newcomer:
    """A robot that has no right at first, and gets each right of the page when a task has told that it lacks it."""

    def __init__(self, cluster: Cluster, step: str) -> None:
        self._cluster = cluster
        self._kubeconfig = cluster.account(ROBOT)
        self.missing = rights_of(step, cluster)

    def learn(self, tasks: list[Task], prepare: Callable[[], None] = lambda: None) -> Json | None:
        """Runs the tasks until they lack nothing; what failed then, if anything did."""
        while True:
            prepare()
            result = first_failure(self._kubeconfig, tasks)
            if result is None or result["error"]["code"] != "Forbidden":
                return result
            self._grant(denied_right(result, self._cluster), result["msg"])

    def _grant(self, denied: Right, message: str) -> None:
        right = next((right for right in self.missing if right.covers(denied)), None)
        assert right is not None, f"not on the page, or not enough: {message}"
        self.missing.remove(right)
        where = {"kind": "Role", "metadata": {"namespace": right.namespace}} if right.namespace else {"kind": "ClusterRole", "metadata": {}}
        bind(self._cluster, {**where, "rules": [right.rule()]})
        until_allowed(self._cluster, Right(right.namespace, denied.group, denied.resource, right.verb, right.names))


def is_timeout(result: Json | None) -> bool:
    return result is not None and f"after {WAIT} s" in result["error"]["message"]


def first_failure(kubeconfig: str, tasks: list[Task]) -> Json | None:
    for operation, params in tasks:
        result = run_task(operation, {"kubeconfig": kubeconfig, **params})
        if result.get("failed"):
            return result
    return None


def with_all(cluster: Cluster, step: str, tasks: list[Task]) -> None:
    """The tasks work with the roles as they stand on the page."""
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of(step, cluster)))
    result = first_failure(kubeconfig, tasks)
    assert result is None, result["msg"]


def plugin_tasks(cluster: Cluster, *, wait_timeout: int) -> list[Task]:
    """A plugin with a configuration and without it, one that is taken over, and a wait."""
    common = {"namespace": plugin_namespace(cluster), "node_taints": [SKU], "min_ready_seconds": 0, "wait_timeout": wait_timeout}
    by_hand = {**common, "name": "by-hand", "node_selector": {"nobody": "has-it"}, "wait": False}
    return [
        (PLUGIN, {**common, "config": CONFIG, "wait": False}),
        (PLUGIN, {**common, "wait": False}),
        (PLUGIN, by_hand),
        (PLUGIN, common),
    ]


def make_by_hand(cluster: Cluster) -> None:
    manifest = cluster.run(PLUGIN, check=True, namespace=plugin_namespace(cluster), name="by-hand")["diff"][0]["after"]
    manifest["metadata"]["labels"] = {}
    manifest["spec"]["template"]["spec"]["nodeSelector"] = {"nobody": "has-it"}
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply")


def test_plugin_needs_each_right_of_the_page(cluster: Cluster) -> None:
    cluster.make_namespace(plugin_namespace(cluster))
    make_by_hand(cluster)
    cluster.add_node(taints=[SKU])
    with cluster.silent_kubelets():  # so that the wait has something to watch for
        newcomer = Newcomer(cluster, "plugin")
        assert is_timeout(newcomer.learn(plugin_tasks(cluster, wait_timeout=WAIT)))
    assert newcomer.missing == []


def test_plugin_works_with_the_rights_of_the_page(cluster: Cluster) -> None:
    cluster.make_namespace(plugin_namespace(cluster))
    make_by_hand(cluster)
    cluster.add_node(taints=[SKU])
    with_all(cluster, "plugin", plugin_tasks(cluster, wait_timeout=PATIENCE_S))
    assert cluster.client.list(PODS, namespace=plugin_namespace(cluster))


def test_plugin_with_its_namespace_works_with_the_rights_of_the_page(cluster: Cluster) -> None:
    cluster.add_node(taints=[SKU])
    with_all(cluster, "plugin with its namespace", plugin_tasks(cluster, wait_timeout=PATIENCE_S))
    assert cluster.client.find(NAMESPACES, plugin_namespace(cluster))


def test_namespace_that_the_step_may_not_make_is_asked_for(cluster: Cluster) -> None:
    kubeconfig = cluster.account(ROBOT)
    for role in yaml.safe_load_all(text_of("plugin with its namespace", cluster)):
        rules = [{**rule, "verbs": ["get"]} if rule["resources"] == ["namespaces"] else rule for rule in role["rules"]]
        bind(cluster, {**role, "rules": rules})
        for right in rights_of("plugin with its namespace", cluster):
            if (right.resource, right.verb) != ("namespaces", "create"):
                until_allowed(cluster, right)
    result = first_failure(kubeconfig, plugin_tasks(cluster, wait_timeout=WAIT))
    assert result is not None
    assert denied_right(result, cluster) == Right("", "", "namespaces", "create")


@pytest.fixture
def device_class(cluster: Cluster) -> Iterator[None]:
    """A class of DRA that hands GPUs out."""
    name = f"{cluster.name}.example.com"
    cluster.client.create(DEVICE_CLASSES, {"metadata": {"name": name}, "spec": {"extendedResourceName": "nvidia.com/gpu"}})
    yield
    cluster.client.delete(DEVICE_CLASSES, name)


@pytest.mark.usefixtures("device_class")
def test_verify_needs_each_right_of_the_page(cluster: Cluster) -> None:
    cluster.add_node()
    newcomer = Newcomer(cluster, "verify")
    assert is_timeout(newcomer.learn([(FACTS, {}), (FACTS, {"wait_for": {"allocatable": 99}, "wait_timeout": WAIT})]))
    assert newcomer.missing == []


@pytest.mark.usefixtures("device_class")
def test_verify_works_with_the_rights_of_the_page(cluster: Cluster) -> None:
    cluster.add_node()
    cluster.add_node("served", gpus=1)
    with_all(cluster, "verify", [(FACTS, {}), (FACTS, {"wait_for": {"allocatable": 1}, "wait_timeout": PATIENCE_S})])


def test_owners_of_the_driver_need_each_right_of_the_page(cluster: Cluster) -> None:
    """A node of Karpenter without a driver of AKS, and an operator whose NVIDIADrivers say who gets one: nobody."""
    rights = rights_of("verify, owners of the driver", cluster)
    basic = [right.rule() for right in rights_of("verify", cluster)]
    with custom_resources(cluster):
        made = Operator(cluster)
        made.follow(nvidiaDriverCRD={"enabled": True})
        manifest = {"kind": "AKSNodeClass", "metadata": {"name": "byo", "labels": MADE_BY_TEST}, "spec": {"gpu": {"mode": "None"}}}
        cluster.client.create(AKS_NODE_CLASSES, {"apiVersion": "karpenter.azure.com/v1beta1", **manifest})
        cluster.add_node(labels={"karpenter.azure.com/aksnodeclass": "byo"})
        found = {}
        for missing in (None, *rights):
            name = missing.resource if missing else "all"
            kubeconfig = cluster.account(name)
            granted = [right for right in rights if right != missing]
            cluster.grant(name, *basic, *(right.rule() for right in granted))
            for right in granted:
                cluster.until_allowed(name, right.verb, right.resource, right.group)
            facts = run_task(FACTS, {"kubeconfig": kubeconfig, "pool": cluster.name})["ansible_facts"]["gpu_schedulable"]
            found[name] = ("NoDriver", "error") in [(each["code"], each["severity"]) for each in facts["findings"]]
        made.remove()
    assert found == {"all": True, **{right.resource: False for right in rights}}


@pytest.fixture
def operator(cluster: Cluster) -> Iterator[Operator]:
    """The GPU Operator on a node, with a driver that does not start."""
    with custom_resources(cluster):
        made = Operator(cluster)
        made.add_node()
        made.follow(NOT_READY)
        made.run_worker()
        made.run_operand(DRIVER, says="Could not resolve Linux kernel version")
        try:
            yield made
        finally:
            made.remove()


def operator_tasks(cluster: Cluster) -> list[Task]:
    """A look, and a wait in vain."""
    common = {"namespace": cluster.name, "pool": cluster.name}
    return [(OPERATOR, common), (OPERATOR, {**common, "wait": True, "wait_timeout": WAIT})]


@pytest.mark.usefixtures("operator")
def test_gpu_operator_info_needs_each_right_of_the_page(cluster: Cluster) -> None:
    newcomer = Newcomer(cluster, "gpu operator")
    assert is_timeout(newcomer.learn(operator_tasks(cluster)))
    assert newcomer.missing == []


@pytest.mark.usefixtures("operator")
def test_gpu_operator_release_info_needs_each_right_of_the_page(cluster: Cluster) -> None:
    secret = {"name": "sh.helm.release.v1.gpu-operator.v1", "namespace": cluster.name, "labels": {"owner": "helm", "name": "gpu-operator"}}
    stored = base64.b64encode(base64.b64encode(b'{"version": 1, "info": {"status": "deployed"}}')).decode()
    cluster.client.create(SECRETS, {"metadata": secret, "data": {"release": stored}})
    newcomer = Newcomer(cluster, "gpu operator release")
    assert newcomer.learn([(RELEASE, {"namespace": cluster.name, "removal": True})]) is None
    assert newcomer.missing == []


def test_gpu_operator_info_reports_more_with_each_optional_permission(cluster: Cluster, operator: Operator) -> None:
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("gpu operator", cluster)))

    def found() -> list[str]:
        result = run_task(OPERATOR, {"kubeconfig": kubeconfig, "namespace": cluster.name, "pool": cluster.name})
        assert not result.get("failed"), result["msg"]
        return codes_of(result["gpu_operator"])

    cluster.until(lambda: found() == ["OperatorDriverNotReady"])
    log, events = rights_of("gpu operator, optional rights", cluster)
    for right, code in ((log, "KernelHeadersMissing"), (events, "RuntimeClassMissing")):
        if right is events:
            cluster.client.delete(DAEMONSETS, DRIVER, cluster.name)
            operator.run_operand(OPERATORS_PLUGIN, runtimeClassName="nvidia")
            cluster.until(lambda: found() == ["OperandNotReady"])
        give(cluster, [{"kind": "Role", "metadata": {"namespace": right.namespace}, "rules": [right.rule()]}])
        cluster.until(lambda code=code: found() == [code])  # type: ignore[misc]


def test_metrics_need_each_right_of_the_page(cluster: Cluster) -> None:
    run_exporter(cluster, cluster.add_node(gpus=1))
    managed = f"{cluster.name}-managed"
    cluster.add_node("managed", gpus=1, labels={"kubernetes.azure.com/agentpool": managed, "kubernetes.azure.com/dcgm-exporter": "enabled"})
    newcomer = Newcomer(cluster, "metrics")
    result = newcomer.learn([(METRICS, {"pool": pool}) for pool in (cluster.name, managed)])
    assert result is not None
    assert (result["error"]["code"], newcomer.missing) == ("ExporterNotAnswering", [])


@pytest.fixture
def monitored(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster with managed Prometheus, and a namespace for the exporter."""
    cluster.make_namespace(plugin_namespace(cluster))
    with known_kind(cluster, POD_MONITORS, "PodMonitor"):
        yield cluster


def exporter_task(cluster: Cluster, **changes: Any) -> Task:
    return (EXPORTER, {"namespace": plugin_namespace(cluster), "pool": cluster.name, "node_taints": [SKU], "wait_timeout": WAIT, **changes})


def test_exporter_needs_each_right_of_the_page(monitored: Cluster) -> None:
    managed, namespace = f"{monitored.name}-managed", plugin_namespace(monitored)
    labels = {"kubernetes.azure.com/agentpool": managed, "kubernetes.azure.com/dcgm-exporter": "enabled"}
    monitored.add_node("managed", gpus=1, labels=labels)
    monitored.add_node(gpus=1, taints=[SKU])
    newcomer = Newcomer(monitored, "metrics with an exporter")
    assert is_timeout(newcomer.learn([exporter_task(monitored, pool=managed)]))
    task = exporter_task(monitored, name="by-hand", wait=False)
    manifest = monitored.run(EXPORTER, check=True, **task[1])["diff"][0]["after"]
    manifest["metadata"]["labels"] = {}
    monitored.kubectl_stdin(yaml.safe_dump(manifest), "apply")
    assert newcomer.learn([task, exporter_task(monitored, name="by-hand", wait=False, pod_monitor="never")]) is None
    monitored.client.delete(DAEMONSETS, "by-hand", namespace)
    monitored.until(lambda: not monitored.client.list(PODS, namespace=namespace))
    with monitored.silent_kubelets():  # so that the wait has something to watch for
        assert is_timeout(newcomer.learn([exporter_task(monitored)]))
    assert newcomer.learn([exporter_task(monitored, wait_timeout=PATIENCE_S)]) is None
    assert newcomer.missing == []


def test_exporter_works_with_the_rights_of_the_page(monitored: Cluster) -> None:
    monitored.add_node(gpus=1, taints=[SKU])
    tasks = [exporter_task(monitored, wait_timeout=PATIENCE_S, pod_monitor=choice) for choice in ("always", "never")]
    with_all(monitored, "metrics with an exporter", tasks)


def codes(kubeconfig: str, pool: str) -> list[str]:
    """What a look at a pool finds, with the rights of this user."""
    result = run_task(FACTS, {"kubeconfig": kubeconfig, "pool": pool})
    assert not result.get("failed"), result["msg"]
    return [finding["code"] for finding in result["ansible_facts"]["gpu_schedulable"]["findings"]]


@pytest.mark.proves("NoPluginPod", "PluginServesNothing")
def test_verify_reports_more_with_each_optional_permission(cluster: Cluster) -> None:
    """Three pools, each of which is explained by one of the rights: a plugin's log, an event, the autoscaler's status."""
    logged, told, empty = (f"{cluster.name}-{what}".replace("-", "") for what in ("logged", "told", "empty"))
    for pool in (logged, told):
        cluster.add_node(pool, labels={"kubernetes.azure.com/agentpool": pool})
    make_silent_plugin(cluster, logged)
    make_unwelcome_plugin(cluster, told)
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("verify", cluster)))
    cluster.until(lambda: codes(kubeconfig, logged) == ["PluginServesNothing"])
    assert codes(kubeconfig, told) == ["NoPluginPod"]
    explained = {"pods/log": (logged, "DriverMissing"), "events": (told, "QuotaTooSmall"), "configmaps": (empty, "PoolAtZero")}
    with autoscaler_status(cluster, empty):
        assert codes(kubeconfig, empty) == ["NoGpuNodes"]
        for right in rights_of("verify, optional rights", cluster):
            pool, code = explained.pop(right.resource)
            kind = "Role" if right.namespace else "ClusterRole"
            give(cluster, [{"kind": kind, "metadata": {"namespace": right.namespace}, "rules": [right.rule()]}])
            assert codes(kubeconfig, pool) == [code]
    assert explained == {}


def give(cluster: Cluster, roles: Iterable[Json]) -> None:
    """The roles are the robot's, and the API server has taken that in."""
    for role in roles:
        bind(cluster, role)
        for right in rights_in(role):
            until_allowed(cluster, right)


@pytest.mark.proves("PluginConfigUnread")
def test_unreadable_configuration_does_not_hide_others(cluster: Cluster) -> None:
    namespace = plugin_namespace(cluster)
    cluster.make_namespace(namespace)
    for name, resource in (("known", "nvidia.com/a10"), ("unknown", "nvidia.com/b20")):
        offered = {resource: "2"}
        cluster.patch_status(cluster.add_node(name), {"capacity": offered, "allocatable": offered})
    manifest = cluster.run(PLUGIN, check=True, namespace=namespace)["diff"][0]["after"]
    volumes = manifest["spec"]["template"]["spec"]["volumes"]
    volumes += [{"name": name, "configMap": {"name": name, "optional": True}} for name in ("hidden", "shown")]
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply")
    cluster.client.create(CONFIG_MAPS, {"metadata": {"name": "shown", "namespace": namespace}, "data": {"file": "name: a10"}})
    kubeconfig = cluster.account(ROBOT)
    shown = Right(namespace, "", "configmaps", "get", ("shown",))
    role = {"kind": "Role", "metadata": {"namespace": namespace}, "rules": [shown.rule()]}
    give(cluster, [*yaml.safe_load_all(text_of("verify", cluster)), role])

    def findings() -> Json:
        result = run_task(FACTS, {"kubeconfig": kubeconfig, "pool": cluster.name})
        return {each["code"]: each for each in result["ansible_facts"]["gpu_schedulable"]["findings"]}

    found = cluster.until(lambda: ("PluginConfigUnread" in (now := findings())) and now)
    assert "nvidia.com/a10: 2" in found["OtherResourceName"]["evidence"]
    assert found["PluginConfigUnread"]["subjects"] == [f"{namespace}/hidden"]
    assert "nvidia.com/b20" in found["PluginConfigUnread"]["cause"]


def make_silent_plugin(cluster: Cluster, pool: str) -> None:
    """A plugin that is ready and finds no driver, in the test's own namespace."""
    env = {"LAB_FAULT": "no-driver", "FAIL_ON_INIT_ERROR": "false"}
    params = {"namespace": cluster.name, "image": BROKEN_DEVICE_PLUGIN, "env": env, "min_ready_seconds": 0, "wait_timeout": PATIENCE_S}
    cluster.run(PLUGIN, **params, node_selector={"kubernetes.azure.com/agentpool": pool})


def make_unwelcome_plugin(cluster: Cluster, pool: str) -> None:
    """A plugin for whose pods its namespace has no room."""
    namespace = plugin_namespace(cluster)
    cluster.make_namespace(namespace)
    cluster.client.create(RESOURCE_QUOTAS, {"metadata": {"name": "none", "namespace": namespace}, "spec": {"hard": {"pods": "0"}}})
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, "none", namespace).get("status", {}).get("hard"))
    cluster.run(PLUGIN, namespace=namespace, node_selector={"kubernetes.azure.com/agentpool": pool}, wait=False)
    cluster.until(lambda: "FailedCreate" in [event["reason"] for event in cluster.client.list(EVENTS, namespace=namespace)])


IN_AZURE = {"kubernetes.azure.com/cluster": "MC_rg_aks_eastus"}


def job_task(cluster: Cluster, **changes: object) -> Task:
    params = {"namespace": cluster.name, "args": ["--max_steps", "1"], "wait_timeout": PATIENCE_S, "rerun": "always", **changes}
    params |= {"pool": cluster.name, "node_resource_group": "MC_rg_aks_eastus"}
    return (JOB, params)


def test_workload_needs_each_right_of_the_page(cluster: Cluster) -> None:
    cluster.add_node(gpus=1, labels=IN_AZURE)
    newcomer = Newcomer(cluster, "workload")
    assert newcomer.learn([job_task(cluster)] * 2) is None
    assert newcomer.missing == []


def test_workload_works_with_the_rights_of_the_page(cluster: Cluster) -> None:
    cluster.add_node(gpus=1, labels=IN_AZURE)
    with_all(cluster, "workload", [job_task(cluster)] * 2)


def proof_task(cluster: Cluster) -> Task:
    return (PROOF, {"namespace": cluster.name, "pool": cluster.name, "wait_timeout": PATIENCE_S})


@pytest.mark.usefixtures("device_class")
def test_prove_needs_each_right_of_the_page(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    cluster.add_node("silent", gpus=0)
    # Of an earlier run: Kubernetes would remove the run's own with its Jobs.
    metadata = {"name": "gpu-proof-0000000000", "namespace": cluster.name, "labels": PROGRAM_LABELS}
    cluster.client.create(CONFIG_MAPS, {"metadata": metadata})
    newcomer = Newcomer(cluster, "prove")
    result = newcomer.learn([proof_task(cluster)])
    assert result is not None
    assert result["coverage"]["proven"] == 1
    assert newcomer.missing == []


def test_prove_works_with_the_rights_of_the_page(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    with_all(cluster, "prove", [proof_task(cluster)] * 2)


def test_proof_goes_on_beside_a_pod_that_it_may_not_delete(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("prove", cluster)))
    operation, params = proof_task(cluster)
    cluster.run(operation, **params, keep=True)
    (job,) = cluster.client.list(JOBS, namespace=cluster.name)
    cluster.lab.kubectl("delete", "job", job["metadata"]["name"], "--cascade=orphan", "--namespace", cluster.name)
    params = {**params, "kubeconfig": kubeconfig}
    for _again in range(2):
        done = run_task(operation, params)
        assert (done["changed"], done["coverage"]["proven"]) == (False, 1), done
        (kept,) = done["kept"]
        assert 'resources: ["pods"], verbs: ["delete"]' in kept
        assert kept in done["warnings"][-1]
    refused = run_task(operation, {**params, "state": "absent"})
    assert (refused["error"]["code"], refused["kept"]) == ("Forbidden", [kept])


def test_workload_goes_on_beside_a_pod_that_it_may_not_delete(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("workload", cluster)))
    operation, params = job_task(cluster)
    del params["node_resource_group"]
    cluster.run(operation, **params)
    (job,) = cluster.client.list(JOBS, namespace=cluster.name)
    cluster.lab.kubectl("delete", "job", job["metadata"]["name"], "--cascade=orphan", "--namespace", cluster.name)
    done = run_task(operation, {**params, "kubeconfig": kubeconfig})
    assert done["job"]["succeeded"], done
    assert any('resources: ["pods"], verbs: ["delete"]' in each for each in done["warnings"])


def test_unschedulable_workload_is_explained_without_optional_permissions(cluster: Cluster) -> None:
    cluster.add_node(gpus=1, labels=IN_AZURE)
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("workload", cluster)))
    result = first_failure(kubeconfig, [job_task(cluster, gpus=9, wait_timeout=WAIT)])
    assert is_timeout(result)
    assert result is not None
    assert result["error"]["code"] != "Forbidden"


def test_workload_reports_more_with_each_optional_permission(cluster: Cluster) -> None:
    cluster.add_node(gpus=1, labels=IN_AZURE)
    quota = {"metadata": {"name": "none", "namespace": cluster.name}, "spec": {"hard": {"requests.nvidia.com/gpu": "0"}}}
    cluster.client.create(RESOURCE_QUOTAS, quota)
    cluster.until(lambda: cluster.get(RESOURCE_QUOTAS, "none", cluster.name).get("status", {}).get("hard"))
    kubeconfig = cluster.account(ROBOT)
    give(cluster, yaml.safe_load_all(text_of("workload", cluster)))
    _of_namespace, events, quotas, _of_kueue = rights_of("workload, optional rights", cluster)
    assert why_not_done(cluster, kubeconfig) == ("Timeout", "")
    give(cluster, [{"kind": "Role", "metadata": {"namespace": cluster.name}, "rules": [quotas.rule()]}])
    assert why_not_done(cluster, kubeconfig) == ("QuotaTooSmall", "ResourceQuota none: requests.nvidia.com/gpu used 0 of 0")
    give(cluster, [{"kind": "Role", "metadata": {"namespace": cluster.name}, "rules": [events.rule()]}])
    code, evidence = why_not_done(cluster, kubeconfig)
    assert (code, evidence.startswith("event FailedCreate: ")) == ("QuotaTooSmall", True)


def why_not_done(cluster: Cluster, kubeconfig: str) -> tuple[str, str]:
    """Code and evidence of what keeps the Job from its end, with the rights of this user."""
    operation, params = job_task(cluster, wait_timeout=1)
    result = run_task(operation, {"kubeconfig": kubeconfig, **params})
    return result["error"]["code"], "".join(finding["evidence"] for finding in result["job"]["findings"])


def make_job(cluster: Cluster) -> None:
    """A Job whose pod stays when it is deleted."""
    cluster.run(JOB, namespace=cluster.name, wait=False)
    hold(cluster, cluster.name)


def make_plugin(cluster: Cluster) -> None:
    """A plugin whose pod stays when it is deleted."""
    cluster.run(PLUGIN, namespace=plugin_namespace(cluster), config=CONFIG, wait=False)
    hold(cluster, plugin_namespace(cluster))


def hold(cluster: Cluster, namespace: str) -> None:
    for pod in cluster.until(lambda: list(filter(is_bound, cluster.client.list(PODS, namespace=namespace)))):
        set_finalizers(cluster, pod, [*(pod["metadata"].get("finalizers") or ()), "example.com/held"])


def is_bound(pod: Mapping[str, Any]) -> bool:
    return bool(pod["spec"].get("nodeName")) and "deletionTimestamp" not in pod["metadata"]


def set_finalizers(cluster: Cluster, pod: Mapping[str, Any], finalizers: list[str]) -> None:
    path = PODS.object(pod["metadata"]["name"], pod["metadata"]["namespace"])
    patch = {"metadata": {"finalizers": finalizers}}
    cluster.client.call("PATCH", path, what="Holding", body=patch, content="application/merge-patch+json")


@contextmanager
def held_pods(cluster: Cluster) -> Iterator[None]:
    """Pods may stay for as long as the context lasts, as on a node that doesn't answer."""
    try:
        yield
    finally:
        for namespace in (cluster.name, plugin_namespace(cluster)):
            for pod in cluster.client.list(PODS, namespace=namespace):
                if pod["metadata"].get("finalizers"):  # any other may be gone meanwhile
                    set_finalizers(cluster, pod, [])


def make_proof(cluster: Cluster) -> None:
    """What a proof that was killed has left."""
    identity = {**MARK, PROOF_LABEL: identity_of(cluster.name, cluster.name, (), "")}
    pod = {"restartPolicy": "Never", "containers": [{"name": "proof", "image": "example.com/none:1"}]}
    spec = {"suspend": True, "template": {"metadata": {"labels": identity}, "spec": pod}}
    for kind, labels, rest in ((JOBS, identity, {"spec": spec}), (CONFIG_MAPS, PROGRAM_LABELS, {})):
        if cluster.client.find(kind, "gpu-proof-left", cluster.name) is None:
            metadata = {"name": "gpu-proof-left", "namespace": cluster.name, "labels": labels}
            cluster.client.create(kind, {"metadata": metadata, **rest})


def teardown_tasks(cluster: Cluster, *, wait_timeout: int) -> tuple[Task, Task, Task]:
    common = {"state": "absent", "wait_timeout": wait_timeout}
    own = {**common, "namespace": cluster.name}
    return (JOB, own), (PROOF, {**own, "pool": cluster.name}), (PLUGIN, {**common, "namespace": plugin_namespace(cluster)})


def test_teardown_of_the_exporter_needs_each_right_of_the_page(monitored: Cluster) -> None:
    monitored.add_node(gpus=1, taints=[SKU])
    removal = exporter_task(monitored, state="absent")

    def make_exporter() -> None:
        monitored.run(EXPORTER, **exporter_task(monitored, wait=False)[1])

    newcomer = Newcomer(monitored, "teardown of the exporter")
    with held_pods(monitored):
        monitored.run(EXPORTER, **exporter_task(monitored, wait_timeout=PATIENCE_S)[1])
        for pod in monitored.client.list(PODS, namespace=plugin_namespace(monitored)):
            set_finalizers(monitored, pod, ["example.com/held"])
        assert is_timeout(newcomer.learn([removal], make_exporter))
    monitored.until(lambda: newcomer.learn([removal]) is None)
    assert newcomer.missing == []


BOTH_TEARDOWNS = pytest.mark.parametrize("step", ["teardown", "teardown with its namespace"])


@BOTH_TEARDOWNS
def test_teardown_needs_each_right_of_the_page(cluster: Cluster, step: str) -> None:
    cluster.add_node(gpus=8)
    if step == "teardown":
        cluster.make_namespace(plugin_namespace(cluster))
    newcomer = Newcomer(cluster, step)
    job, proof, plugin = teardown_tasks(cluster, wait_timeout=WAIT)
    with held_pods(cluster):
        assert is_timeout(newcomer.learn([job], lambda: make_job(cluster)))
        assert is_timeout(newcomer.learn([plugin], lambda: make_plugin(cluster)))
        assert is_timeout(newcomer.learn([plugin])), "the plugin's pods are still there"
    cluster.until(lambda: newcomer.learn([plugin]) is None)
    assert newcomer.learn([proof], lambda: make_proof(cluster)) is None
    assert newcomer.missing == []


@BOTH_TEARDOWNS
def test_teardown_works_with_the_rights_of_the_page(cluster: Cluster, step: str) -> None:
    cluster.add_node(gpus=1)
    if step == "teardown":
        cluster.make_namespace(plugin_namespace(cluster))
    cluster.run(JOB, namespace=cluster.name, wait=False)
    cluster.run(PLUGIN, namespace=plugin_namespace(cluster), config=CONFIG, wait=False)
    make_proof(cluster)
    with_all(cluster, step, list(teardown_tasks(cluster, wait_timeout=PATIENCE_S)))
    assert not cluster.client.list(DAEMONSETS, namespace=plugin_namespace(cluster))
    assert (cluster.client.find(NAMESPACES, plugin_namespace(cluster)) is None) == (step != "teardown")
