# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/azure-rights.md is exact: the requests that each step sends take these actions, and no other.

An action follows from a request by Azure Resource Manager's rule; Microsoft's list of permissions has all that appear here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as AKS_CLUSTER
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.operation import OPERATION as CREDENTIALS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.inventory import OPERATION as INVENTORY
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION as METRICS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight.operation import OPERATION as PREFLIGHT
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, Sent

PAGE = Path(__file__).parents[3] / "docs" / "azure-rights.md"
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
WHERE = {"resource_group": GROUP, "cluster": CLUSTER}
POOL = {**WHERE, "name": "gpunp", "vm_size": SIZE}


def action(request: Sent) -> str:
    """The action that a request takes: the provider, the types of what it names, and what is done with it."""
    scope, named, rest = request.path.rpartition("/providers/")
    provider, *names = (rest if named else f"Microsoft.Resources{request.path}").split("/")
    if names in ([], ["register"]):  # of a provider as a whole
        return "/".join([provider, *names, "action"] if names else ["Microsoft.Resources", "subscriptions", "providers", "read"])
    if scope.endswith("/providers/Microsoft.Features"):
        provider, names = "Microsoft.Features", ["providers", provider, *names]
    verb = f"{names.pop()}/action" if request.method == "POST" else _VERBS[request.method]
    return "/".join([provider, *names[::2], verb]).replace("resourcegroups", "resourceGroups")


def taken(requests: Iterable[Sent]) -> set[str]:
    return {action(request) for request in requests if request.path.startswith("/subscriptions/")}


def written() -> dict[str, set[str]]:
    """The page's actions, by step."""
    found = re.findall(r"^## (\S+)\n.*?^```text\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return {step: set(actions.split()) for step, actions in found}


def register(azure: Azure, _home: Path) -> None:
    azure.run(FEATURE, features=["ManagedGPUExperiencePreview"])


def group(azure: Azure, _home: Path) -> None:
    azure.make_group()


def preflight(azure: Azure, _home: Path) -> None:
    azure.run(PREFLIGHT, **POOL, kubernetes_version="1.34")


def cluster(azure: Azure, home: Path) -> None:
    azure.run(AKS_CLUSTER, resource_group=GROUP, name=CLUSTER, location="eastus")
    azure.run(CREDENTIALS, **WHERE, path=str(home / "config"))


def pool(azure: Azure, _home: Path) -> None:
    azure.run(NODEPOOL, **POOL)
    azure.run(NODEPOOL, **POOL, node_labels={"team": "a"})
    azure.site.state.aks.admission.node_image_release = "202612.01.0"
    azure.run(NODEPOOL, **POOL, upgrade_node_image=True)


def monitored(azure: Azure, _home: Path) -> None:
    azure.run(AKS_CLUSTER, resource_group=GROUP, name=CLUSTER, location="eastus")
    cluster = azure.site.state.aks.cluster(GROUP, CLUSTER)
    cluster.document["properties"]["azureMonitorProfile"] = {"metrics": {"enabled": True}, "containerInsights": {"enabled": True}}


def metrics(azure: Azure, _home: Path) -> None:
    """The workspace tells no endpoint here, and the preset has no GPUs, so that no query is sent."""
    assert azure.refused(METRICS, **WHERE, source="prometheus").code == "NoMonitorWorkspace"
    assert azure.refused(METRICS, **WHERE, source="container_insights").code == "InsightsMetricsNotCollected"


def inventory(azure: Azure, _home: Path) -> None:
    azure.run(INVENTORY)


def teardown(azure: Azure, _home: Path) -> None:
    azure.run(NODEPOOL, **POOL, state="absent", created_only=True)
    azure.run(AKS_CLUSTER, resource_group=GROUP, name=CLUSTER, state="absent", created_only=True)


Step = Callable[[Azure, Path], None]
STEPS: dict[str, tuple[Step, ...]] = {
    "register": (register,),
    "preflight": (group, preflight),
    "cluster": (cluster,),
    "pool": (cluster, pool),
    "metrics": (monitored, metrics),
    "inventory": (cluster, inventory),
    "teardown": (cluster, pool, teardown),
}


@pytest.mark.parametrize("name", STEPS)
def test_actions_of_a_step_match_the_page(azure: Azure, tmp_path: Path, name: str) -> None:
    *before, step = STEPS[name]
    for earlier in before:
        earlier(azure, tmp_path)
    with azure.requests() as sent:
        step(azure, tmp_path)
    assert taken(sent) == written()[name]


def test_page_has_no_other_step() -> None:
    assert set(written()) == set(STEPS)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/subscriptions/s", "Microsoft.Resources/subscriptions/read"),
        ("PUT", "/subscriptions/s/resourcegroups/g", "Microsoft.Resources/subscriptions/resourceGroups/write"),
        ("GET", "/subscriptions/s/providers/Microsoft.ContainerService", "Microsoft.Resources/subscriptions/providers/read"),
        ("POST", "/subscriptions/s/providers/Microsoft.ContainerService/register", "Microsoft.ContainerService/register/action"),
        ("GET", "/subscriptions/s/providers/Microsoft.Features/providers/p/features/f", "Microsoft.Features/providers/features/read"),
        ("DELETE", "/subscriptions/s/resourceGroups/g/providers/p/managedClusters/c/agentPools/a", "p/managedClusters/agentPools/delete"),
        ("POST", "/subscriptions/s/resourceGroups/g/providers/p/managedClusters/c/stop", "p/managedClusters/stop/action"),
        ("GET", "/subscriptions/s/providers/p/locations/l/operations/o", "p/locations/operations/read"),
    ],
)
def test_the_rule(method: str, path: str, expected: str) -> None:
    assert action(Sent(method, path, {}, 200)) == expected
