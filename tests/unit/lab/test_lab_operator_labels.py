# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels that node feature discovery and the GPU Operator put on nodes of the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.gpu_operator.node_features import node_feature
from tests.lab.gpu_operator.node_labels import changes, has_gpu, is_discovered, system, upgrade_state
from tests.lab.gpu_operator.operands import DEPLOYED
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

GPU = {"feature.node.kubernetes.io/pci-10de.present": "true"}
ALL = dict.fromkeys(DEPLOYED, "true")
MIG = {"nvidia.com/gpu.deploy.mig-manager": "true", "nvidia.com/mig.config": "all-disabled"}
OFF = {"nvidia.com/gpu.deploy.operands": "false"}
PRESENT = {"nvidia.com/gpu.present": "true"}
WORKER = {
    "metadata": {
        "name": "worker-x",
        "namespace": "gpu-operator",
        "uid": "pod-uid",
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "worker", "uid": "set-uid", "controller": True}],
    }
}
T4 = ERA_2026.size("Standard_NC4as_T4_v3")


def feature(*, gpus: bool = False, **fields: Any) -> dict[str, Any]:
    """What the worker publishes of a node of this pool."""
    view = pool(**fields)
    return node_feature(one_node(view), WORKER, ERA_2026.size(view.vm_size), discovers_gpus=gpus)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({}, {}, id="without node feature discovery"),
        pytest.param({"feature.node.kubernetes.io/kernel-version.full": "6"}, {}, id="without a GPU"),
        pytest.param(GPU, {**PRESENT, **ALL}, id="a GPU"),
        pytest.param({"feature.node.kubernetes.io/pci-0302_10de.present": "true"}, {**PRESENT, **ALL}, id="a GPU by its class"),
        pytest.param({**GPU, **PRESENT, **ALL}, {}, id="a node that has all labels"),
        pytest.param({**GPU, **PRESENT, **ALL, "nvidia.com/gpu.deploy.driver": "false"}, {}, id="a value that a person has set"),
        pytest.param({**GPU, **OFF}, PRESENT, id="no operands wanted"),
        pytest.param({**GPU, **PRESENT, **ALL, **OFF}, dict.fromkeys(DEPLOYED), id="no operands wanted any more"),
        pytest.param({**PRESENT, **ALL}, {"nvidia.com/gpu.present": "false", **dict.fromkeys(DEPLOYED)}, id="no GPU any more"),
        pytest.param({**GPU, **PRESENT, **ALL, "nvidia.com/mig.capable": "true"}, MIG, id="MIG"),
        pytest.param({**GPU, **PRESENT, **ALL, "nvidia.com/gpu.product": "NVIDIA-H100-NVL"}, MIG, id="MIG by the product"),
        pytest.param({**GPU, **PRESENT, **ALL, "nvidia.com/gpu.product": "Tesla-T4"}, {}, id="no MIG by the product"),
    ],
)
def test_labels_that_the_operator_sets(labels: dict[str, str], expected: dict[str, str | None]) -> None:
    assert changes(labels) == expected


def test_worker_publishes_what_the_operator_looks_for() -> None:
    labels = feature()["spec"]["labels"]
    assert is_discovered(labels)
    assert has_gpu(labels)
    assert system(labels) == "ubuntu22.04"
    assert labels["feature.node.kubernetes.io/kernel-version.full"].endswith("-azure")


def test_worker_finds_no_gpu_where_there_is_none() -> None:
    assert not has_gpu(feature(vm_size="Standard_D4s_v5", gpus=True)["spec"]["labels"])


@pytest.mark.parametrize(
    ("image", "found"),
    [("AKSUbuntu-2404gen2containerd-1", "ubuntu24.04"), ("AKSAzureLinux-V3gen2-1", "azurelinux3.0"), ("AKSFlatcar-flatcar-1", "")],
)
def test_operating_system_is_that_of_the_image(image: str, found: str) -> None:
    assert system(feature(node_image_version=image)["spec"]["labels"]) == found


def test_feature_goes_with_the_workers_daemonset_not_with_its_pod_alone() -> None:
    owners = feature()["metadata"]["ownerReferences"]
    assert [(each["kind"], each["uid"]) for each in owners] == [("Pod", "pod-uid"), ("DaemonSet", "set-uid")]
    assert not any(each.get("controller") for each in owners)


def test_gpu_feature_discovery_names_the_product_and_whether_it_has_mig() -> None:
    assert "nvidia.com/gpu.product" not in feature()["spec"]["labels"]
    labels = feature(gpus=True)["spec"]["labels"]
    assert (labels["nvidia.com/gpu.product"], labels["nvidia.com/gpu.count"], labels["nvidia.com/mig.capable"]) == (
        "Tesla-T4",
        "1",
        "false",
    )
    assert feature(gpus=True, vm_size="Standard_NC24ads_A100_v4")["spec"]["labels"]["nvidia.com/mig.capable"] == "true"


def test_state_of_the_drivers_upgrade_is_written_when_it_changes() -> None:
    name = "nvidia.com/gpu-driver-upgrade-state"
    assert upgrade_state({}, failed=False) == {name: "upgrade-done"}
    assert upgrade_state({name: "upgrade-done"}, failed=False) == {}
    assert upgrade_state({name: "upgrade-done"}, failed=True) == {name: "upgrade-failed"}
