# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whatever JSON a client sends, the simulator answers as Azure would, with success or a refusal: it never breaks and never breaks later.

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.handlers import clusters, credentials, groups, pools
from tests.lab.arm.routing import Call, Router
from tests.lab.arm.tokens import TokenIssuer
from tests.unit.lab.arm_lab import PRINCIPAL, Lab, gpu_pool, system_pool

ROUTER = Router([*pools.ROUTES, *clusters.ROUTES, *credentials.ROUTES, *groups.ROUTES])
GROUP = "/subscriptions/sub/resourcegroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"

LEAVES = (
    st.none() | st.booleans() | st.integers(-2, 2000) | st.floats(allow_nan=False) | st.sampled_from(["", "x", "Spot", "System", "Linux"])
)
ODD = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "name", "nvidia"]), inner, max_size=2)
)
POOL_FIELDS = [
    *gpu_pool(),
    "name",
    "mode",
    "osType",
    "osSKU",
    "osDiskSizeGB",
    "nodeLabels",
    "tags",
    "gpuProfile",
    "orchestratorVersion",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "gpuInstanceProfile",
    "upgradeSettings",
    "powerState",
    "availabilityZones",
    "maxPods",
    "vnetSubnetID",
]
CLUSTER_FIELDS = [
    "agentPoolProfiles",
    "kubernetesVersion",
    "dnsPrefix",
    "networkProfile",
    "nodeResourceGroup",
    "disableLocalAccounts",
    "aadProfile",
    "nodeProvisioningProfile",
]


def changes(fields: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(fields), ODD, max_size=3)


def answer(lab: Lab, method: str, path: str, body: object) -> int:
    """The status of one request, without HTTP; anything but a reply or a refusal is the test's failure."""
    route, params = ROUTER.find(method, path)
    call = Call(
        lab.state,
        TokenIssuer(PRINCIPAL),
        method=method,
        path=path,
        query={},
        headers={},
        body=json.dumps(body).encode(),
        base_url="https://localhost",
        params=params,
    )
    try:
        reply = route.handler(call)
    except ArmError as refusal:
        json.dumps(refusal.body())
        return refusal.status
    json.dumps(reply.body)
    return reply.status


def goes_on(lab: Lab) -> None:
    """Time passes and everything can still be read."""
    lab.advance(400)
    assert answer(lab, "GET", f"{GROUP}/resources", None) == 200
    assert answer(lab, "GET", f"{CLUSTER}/agentPools", None) in {200, 404}
    assert answer(lab, "POST", f"{CLUSTER}/listClusterAdminCredential", None) in {200, 400, 404}
    assert all(view.count >= 0 for view in lab.state.backed_pools())


@given(body=ODD | st.builds(dict, properties=ODD) | changes(POOL_FIELDS).map(lambda odd: {"properties": {**gpu_pool(), **odd}}))
def test_any_pool(body: object) -> None:
    lab = Lab().with_cluster()
    for name in ("gpunp", "nodepool1"):
        assert answer(lab, "PUT", f"{CLUSTER}/agentPools/{name}", body) in {200, 201, 400}
        goes_on(lab)


@given(top=changes(["location", "tags", "identity", "sku"]), properties=changes(CLUSTER_FIELDS), first=changes(POOL_FIELDS))
def test_any_cluster(top: dict[str, Any], properties: dict[str, Any], first: dict[str, Any]) -> None:
    lab = Lab()
    body = {"location": "eastus", "properties": {"dnsPrefix": "aks", "agentPoolProfiles": [system_pool(**first)], **properties}, **top}
    for _again in range(2):
        assert answer(lab, "PUT", CLUSTER, body) in {200, 201, 400}
        goes_on(lab)


@given(method=st.sampled_from(["PUT", "PATCH"]), body=ODD | changes(["location", "tags"]))
def test_any_group(method: str, body: object) -> None:
    lab = Lab()
    assert answer(lab, method, GROUP, body) in {200, 400, 409}
    goes_on(lab)
