# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gpu_operator_info asks of the API server, as docs/requests.md says it, by the audit log of a lab that has reads in it, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO

from tests.integration.conftest import new_lab
from tests.integration.plugins.cluster import Cluster
from tests.integration.plugins.operator import Operator, custom_resources
from tests.unit.plugins.operator_builders import NOT_READY, policy

pytestmark = pytest.mark.lab

CUSTOM = ["/apis/nvidia.com/v1/clusterpolicies", "/apis/nvidia.com/v1alpha1/nvidiadrivers"]


@pytest.fixture
def operator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Operator]:
    """An operator that works on a node."""
    with new_lab(request, "2026", "--audit-reads") as lab:
        cluster = Cluster(lab, tmp_path)
        with custom_resources(cluster):
            made = Operator(cluster)
            node = made.add_node()
            made.follow()
            made.run_worker()
            made.run_operands()
            made.validate(node)
            cluster.until(lambda: made.look()["ready"])
            yield made
        cluster.client.close()


def asked(seen: list[str]) -> list[str]:
    """The requests of a task, without their parameters and without the test's own marks; the log has a watch when it begins and ends."""
    requests = [line.partition("?")[0] for line in seen if "/configmaps" not in line]
    return sorted([line for line in requests if line.startswith("list ")] + list({line for line in requests if line.startswith("watch ")}))


def test_a_look_asks_for_five_lists_and_a_wait_watches_them(operator: Operator) -> None:
    cluster, namespace = operator.cluster, operator.namespace
    own = [f"/apis/apps/v1/namespaces/{namespace}/daemonsets", f"/api/v1/namespaces/{namespace}/pods", "/api/v1/nodes"]
    lists = [f"list {path}" for path in (*CUSTOM, *own)]
    with cluster.writes() as seen:
        assert operator.look()["ready"]
    assert asked(seen) == sorted(lists)
    with cluster.writes() as seen:
        assert operator.look(wait=True)["ready"]
    assert asked(seen) == sorted(lists)
    operator.report(policy(NOT_READY)["status"])
    with cluster.writes() as seen:
        cluster.fail(INFO, namespace=namespace, pool=cluster.name, wait=True, wait_timeout=2)
    watches = [f"watch {path}" for path in (*CUSTOM, *own)]
    assert asked(seen) == sorted([*lists, *watches, f"list /api/v1/namespaces/{namespace}/events"])
