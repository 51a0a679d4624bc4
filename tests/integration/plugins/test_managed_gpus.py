# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed pools with the options that only a preview of the API has: dynamic resource allocation, and MIG partitions of several sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION as PROOF
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import GPU, Cluster
from tests.integration.running_lab import RunningLab

pytestmark = pytest.mark.lab

PREVIEW = "2026-08-02-preview"
A100, FOUR_T4 = "Standard_NC24ads_A100_v4", "Standard_NC64as_T4_v3"
FEATURE = "Microsoft.ContainerService/ManagedGPUExperiencePreview"


@pytest.fixture
def azure(lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster, in a subscription that may have managed pools."""
    lab.arm("POST", "/_lab/features", {FEATURE: "Registered"})
    lab.create_cluster()
    yield lab
    lab.delete_cluster()


def managed(lab: RunningLab, name: str, size: str, **nvidia: Any) -> str:
    """A managed pool of one node."""
    lab.create_pool(name, version=PREVIEW, vmSize=size, gpuProfile={"nvidia": {"managementMode": "Managed", **nvidia}})
    return name


def test_gpus_of_a_dra_driver_are_served_without_being_allocatable(azure: RunningLab, cluster: Cluster) -> None:
    pool = managed(azure, "gpudra", FOUR_T4, driverMode="DRA")
    found = cluster.run(FACTS, pool=pool, wait=True)["ansible_facts"]["gpu_schedulable"]
    assert (found["allocatable"], found["dra"], found["findings"]) == (0, {"devices": 4, "allocated": 0, "free": 4}, [])
    numbers = cluster.run(FACTS, pool=pool, wait_for={"allocatable": 4, "schedulable": 4})["ansible_facts"]["gpu_schedulable"]
    assert numbers["schedulable_gpus"] == 4
    failed = cluster.fail(PROOF, pool=pool, namespace=cluster.name)
    assert failed["error"]["code"] == "DraOnly"
    assert "ResourceClaim" in failed["error"]["remedy"]


def test_slices_of_a_dra_driver_are_counted_each(azure: RunningLab, cluster: Cluster) -> None:
    pool = managed(azure, "gpudra", A100, driverMode="DRA", migStrategy="Single", migProfiles=["MIG1g"])
    assert cluster.run(FACTS, pool=pool, wait=True)["ansible_facts"]["gpu_schedulable"]["dra"]["devices"] == 7


def test_slices_go_with_their_node(azure: RunningLab) -> None:
    managed(azure, "gpudra", A100, driverMode="DRA")
    azure.until(lambda: azure.get("resourceslices")["items"])
    azure.delete_pool("gpudra")
    azure.until(lambda: not azure.get("resourceslices")["items"])


def test_partitions_of_several_sizes_are_proven(azure: RunningLab, cluster: Cluster) -> None:
    pool = managed(azure, "gpumig", A100, migStrategy="Mixed", migProfiles=["MIG3g", "MIG2g", "MIG2g"])
    found = cluster.run(FACTS, pool=pool, resource_name="nvidia.com/mig-2g.20gb", wait=True)["ansible_facts"]["gpu_schedulable"]
    assert {name: counts["free"] for name, counts in found["resources"].items()} == {
        "nvidia.com/mig-2g.20gb": 2,
        "nvidia.com/mig-3g.40gb": 1,
    }
    assert GPU not in found["resources"]
    coverage = cluster.run(PROOF, pool=pool, namespace=cluster.name)["coverage"]
    assert (coverage["proven"], coverage["total"]) == (3, 3)
