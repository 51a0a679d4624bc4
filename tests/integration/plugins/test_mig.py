# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool whose GPU AKS has divided, from the plugin to a workload on a slice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION as JOB

from tests.integration.plugins.cluster import GPU, SKU, Cluster
from tests.integration.running_lab import RunningLab

pytestmark = pytest.mark.lab

SLICES = "nvidia.com/mig-1g.10gb"


@pytest.fixture
def divided(lab: RunningLab) -> Iterator[str]:
    """A pool of one node with one A100, in seven slices."""
    lab.create_cluster()
    lab.create_pool("gpumig", vmSize="Standard_NC24ads_A100_v4", gpuInstanceProfile="MIG1g", nodeTaints=[SKU])
    yield "gpumig"
    lab.delete_cluster()


@pytest.mark.parametrize(("strategy", "resource"), [("single", GPU), ("mixed", SLICES)])
def test_a_workload_runs_on_a_slice(divided: str, cluster: Cluster, strategy: str, resource: str) -> None:
    cluster.run(PLUGIN, namespace=f"{cluster.name}-plugin", node_taints=[SKU], mig_strategy=strategy, min_ready_seconds=0)
    found = cluster.run(FACTS, pool=divided, resource_name=resource, wait=True)["ansible_facts"]["gpu_schedulable"]
    assert (found["capacity"], found["schedulable_gpus"], found["findings"]) == (7, 7, [])
    assert found["nodes"][0]["resources"].keys() == {resource}
    job = cluster.run(JOB, namespace=cluster.name, node_taints=[SKU], resource_name=resource, args=["--max_steps", "21"])["job"]
    assert (job["succeeded"], job["gpu_device"]) == (True, "NVIDIA A100 80GB PCIe MIG 1g.10gb")


def test_slices_that_are_counted_under_another_name_are_named(divided: str, cluster: Cluster) -> None:
    cluster.run(PLUGIN, namespace=f"{cluster.name}-plugin", node_taints=[SKU], mig_strategy="mixed", min_ready_seconds=0)
    cluster.run(FACTS, pool=divided, resource_name=SLICES, wait=True)
    failed = cluster.fail(FACTS, pool=divided, wait=True, wait_timeout=1)
    assert (failed["error"]["code"], SLICES in failed["error"]["remedy"]) == ("OtherResourceName", True)
