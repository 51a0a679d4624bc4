# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cause of a Job that proves nothing, brought about in the lab by the real scheduler, controllers and admission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import (
    DEVICE_CLASSES,
    EVENTS,
    JOBS,
    PODS,
    RESOURCE_CLAIMS,
    Kind,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION

from tests.integration.plugins.admission import changing
from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json, proving
from tests.integration.plugins.limits import limit
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

NAME = "gpu-smoke"
ENDLESS = ["--max_steps", "1000000"]
SPOT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
ADMISSION = "apis/admissionregistration.k8s.io/v1"
PRIORITIES = Kind("apis/scheduling.k8s.io/v1", "priorityclasses", namespaced=False)


def wanted(cluster: Cluster, **changes: Any) -> Json:
    return {"name": NAME, "namespace": cluster.name, "wait_timeout": 1, **changes}


def why(cluster: Cluster, **changes: Any) -> dict[str, Json]:
    """Why the Job has not ended, by code; it waits as long as it takes the cluster to say it."""
    result = cluster.fail(OPERATION, **wanted(cluster, **changes))
    return {finding["code"]: finding for finding in result["job"]["findings"]}


def pods(cluster: Cluster) -> list[Json]:
    return [dict(pod) for pod in cluster.client.list(PODS, namespace=cluster.name) if pod["metadata"]["name"].startswith(NAME)]


@contextmanager
def made_with(cluster: Cluster, added: Mapping[str, Any]) -> Iterator[None]:
    """The Job, which a policy of the cluster gives something more in its pod."""
    with changing(cluster, "jobs", {f"/spec/template/spec/{path}": value for path, value in added.items()}):
        cluster.run(OPERATION, **wanted(cluster, wait=False))
        yield


def until_looked_at(cluster: Cluster) -> None:
    """Until the scheduler has said something of the Job's pod."""
    cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("conditions")])


@pytest.fixture
def claim(cluster: Cluster) -> Iterator[None]:
    """A claim of a device that no driver has."""
    cluster.client.create(DEVICE_CLASSES, {"metadata": {"name": cluster.name}, "spec": {}})
    request = {"name": "gpu", "exactly": {"deviceClassName": cluster.name}}
    cluster.client.create(
        RESOURCE_CLAIMS, {"metadata": {"name": "gpu", "namespace": cluster.name}, "spec": {"devices": {"requests": [request]}}}
    )
    yield
    cluster.client.delete(DEVICE_CLASSES, cluster.name)


