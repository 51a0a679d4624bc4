# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tests.lab.arm.errors.gateway import LabControlError
from tests.lab.arm.faults.armed import Faults
from tests.lab.arm.model.aks import ContainerService
from tests.lab.arm.model.monitoring import Monitoring
from tests.lab.arm.model.operations.timeline import CLUSTER_DELETE, GROUP_DELETE, Operation, Operations, Timeline
from tests.lab.arm.model.pools.pool import SPOT, driver_mode, gpu_management, mig_profiles, own_mig_strategy
from tests.lab.arm.model.pools.scale import size_name
from tests.lab.arm.model.resources import DELETING, Cluster, Pool
from tests.lab.arm.model.subscription.groups import ResourceGroups
from tests.lab.arm.model.subscription.registrations import Registrations
from tests.lab.arm.model.subscription.throttle import Throttle
from tests.lab.arm.model.trust import Trust
from tests.lab.clock import LabClock
from tests.lab.device_faults import DeviceFaults
from tests.lab.eras import Era

DEFAULT_PAGE_SIZE = 100
_POLL_MS = 30_000  # what azure-core waits between polls when the service names no interval


@dataclass(frozen=True)
class Principal:
    """The one tenant, subscription and service principal of the lab."""

    tenant_id: str
    subscription_id: str
    client_id: str
    secret: str


@dataclass(frozen=True)
class ClusterBacking:
    """The real control plane behind the first ARM cluster: its address and the certificates for its kubeconfigs."""

    server: str
    ca_pem: bytes
    user_cert_pem: bytes
    user_key_pem: bytes
    admin_cert_pem: bytes
    admin_key_pem: bytes


@dataclass(frozen=True)
class NodePoolView:
    """What the bridge needs to know of one pool: the nodes that exist now, and what they were made from."""

    cluster: str
    resource_group: str
    location: str
    node_resource_group: str
    name: str
    mode: str
    vm_size: str
    count: int
    reimaged: Mapping[int, int]
    os_sku: str
    taints: tuple[str, ...]
    labels: Mapping[str, str]
    kubernetes_version: str
    node_image_version: str
    managed: bool  # AKS runs the device plugin and the exporter as services of the nodes
    serves_gpu_itself: bool
    driver_installed: bool
    max_pods: int
    gpu_instance_profile: str
    mig_strategy: str  # of the device plugin that the nodes bring themselves
    mig_profiles: tuple[str, ...]  # a slice of each on every GPU
    dra: bool  # whether the nodes bring a DRA driver instead of a device plugin
    spot: bool
    autoscaling: bool
    min_count: int
    max_count: int


