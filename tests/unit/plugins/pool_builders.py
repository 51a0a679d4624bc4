# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agent pools as Azure returns them and as users want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool, PoolPlan, plan_pool

from .builders import SKU_TAINT, Json

SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
MARK = {"gpuops-aks-created": "true"}
ARTICLE: Json = {
    "vmSize": "Standard_NC6",
    "count": 1,
    "enableAutoScaling": True,
    "minCount": 1,
    "maxCount": 3,
    "nodeTaints": [SKU_TAINT],
}


def live_pool(**changes: Any) -> Json:
    """An agent pool as Azure returns it once it is made; None takes a field away."""
    properties = {
        "count": 1,
        "vmSize": "Standard_NC6",
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "maxPods": 110,
        "type": "VirtualMachineScaleSets",
        "enableAutoScaling": False,
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "orchestratorVersion": "1.20.7",
        "currentOrchestratorVersion": "1.20.7",
        "mode": "User",
        "osType": "Linux",
        "osSKU": "Ubuntu",
        "nodeImageVersion": "AKSUbuntu-1804gen2containerd-2021.07.17",
        "upgradeSettings": {"maxSurge": "33%"},
        **changes,
    }
    return {"id": "/…/agentPools/gpunp", "name": "gpunp", "properties": {k: v for k, v in properties.items() if v is not None}}


def autoscaled(**changes: Any) -> Json:
    return live_pool(**{"enableAutoScaling": True, "minCount": 1, "maxCount": 3, **changes})


def desired(tags: Mapping[str, str | None] | None = None, **properties: Any) -> DesiredPool:
    return DesiredPool("gpunp", properties if tags is None else {**properties, "tags": tags})


def plan(pool: DesiredPool, live: Json | None) -> PoolPlan:
    return plan_pool(pool, live, created_tags=MARK)


PATCHES = {"1.20": "1.20.9", "1.21": "1.21.1"}


def azure_applies(body: Mapping[str, Any]) -> Json:
    """What Azure answers to a GET after this PUT: nulls and empty lists dropped, taints in its own order, the pool in order again.

    A stopped pool has no nodes.
    """
    kept = {name: value for name, value in body["properties"].items() if value not in (None, [])}
    for name in ("nodeTaints", "availabilityZones"):
        if name in kept:
            kept[name] = list(reversed(kept[name]))
    if (kept.get("powerState") or {}).get("code") == "Stopped":
        kept["count"] = 0
    version = kept.get("orchestratorVersion", "")
    if not kept.get("currentOrchestratorVersion", "").startswith(f"{version}."):
        kept["currentOrchestratorVersion"] = PATCHES.get(version, version) or "1.20.7"
    return {"id": "/…", "name": "gpunp", "properties": {**kept, "provisioningState": "Succeeded"}}