# What the real scheduler says of a pod that waits for something other than a GPU.
@pytest.mark.parametrize(
    ("pod_spec", "said", "code"),
    [
        proving(
            "VolumeNotBound",
            {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
            'persistentvolumeclaim "data" not found',
        ),
        proving(
            "PlacementRules",
            {"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "nobody/has-it", "whenUnsatisfiable": "DoNotSchedule",
                                            "labelSelector": {"matchLabels": {"app": NAME}}}]},
            "topology spread",
        ),
        proving("ClaimNotAllocated", {"resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu"}]}, "cannot allocate all claims"),
        proving("PodGated", {"schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]}, "kueue.x-k8s.io/admission"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("claim")
def test_pod_that_waits_for_something_else(cluster: Cluster, pod_spec: Json, said: str, code: str) -> None:
    cluster.add_node(gpus=1)
    with made_with(cluster, pod_spec):
        until_looked_at(cluster)
        found = why(cluster)
    assert found.keys() == {code}
    assert said in found[code]["evidence"]


@pytest.mark.proves("NotEnoughCpuOrMemory")
def test_pod_that_lacks_cpu(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    with made_with(cluster, {"containers/0/resources/requests": {"cpu": "100"}}):
        until_looked_at(cluster)
        found = why(cluster)
    assert found.keys() == {"NotEnoughCpuOrMemory"}
    assert "Insufficient cpu" in found["NotEnoughCpuOrMemory"]["evidence"]


@pytest.mark.parametrize(
    ("node", "params", "codes"),
    [
        pytest.param({"taints": [SKU], "gpus": 1}, {}, {"PodLacksToleration"}, marks=pytest.mark.proves("PodLacksToleration")),
        pytest.param(
            {"gpus": 1}, {"node_selector": {"tier": "gold"}}, {"PodSelectorMisses"}, marks=pytest.mark.proves("PodSelectorMisses")
        ),
        pytest.param({"gpus": 1}, {"gpus": 2}, {"AsksForTooMany"}, marks=pytest.mark.proves("AsksForTooMany")),
        pytest.param({}, {}, {"NoDevicePlugin", "NoGpuOnNode"}, marks=pytest.mark.proves("NoGpuOnNode")),
    ],
)
def test_pod_that_no_gpu_node_takes(cluster: Cluster, node: Json, params: Json, codes: set[str]) -> None:
    cluster.add_node(**node)
    assert why(cluster, **params).keys() == codes


@pytest.mark.parametrize(
    ("taint", "code"),
    [
        ("node.cloudprovider.kubernetes.io/shutdown:NoSchedule", "NodeShutDown"),
        ("disk.csi.azure.com/agent-not-ready:NoSchedule", "NodeNotOpen"),
    ],
)
def test_pod_kept_off_by_a_nodes_state_gets_no_toleration_advice(cluster: Cluster, taint: str, code: str) -> None:
    node = cluster.add_node(gpus=1)
    cluster.lab.kubectl("taint", "node", node, taint)
    found = why(cluster)
    assert found.keys() == {code}
    assert "node_taints" not in found[code]["remedy"]


# What admission says of a pod that the Job controller may not make.
@pytest.mark.proves("PodSecurityViolated")
def test_namespace_that_is_too_strict(cluster: Cluster) -> None:
    cluster.lab.kubectl("label", "namespace", cluster.name, "pod-security.kubernetes.io/enforce=restricted")
    refused = cluster.fail(OPERATION, **wanted(cluster))
    assert not refused["error"]["retriable"], "the namespace has to change first"
    found = {finding["code"]: finding for finding in refused["job"]["findings"]}
    assert "violates PodSecurity" in found["PodSecurityViolated"]["evidence"]
    remedy = f"kubectl label namespace {cluster.name} pod-security.kubernetes.io/enforce=baseline --overwrite"
    assert remedy in found["PodSecurityViolated"]["remedy"]
    cluster.run(OPERATION, namespace=cluster.name, name=NAME, state="absent", wait_timeout=PATIENCE_S)

    # Less than the device plugin needs is enough for a Job.
    cluster.lab.kubectl("label", "namespace", cluster.name, "pod-security.kubernetes.io/enforce=baseline", "--overwrite")
    cluster.add_node(gpus=1)
    assert cluster.run(OPERATION, **wanted(cluster, args=["--max_steps", "11"], wait_timeout=PATIENCE_S))["job"]["succeeded"]


@pytest.mark.proves("QuotaWantsRequests")
def test_quota_that_wants_more_of_a_pod(cluster: Cluster) -> None:
    limit(cluster, "cpu", "limits.cpu", "4")
    assert "must specify limits.cpu" in why(cluster)["QuotaWantsRequests"]["evidence"]

    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(cluster.fail, OPERATION, **wanted(cluster, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert failed["error"]["code"] == "QuotaWantsRequests"
    assert "refuses to create it" in failed["msg"]


@pytest.mark.proves("PodInvalid")
def test_pod_that_admission_makes_invalid_is_not_waited_for(cluster: Cluster) -> None:
    twin = {"name": NAME, "image": "example.com/idle:1"}
    with changing(cluster, "pods", {"/spec/containers/-": twin}), ThreadPoolExecutor(1) as pool:
        failed = pool.submit(cluster.fail, OPERATION, **wanted(cluster, wait_timeout=1000)).result(timeout=PATIENCE_S)
    assert failed["error"]["code"] == "PodInvalid"
    assert "spec.containers[1].name: Duplicate value" in failed["error"]["cause"]


@pytest.mark.proves("ServiceAccountMissing")
def test_service_account_that_is_not_there(cluster: Cluster) -> None:
    with made_with(cluster, {"serviceAccountName": "nobody"}):
        assert 'serviceaccount "nobody" not found' in why(cluster)["ServiceAccountMissing"]["evidence"]


@pytest.fixture
def policy(cluster: Cluster) -> Iterator[Any]:
    """A validating admission policy about the test's own namespaces, in force."""
    made: list[str] = []
    policies, bindings = (
        Kind(ADMISSION, plural, namespaced=False) for plural in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    )

    def enforce(name: str, group: str, resource: str, message: str) -> None:
        rule = {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
        where = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": [cluster.name]}]}
        spec = {"matchConstraints": {"resourceRules": [rule], "namespaceSelector": where}, "failurePolicy": "Fail"}
        validation = {"expression": "false", "message": message, "reason": "Forbidden"}
        made.append(name)
        cluster.client.create(policies, {"metadata": {"name": name}, "spec": {**spec, "validations": [validation]}})
        cluster.client.create(bindings, {"metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]}})

    yield enforce
    for name in made:
        cluster.client.delete(bindings, name)
        cluster.client.delete(policies, name)


@pytest.mark.proves("AdmissionDenied")
def test_policy_that_forbids_the_pod(cluster: Cluster, policy: Any) -> None:
    policy("no-gpu-pods", "", "pods", "no GPUs here")
    probe = {"metadata": {"name": "probe", "namespace": cluster.name}, "spec": {"containers": [{"name": "main", "image": "a"}]}}
    cluster.until(lambda: "no GPUs here" in refusal(cluster, probe))
    found = why(cluster)
    assert "ValidatingAdmissionPolicy 'no-gpu-pods'" in found["AdmissionDenied"]["evidence"]


def refusal(cluster: Cluster, manifest: Json) -> str:
    """What the API server says to a pod, in a dry run; "" once it takes it."""
    try:
        cluster.client.create(PODS, manifest, dry_run=True)
    except KubernetesError as error:
        return error.message
    return ""


def test_protected_system_namespace_of_aks_automatic_is_explained(cluster: Cluster, policy: Any) -> None:
    policy(
        "aks-managed-protect-system-namespaces",
        "apps",
        "daemonsets",
        "Modification of resources in managed system namespaces is not allowed",
    )

    def refused() -> Json | None:
        result = cluster.attempt(PLUGIN, check=True, namespace=cluster.name, wait=False)
        return result["error"] if result.get("failed") else None

    error = cluster.until(refused)
    assert error["cause"] == "AKS Automatic protects its system namespaces."
    assert "gpu-resources" in error["remedy"]


# What the autoscaler says of a pending pod: its events as AKS' autoscaler writes them, on the real API server.
@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        proving("AutoscalerAtMaximum", "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached"),
        proving("AutoscalerBacksOff", "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up"),
        proving("AutoscalerLacksQuota", "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 Insufficient quota"),
        proving("AutoscalerNotReady", "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 not ready for scale-up"),
        proving("AutoscalerCannotHelp", "NotTriggerScaleUp", "pod didn't trigger scale-up: 3 Insufficient nvidia.com/gpu"),
        proving("StillScaling", "TriggeredScaleUp", "pod triggered scale-up: [{aks-gpunp-38371103-vmss 0->1 (max: 3)}]"),
    ],
)
def test_autoscalers_event_about_the_pod_is_reported(cluster: Cluster, reason: str, message: str, code: str) -> None:
    cluster.add_node(gpus=1, taints=[SKU])
    cluster.run(OPERATION, **wanted(cluster, wait=False))
    (pod,) = cluster.until(lambda: pods(cluster))
    about = {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": cluster.name, "uid": pod["metadata"]["uid"]}
    event = {"metadata": {"name": "told", "namespace": cluster.name}, "involvedObject": about, "reason": reason, "message": message}
    cluster.client.create(EVENTS, {**event, "type": "Normal", "source": {"component": "cluster-autoscaler"}})
    found = why(cluster)
    assert found.keys() == {code, "PodLacksToleration"}
    assert found[code]["evidence"] == f"event {reason}: {message}"


def until_running(cluster: Cluster) -> Json:
    """The Job's pod, when it runs."""
    running = cluster.until(lambda: [pod for pod in pods(cluster) if pod["status"].get("phase") == "Running"])
    found: Json = running[0]
    return found


@pytest.mark.proves("PodPreempted")
def test_pod_that_gives_way_to_one_of_higher_priority(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    cluster.client.create(PRIORITIES, {"metadata": {"name": cluster.name}, "value": 1000})
    urgent = {"containers": [{"name": "main", "image": "a", "resources": {"limits": {GPU: "1"}}}], "priorityClassName": cluster.name}
    try:
        with ThreadPoolExecutor(1) as pool:
            task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, args=ENDLESS, backoff_limit=0, wait_timeout=PATIENCE_S))
            until_running(cluster)
            cluster.client.create(PODS, {"metadata": {"name": "urgent", "namespace": cluster.name}, "spec": urgent})
            result = task.result(timeout=2 * PATIENCE_S)
    finally:
        cluster.client.delete(PRIORITIES, cluster.name)
    assert [finding["code"] for finding in result["job"]["findings"]] == ["PodPreempted"]


def evict(cluster: Cluster, pod: str) -> None:
    """What a drain does, and the autoscaler before it takes a node away."""
    path = f"{PODS.object(pod, cluster.name)}/eviction"
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": cluster.name}}
    cluster.client.call("POST", path, what="Evicting", body=body)


@pytest.mark.proves("PodEvicted")
def test_evicted_pod_of_a_job_that_is_not_on_spot_fails_it(cluster: Cluster) -> None:
    cluster.add_node(gpus=1)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, args=ENDLESS, backoff_limit=0, wait_timeout=PATIENCE_S))
        evict(cluster, until_running(cluster)["metadata"]["name"])
        result = task.result(timeout=2 * PATIENCE_S)
    assert [finding["code"] for finding in result["job"]["findings"]] == ["PodEvicted"]
    assert "EvictionByEvictionAPI" in result["job"]["findings"][0]["evidence"]


@pytest.mark.parametrize("rerun", ["on_loss", "on_failure"])
def test_pod_that_a_persons_taint_evicts_names_it(cluster: Cluster, rerun: str) -> None:
    node = cluster.add_node(gpus=1)
    changes = {"args": ENDLESS, "backoff_limit": 0, "rerun": rerun, "wait_timeout": PATIENCE_S}
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.fail, OPERATION, **wanted(cluster, **changes))
        until_running(cluster)
        cluster.lab.kubectl("taint", "nodes", node, "team=a:NoExecute")
        error = task.result(timeout=2 * PATIENCE_S)["error"]
    assert (error["code"], error["retriable"]) == ("JobFailed", rerun == "on_failure")
    assert f"The node {node} was given the taint team=a:NoExecute" in error["cause"]
    assert f"kubectl taint nodes {node} team=a:NoExecute-" in error["remedy"]


def test_evicted_pod_of_a_job_on_spot_does_not_count(cluster: Cluster) -> None:
    cluster.add_node(gpus=1, taints=[SPOT])
    on_spot = wanted(cluster, node_taints=[SPOT], backoff_limit=0, args=ENDLESS, wait=False)
    cluster.run(OPERATION, **on_spot)
    evicted = until_running(cluster)
    evict(cluster, evicted["metadata"]["name"])

    def of_job() -> Json:
        return cluster.get(JOBS, NAME, cluster.name)["status"]

    # Counted out: its pod has gone, and the Job neither fails of it nor counts it. The pod that follows takes Kubernetes ten seconds.
    cluster.until(lambda: evicted["metadata"]["uid"] not in [pod["metadata"]["uid"] for pod in pods(cluster)])
    cluster.until(lambda: not of_job().get("active") or of_job().get("ready"))
    assert (of_job().get("failed", 0), of_job().get("conditions")) == (0, None)
    assert not cluster.run(OPERATION, **on_spot)["changed"]


def test_permanent_exit_code_ends_the_job_at_once(cluster: Cluster) -> None:
    """nvidia-smi says 9 where there is no driver: the container here is given no GPU."""
    cluster.break_gpu("missing", cluster.add_node(gpus=1))
    smoke = wanted(cluster, command=["nvidia-smi"], args=[], fail_on_exit_codes=[9, 12], wait_timeout=PATIENCE_S)
    result = cluster.fail(OPERATION, **smoke)
    assert (result["job"]["attempts"], result["error"]["code"]) == (1, "JobFailed")
    assert "exit code 9 matching FailJob rule" in result["error"]["message"]
    assert [finding["code"] for finding in result["job"]["findings"]] == ["DriverMissing"]
    assert cluster.get(JOBS, NAME, cluster.name)["spec"]["podFailurePolicy"]["rules"][0]["action"] == "FailJob"