class ArmState:
    """The state of the simulated Azure, which handlers and the bridge read and change."""

    def __init__(self, *, era: Era, clock: LabClock, principal: Principal, backing: ClusterBacking | None) -> None:
        self.era = era
        self.clock = clock
        self.principal = principal
        self.backing = backing
        self._timeline = Timeline(clock)
        self.operations = Operations(clock, self._timeline)
        self.groups = ResourceGroups()
        self.registrations = Registrations(era=era, clock=clock, timeline=self._timeline)
        self.aks = ContainerService(
            era=era,
            subscription=principal.subscription_id,
            groups=self.groups,
            registrations=self.registrations,
            operations=self.operations,
            backing=backing is not None,
        )
        self.compute = self.aks.compute
        self.faults = Faults()
        self.device_faults = DeviceFaults()
        self.throttle = Throttle(clock)
        self.monitoring = Monitoring()
        self.trust = Trust()
        self.page_size = DEFAULT_PAGE_SIZE
        self.name = "gpuops.aks lab"
        self.subscriptions = {principal.subscription_id: self}
        self._subscribers: list[asyncio.Event] = []

    def add_subscription(self, subscription_id: str, name: str) -> ArmState:
        """Another subscription that the service principal sees, with everything of its own except a control plane."""
        other = ArmState(era=self.era, clock=self.clock, principal=replace(self.principal, subscription_id=subscription_id), backing=None)
        other.name = name
        self.subscriptions[subscription_id] = other
        return other

    def subscription_at(self, path: str) -> ArmState:
        """The subscription that a request is about; the first one if it is about none, or about one that isn't there."""
        parts = path.lower().split("/")
        return self.subscriptions.get(parts[2], self) if parts[1] == "subscriptions" and len(parts) > 2 else self

    def settle(self) -> None:
        """Apply all changes that are due; every reader calls this first."""
        if self._timeline.settle():
            self.changed()

    def changed(self) -> None:
        """Notify subscribers of a change."""
        for event in self._subscribers:
            event.set()

    def subscribe(self) -> asyncio.Event:
        """An event of the caller's own, set whenever the state changed; the caller clears it."""
        event = asyncio.Event()
        self._subscribers.append(event)
        return event

    def seconds_to_next_transition(self) -> float | None:
        """Real seconds until time alone changes something; None where nothing is under way."""
        moment = self._timeline.next_due()
        return None if moment is None else self.clock.real_seconds_until(moment)

    def poll_milliseconds(self) -> int | None:
        """The pace that operation GETs ask for: azure-core's 30 s at the lab's speed; none at speed 1, as in Azure."""
        return max(1, round(_POLL_MS / self.clock.speed)) if self.clock.speed > 1 else None

    def delete_group(self, name: str) -> Operation:
        """Start deleting a resource group and its resources, or join the deletion that runs."""
        group = self.groups.get(name)
        if group.deletion is None:
            group.state = DELETING
            seconds = GROUP_DELETE + (CLUSTER_DELETE if self.aks.cluster_work.delete_all(group) else 0.0)
            group.deletion = self.operations.start(
                location=group.location, seconds=seconds, then=lambda _operation: self.groups.remove(group)
            )
        return group.deletion

    def backed_cluster_exists(self) -> bool:
        """Whether the real control plane stands for an ARM cluster now; false again once its deletion has completed."""
        self.settle()
        return self.aks.backed is not None

    def backed_pools(self) -> list[NodePoolView]:
        """The pools of the backed cluster that have nodes: those that succeeded at least once and are not gone."""
        self.settle()
        cluster = self.aks.backed
        return [] if cluster is None else [_view(cluster, pool) for pool in cluster.pools.values() if pool.applied is not None]

    def reimage(self, pool: str, indexes: Collection[int] | None) -> None:
        """The lab's control API: replace nodes of the backed cluster's pool; all if no index is given."""
        self.settle()
        found = self.aks.backed.find_pool(pool) if self.aks.backed else None
        if found is None:
            raise LabControlError(f"the backed cluster has no pool '{pool}'")
        for index in range(found.nodes) if indexes is None else indexes:
            found.reimaged[index] = found.reimaged.get(index, 0) + 1
        self.changed()

    def autoscale(self, pool: str, count: int) -> None:
        """The cluster autoscaler of the backed cluster wants `count` nodes; ignored while the pool can't be scaled."""
        self.settle()
        if self.aks.pool_work.autoscale(pool, count):
            self.changed()


def _view(cluster: Cluster, pool: Pool) -> NodePoolView:
    applied = pool.applied or {}
    driver, management = gpu_management(applied)
    strategy, profiles = own_mig_strategy(applied), mig_profiles(applied)
    return NodePoolView(
        cluster=cluster.name,
        resource_group=cluster.group.name,
        location=cluster.location,
        node_resource_group=cluster.node_resource_group,
        name=pool.name,
        mode=applied["mode"],
        vm_size=size_name(applied),
        count=pool.nodes,
        reimaged=dict(pool.reimaged),
        os_sku=applied["osSKU"],
        taints=tuple(applied.get("nodeTaints", ())),
        labels=dict(applied.get("nodeLabels", {})),
        kubernetes_version=applied["currentOrchestratorVersion"],
        node_image_version=applied["nodeImageVersion"],
        managed=management == "Managed",
        serves_gpu_itself=pool.image_is_dedicated or management == "Managed",
        driver_installed=driver != "None" or management == "Managed",  # a managed pool gets its driver whatever else was asked
        max_pods=applied["maxPods"],
        gpu_instance_profile=applied.get("gpuInstanceProfile", profiles[0] if strategy == "single" and profiles else ""),
        mig_strategy=strategy,
        mig_profiles=profiles if strategy == "mixed" else (),
        dra=driver_mode(applied) == "DRA",
        spot=applied.get("scaleSetPriority") == SPOT,
        autoscaling=applied["enableAutoScaling"],
        min_count=applied.get("minCount", pool.nodes),
        max_count=applied.get("maxCount", pool.nodes),
    )
