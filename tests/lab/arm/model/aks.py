# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from tests.lab.arm.model.admission import Admission
from tests.lab.arm.model.clusters.work import ClusterWork
from tests.lab.arm.model.compute.limits import Compute
from tests.lab.arm.model.operations.timeline import Operations
from tests.lab.arm.model.pools.work import PoolWork
from tests.lab.arm.model.store import Clusters
from tests.lab.arm.model.subscription.groups import ResourceGroups
from tests.lab.arm.model.subscription.registrations import Registrations
from tests.lab.eras import Era


class ContainerService(Clusters):
    """Managed clusters and agent pools, and the operations on them."""

    def __init__(
        self, *, era: Era, subscription: str, groups: ResourceGroups, registrations: Registrations, operations: Operations, backing: bool
    ) -> None:
        super().__init__(era=era, groups=groups, backing=backing)
        self.compute = Compute(era=era, machines=self.machines)
        self.admission = Admission(era=era, subscription=subscription, registrations=registrations, compute=self.compute)
        self.pool_work = PoolWork(self, era=era, groups=groups, admission=self.admission, operations=operations)
        self.cluster_work = ClusterWork(self, era=era, groups=groups, admission=self.admission, operations=operations)
