# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A simulated Azure without HTTP, whose clock only moves when a test moves it.

from __future__ import annotations

from typing import Any

from tests.lab.arm.model.pools.pool import CustomHeaders
from tests.lab.arm.model.resources import Cluster, Pool
from tests.lab.arm.state import ArmState, ClusterBacking, Principal
from tests.lab.clock import LabClock
from tests.lab.eras import ERAS

PRINCIPAL = Principal(tenant_id="tenant", subscription_id="sub", client_id="client", secret="secret")
BACKING = ClusterBacking("https://127.0.0.1:6443", b"ca", b"user-cert", b"user-key", b"admin-cert", b"admin-key")
PLAIN = CustomHeaders()
DEDICATED = CustomHeaders(dedicated_gpu_image=True)
GPU_SIZE = {"2021": "Standard_NC6", "2026": "Standard_NC4as_T4_v3"}


def system_pool(**changes: Any) -> dict[str, Any]:
    return {"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System", **changes}


def gpu_pool(era: str = "2026", **changes: Any) -> dict[str, Any]:
    """The pool of the user's article; None takes a field away."""
    pool = {
        "count": 1,
        "vmSize": GPU_SIZE[era],
        "enableAutoScaling": True,
        "minCount": 1,
        "maxCount": 3,
        "nodeTaints": ["sku=gpu:NoSchedule"],
        **changes,
    }
    return {name: value for name, value in pool.items() if value is not None}


class Lab:
    """An ArmState with the calls that tests make most; one cluster `aks` in group `rg` where asked for."""

    def __init__(self, era: str = "2026", *, speed: float = 60.0, backing: ClusterBacking | None = BACKING) -> None:
        self.era = era
        self.clock = LabClock(speed, monotonic=lambda: 0.0)
        self.state = ArmState(era=ERAS[era], clock=self.clock, principal=PRINCIPAL, backing=backing)
        self.state.groups.put("rg", location="eastus", tags={})

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.state.settle()

    def put_cluster(
        self, name: str = "aks", *, headers: CustomHeaders = PLAIN, pools: list[dict[str, Any]] | None = None, **body: Any
    ) -> Cluster:
        properties = {"dnsPrefix": name, "agentPoolProfiles": [system_pool()] if pools is None else pools}
        body = {"location": "eastus", **body, "properties": {**properties, **body.get("properties", {})}}
        return self.state.aks.cluster_work.put("rg", name, body=body, headers=headers).cluster

    def with_cluster(self) -> Lab:
        self.put_cluster()
        self.advance(322)
        return self

    def put_pool(self, name: str = "gpunp", *, headers: CustomHeaders = PLAIN, **changes: Any) -> Pool:
        return self.put_raw_pool(gpu_pool(self.era, **changes), name=name, headers=headers)

    def put_raw_pool(self, requested: dict[str, Any], *, name: str = "gpunp", headers: CustomHeaders = PLAIN) -> Pool:
        return self.state.aks.pool_work.put("rg", "aks", name, requested=requested, headers=headers).pool

    def with_pool(self, **changes: Any) -> Lab:
        self.put_pool(**changes)
        self.advance(273)
        return self

    def pool(self, name: str = "gpunp") -> Pool:
        return self.state.aks.pool("rg", "aks", name)[1]

    def nodes(self) -> dict[str, int]:
        """How many nodes each pool has now."""
        return {view.name: view.count for view in self.state.backed_pools()}

    def register_feature(self, name: str = "GPUDedicatedVHDPreview") -> None:
        self.state.registrations.register_feature("Microsoft.ContainerService", name)
        self.advance(300)
        self.state.registrations.register_provider("Microsoft.ContainerService")
