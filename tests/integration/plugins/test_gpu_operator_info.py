# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gpu_operator_info against a real API server, DaemonSet controller and scheduler: each cause once, and none where all is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import SKU, Cluster, proving
from tests.integration.plugins.operator import NOT_LABELED, Operator, custom_resources
from tests.integration.running_lab import RunningLab
from tests.unit.plugins.operator_builders import DEPLOY, DRIVER, LABELED, NOT_READY, PLUGIN, TOOLKIT, VALIDATOR, policy

pytestmark = pytest.mark.lab

BUSY = ("OperandNotReady", "ClusterPolicy is not ready; states not ready: [state-driver]")
SKU_TOLERATION = {"key": "sku", "operator": "Exists"}


@pytest.mark.proves("OperatorNotInstalled")
def test_cluster_that_does_not_know_the_operator(cluster: Cluster) -> None:
    cluster.add_node()
    finding = Operator(cluster).until_found("OperatorNotInstalled")
    assert "ClusterPolicy" in finding["evidence"]


@pytest.fixture(scope="module")
def resources(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The operator's custom resources, for all tests that follow."""
    made = Cluster(lab, tmp_path_factory.mktemp("resources"))
    try:
        with custom_resources(made):
            yield
    finally:
        made.clean()


@pytest.fixture
def operator(cluster: Cluster, resources: None) -> Iterator[Operator]:  # noqa: ARG001
    """A cluster on which nothing of the operator is installed yet."""
    made = Operator(cluster)
    yield made
    made.remove()


def run_all(operator: Operator, *, without: str = "") -> str:
    """A node on which the operator works, apart from one component."""
    node = operator.add_node()
    operator.follow()
    operator.run_worker()
    operator.run_operands(without=[without])
    operator.validate(node)
    return node


def test_operator_that_works_is_proven_and_has_no_finding(operator: Operator) -> None:
    node = run_all(operator)
    found = operator.cluster.until(lambda: (seen := operator.look())["ready"] and seen)
    assert found["findings"] == []
    assert (found["state"], found["reason"]) == ("ready", "Reconciled")
    (shown,) = found["nodes"]
    assert (shown["name"], shown["validated"], shown["complete"]) == (node, True, True)
    assert shown["operands"] == {"driver": "ready", "toolkit": "ready", "validator": "ready", "device_plugin": "ready"}


def test_wait_ends_when_the_last_component_is_ready(operator: Operator) -> None:
    node = run_all(operator, without=VALIDATOR)
    operator.report(policy(NOT_READY, error=BUSY)["status"])

    def finish() -> None:
        operator.run_operand(VALIDATOR)
        operator.report(policy()["status"])

    later = threading.Timer(1.0, finish)
    later.start()
    found = operator.look(wait=True, wait_timeout=60)
    later.join()
    assert found["ready"]
    assert [each["name"] for each in found["nodes"]] == [node]


def test_operator_that_calls_itself_ready_without_a_gpu_is_not_proven(operator: Operator) -> None:
    operator.follow(("ready", "True", "NoGPUNodes"))
    result = operator.cluster.fail(INFO, namespace=operator.namespace, pool=operator.cluster.name, wait=True, wait_timeout=2)
    assert result["error"]["code"] == "NoGpuNodes"
    assert (result["gpu_operator"]["state"], result["gpu_operator"]["ready"]) == ("ready", False)


def test_wait_ends_early_for_a_cause_that_stays(operator: Operator) -> None:
    operator.add_node(labels=NOT_LABELED, taints=[SKU])
    operator.follow(("ready", "True", "NFDLabelsMissing"))
    operator.run_worker()
    params = {"namespace": operator.namespace, "pool": operator.cluster.name}
    result = operator.cluster.fail(INFO, **params, wait=True, wait_timeout=300, fail_fast_after=1)
    assert result["error"]["code"] == "NfdLacksToleration"
    assert "fail_fast_after" in result["error"]["remedy"]


@pytest.mark.proves("OperatorLeftovers")
def test_labels_that_an_uninstalled_operator_leaves(operator: Operator) -> None:
    node = operator.add_node()
    assert operator.until_found("OperatorLeftovers")["subjects"] == [node]


@pytest.mark.proves("ClusterPolicyIgnored")
def test_second_cluster_policy(operator: Operator) -> None:
    run_all(operator)
    operator.follow(("ignored", "False", "Error"), name="second")
    assert operator.until_found("ClusterPolicyIgnored")["subjects"] == ["ClusterPolicy second"]
    assert operator.look()["cluster_policy"] == "cluster-policy"


@pytest.mark.proves("OperatorReconcileFailed")
def test_value_that_the_operator_cannot_apply(operator: Operator) -> None:
    run_all(operator)
    operator.report(policy(NOT_READY, error=("ReconcileFailed", "Failed to reconcile state-driver: invalid version"))["status"])
    assert "invalid version" in operator.until_found("OperatorReconcileFailed")["evidence"]


@pytest.mark.proves("OperatorServesNoNode")
def test_nodes_that_are_all_excluded(operator: Operator) -> None:
    operator.add_node(labels={f"{DEPLOY}.operands": "false"})
    operator.follow(("ready", "True", "NoGPUNodes"))
    operator.run_worker()
    assert f"{DEPLOY}.operands-" in operator.until_found("OperatorServesNoNode")["remedy"]


@pytest.mark.proves("NfdLacksToleration")
def test_node_feature_discovery_that_lacks_a_toleration(operator: Operator) -> None:
    node = operator.add_node(labels=NOT_LABELED, taints=[SKU])
    operator.follow(("ready", "True", "NFDLabelsMissing"))
    operator.run_worker()
    finding = operator.until_found("NfdLacksToleration")
    assert finding["subjects"] == [node]
    assert SKU in finding["evidence"]


@pytest.mark.proves("NfdMissing")
def test_node_feature_discovery_that_is_not_there(operator: Operator) -> None:
    operator.add_node(labels=NOT_LABELED)
    operator.follow(("ready", "True", "NFDLabelsMissing"))
    operator.until_found("NfdMissing")


@pytest.mark.proves("NfdLabelsMissing")
def test_node_feature_discovery_that_labels_nothing(operator: Operator) -> None:
    operator.add_node(labels=NOT_LABELED)
    operator.follow(("ready", "True", "NFDLabelsMissing"))
    operator.run_worker()
    finding = operator.cluster.until(lambda: (seen := operator.until_found("NfdLabelsMissing"))["severity"] == "error" and seen)
    assert "its worker is ready" in finding["evidence"]


@pytest.mark.proves("OperandLacksToleration")
def test_components_that_lack_a_toleration(operator: Operator) -> None:
    node = operator.add_node(taints=[SKU])
    operator.follow()
    operator.run_worker(SKU_TOLERATION)
    operator.run_operands()
    finding = operator.until_found("OperandLacksToleration")
    assert finding["subjects"] == [node]
    assert SKU in finding["evidence"]
    assert "daemonsets.tolerations" in finding["remedy"]


@pytest.mark.proves("DriverPreinstalled")
def test_node_with_a_driver_of_aks(operator: Operator) -> None:
    node = operator.add_node(labels={**LABELED, f"{DEPLOY}.driver": "pre-installed"})
    operator.follow()
    operator.run_worker()
    operator.run_operands()
    operator.validate(node)
    found = operator.until_found("DriverPreinstalled")
    assert "driver: aks" in found["remedy"]
    verified = operator.cluster.run(FACTS, pool=operator.cluster.name)["ansible_facts"]["gpu_schedulable"]["findings"]
    same = {each["code"]: each for each in verified}["DriverPreinstalled"]
    assert {name: same[name] for name in found} == found


@pytest.mark.proves("DriverImageMissing")
def test_driver_image_that_does_not_exist(operator: Operator) -> None:
    run_all(operator, without=DRIVER)
    operator.run_operand(DRIVER, image="mcr.microsoft.com/gpuops.aks-lab/missing:1")
    assert "not found" in operator.until_found("DriverImageMissing")["evidence"]


@pytest.mark.parametrize(
    ("says", "code"),
    [
        proving("KernelHeadersMissing", "Could not resolve Linux kernel version"),
        proving("SecureBootRejectsDriver", "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service"),
        proving("DriverInUse", "Could not unload NVIDIA driver kernel modules, driver is in use"),
        proving("OperatorDriverNotReady", "Installation has failed"),
    ],
)
def test_drivers_log_explains_why_it_does_not_start(operator: Operator, says: str, code: str) -> None:
    run_all(operator, without=DRIVER)
    operator.run_operand(DRIVER, says=says)
    finding = operator.cluster.until(lambda: (seen := operator.until_found(code))["severity"] == "error" and seen)
    assert says in finding["evidence"]


@pytest.mark.proves("OperandNotReady")
def test_component_that_fails_for_an_unknown_reason(operator: Operator) -> None:
    run_all(operator, without=PLUGIN)
    operator.run_operand(PLUGIN, says="a new kind of failure")
    finding = operator.cluster.until(lambda: (seen := operator.until_found("OperandNotReady"))["severity"] == "error" and seen)
    assert "a new kind of failure" in finding["evidence"]


@pytest.mark.proves("CudaValidationFailed")
def test_cuda_program_that_fails(operator: Operator) -> None:
    node = operator.add_node()
    operator.follow(NOT_READY)
    operator.run_worker()
    operator.run_operands()
    operator.validate(node, fails="Failed to allocate device vector A (error code unknown error)!")
    assert "Failed to allocate device vector" in operator.until_found("CudaValidationFailed")["evidence"]


@pytest.mark.proves("RuntimeClassMissing")
def test_runtime_class_that_does_not_exist(operator: Operator) -> None:
    run_all(operator, without=PLUGIN)
    operator.run_operand(PLUGIN, runtimeClassName="missing")  # the lab's own operator may have made nvidia in another test
    assert 'RuntimeClass "missing" not found' in operator.until_found("RuntimeClassMissing")["evidence"]


@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        proving("RuntimeClassMissing", "FailedCreatePodSandBox", 'Failed to create pod sandbox: no runtime for "nvidia" is configured'),
        proving(
            "ContainerdStopped",
            "FailedCreatePodSandBox",
            "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused",
        ),
    ],
)
def test_what_the_kubelet_says_about_a_sandbox(operator: Operator, reason: str, message: str, code: str) -> None:
    run_all(operator, without=TOOLKIT)
    with operator.cluster.silent_kubelets():
        operator.run_operand(TOOLKIT)
        operator.tell(TOOLKIT, reason, message)
        assert message in operator.until_found(code)["evidence"]


@pytest.mark.proves("OperatorGpusMissing")
def test_node_that_offers_no_gpu_although_all_is_ready(operator: Operator) -> None:
    node = run_all(operator)
    operator.cluster.show_gpus(node, capacity=1, allocatable=0)
    assert operator.until_found("OperatorGpusMissing")["subjects"] == [node]


@pytest.mark.proves("DriverUpgradeFailed")
def test_upgrade_of_the_driver_that_has_failed(operator: Operator) -> None:
    node = run_all(operator)
    operator.cluster.lab.kubectl("label", "node", node, "nvidia.com/gpu-driver-upgrade-state=upgrade-failed")
    assert operator.until_found("DriverUpgradeFailed")["subjects"] == [node]


def test_path_beside_the_operator_is_left_alone(operator: Operator) -> None:
    run_all(operator)
    operator.add_node("other", labels={f"{DEPLOY}.operands": "false"}, gpus=1)
    found = operator.cluster.until(lambda: (seen := operator.look())["ready"] and seen)
    assert found["findings"] == []
    assert sorted(each["served"] for each in found["nodes"]) == [False, True]
