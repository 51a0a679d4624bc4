# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gpu_operator_info on the lab's GPU Operator: nothing to find where it works, and the right cause for each of its faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.chart import NAMESPACE, POOL, chart_values, create_pool, gpu_node, install
from tests.integration.plugins.cluster import Json
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab

pytestmark = pytest.mark.lab


@pytest.fixture
def cluster(lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster without GPU nodes."""
    lab.create_cluster()
    yield lab
    lab.clear_faults()
    lab.delete_cluster()


def look(lab: RunningLab, **params: Any) -> Json:
    """What the module says of the pool."""
    result = run_task(INFO, {"kubeconfig": str(lab.layout.kubeconfig), "namespace": NAMESPACE, "pool": POOL, **params})
    found: Json = result["gpu_operator"]
    return found


def until_found(lab: RunningLab, code: str, severity: str = "error") -> Json:
    """The only finding, as soon as it is of this code."""

    def found() -> Json | None:
        findings = look(lab)["findings"]
        return findings[0] if [(each["code"], each["severity"]) for each in findings] == [(code, severity)] else None

    finding = lab.until(found)
    assert finding is not None
    return finding


@pytest.mark.parametrize(("driver", "facts"), [("None", {}), ("Install", {"driver": "aks"})])
def test_both_sets_of_values_work_on_their_pool(cluster: RunningLab, tmp_path: Path, driver: str, facts: Json) -> None:
    create_pool(cluster, driver)
    install(cluster, chart_values(**facts), tmp_path)
    found = cluster.until(lambda: (seen := look(cluster))["ready"] and seen)
    assert found["findings"] == []
    (node,) = found["nodes"]
    assert (node["name"], node["validated"], node["complete"], node["allocatable"]) == (gpu_node(cluster), True, True, 1)
    assert ("driver" in node["operands"]) == (driver == "None")


FAULTS = {
    "driver-no-headers": "KernelHeadersMissing",
    "driver-secure-boot": "SecureBootRejectsDriver",
    "driver-no-image": "DriverImageMissing",
    "cuda-fails": "CudaValidationFailed",
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_fault_of_a_component_is_found(cluster: RunningLab, tmp_path: Path, fault: str, code: str) -> None:
    cluster.set_fault(fault, pool=POOL)
    create_pool(cluster)
    install(cluster, chart_values(), tmp_path)
    assert until_found(cluster, code)["subjects"] == [gpu_node(cluster)]


@pytest.mark.proves("OperatorOutOfMemory")
def test_operator_that_was_killed_for_its_memory_is_found(cluster: RunningLab, tmp_path: Path) -> None:
    create_pool(cluster)
    install(cluster, chart_values(), tmp_path)
    cluster.until(lambda: look(cluster)["ready"])
    cluster.set_fault("operator-out-of-memory", pool="nodepool1")
    until_found(cluster, "OperatorOutOfMemory")


def test_values_of_the_operators_driver_on_a_pool_with_one_of_aks(cluster: RunningLab, tmp_path: Path) -> None:
    create_pool(cluster, "Install")
    install(cluster, chart_values(), tmp_path)
    assert "driver: aks" in until_found(cluster, "DriverPreinstalled")["remedy"]


def test_toolkit_that_stops_containerd(cluster: RunningLab, tmp_path: Path) -> None:
    cluster.set_fault("toolkit-stops-containerd", pool=POOL)
    create_pool(cluster)
    values = chart_values()
    del values["toolkit"]["env"]
    install(cluster, values, tmp_path)
    finding = until_found(cluster, "ContainerdStopped")
    assert "container runtime is down" in finding["evidence"]
    assert "toolkit.env does not have RUNTIME_CONFIG_SOURCE=file" in finding["evidence"]
    facts = run_task(FACTS, {"kubeconfig": str(cluster.layout.kubeconfig), "pool": POOL})["ansible_facts"]["gpu_schedulable"]
    assert [each["code"] for each in facts["findings"]] == ["ContainerdStopped"]


def test_gpus_that_disappear_although_every_component_is_ready(cluster: RunningLab, tmp_path: Path) -> None:
    create_pool(cluster)
    install(cluster, chart_values(), tmp_path)
    cluster.until(lambda: look(cluster)["ready"])
    cluster.set_fault("runtime-configuration-lost", pool=POOL)
    finding = until_found(cluster, "OperatorGpusMissing", "warning")
    assert finding["subjects"] == [gpu_node(cluster)]
    assert "-l app=nvidia-container-toolkit-daemonset" in finding["remedy"]
    assert not look(cluster)["ready"]


def test_validator_that_hangs_is_waited_for(cluster: RunningLab, tmp_path: Path) -> None:
    cluster.set_fault("validation-hangs", pool=POOL)
    create_pool(cluster)
    install(cluster, chart_values(), tmp_path)
    cluster.until(lambda: "toolkit-validation" in until_found(cluster, "OperandNotReady", "warning")["evidence"])


def test_upgrade_that_has_failed_is_a_warning_where_gpus_are_served(cluster: RunningLab, tmp_path: Path) -> None:
    cluster.set_fault("driver-upgrade-failed", pool=POOL)
    create_pool(cluster)
    install(cluster, chart_values(), tmp_path)
    assert until_found(cluster, "DriverUpgradeFailed", "warning")["subjects"] == [gpu_node(cluster)]
