# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that knows both halves of the lab: agent pools in ARM become nodes in Kubernetes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from tests.lab import autoscaler, devices, nodes, pods, resource_slices
from tests.lab.arm.state import ArmState, NodePoolView
from tests.lab.device_faults import RUNTIME_LOST
from tests.lab.emptying import empty
from tests.lab.eras import Era
from tests.lab.gpu_operator.host import driven
from tests.lab.kubeapi import ApiError, KubeApi, Mirror, Object
from tests.lab.services import Services, conditions_patch, services
from tests.lab.waiting import any_of

_RETRY_S = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """The changes that bring the nodes in line with the pools."""

    create: tuple[Object, ...]
    delete: tuple[str, ...]
    update: tuple[tuple[str, Object], ...]
    update_status: tuple[tuple[str, Object], ...]
    update_conditions: tuple[tuple[str, Object], ...] = ()


def plan(
    pools: Sequence[NodePoolView],
    current_nodes: Sequence[Object],
    current_pods: Sequence[Object],
    *,
    era: Era,
    subscription: str,
    services_of: Mapping[str, Services],
    without_runtime: Collection[str] = (),
) -> Plan:
    """Compares pools and nodes; nodes that the bridge did not create are left alone.

    services_of: by node, of those of managed pools. without_runtime: nodes on which what the operator's toolkit has configured is lost.
    """
    wanted = {nodes.node_name(pool, index): pool for pool in pools for index in range(pool.count)}
    current = {item["metadata"]["name"]: item for item in current_nodes}
    kept = _kept(wanted, current)
    addresses = nodes.free_addresses(current_nodes)
    missing = {name: pool for name, pool in wanted.items() if name not in current}
    driven_by_operator = driven(current_pods).difference(without_runtime)
    plugins = _serving_plugins(current_pods)
    return Plan(
        create=tuple(nodes.node(pool, name, address=next(addresses), era=era, subscription=subscription) for name, pool in missing.items()),
        delete=tuple(_outdated(current, kept)),
        update=tuple(_node_updates(kept, current, era)),
        update_status=tuple(_gpu_updates(kept, current, plugins, era, services_of=services_of, driven_by_operator=driven_by_operator)),
        update_conditions=tuple(_condition_updates(kept, current, services_of)),
    )


def _kept(wanted: Mapping[str, NodePoolView], current: Mapping[str, Object]) -> dict[str, NodePoolView]:
    """The nodes that are up to date with their pool, by name."""
    return {name: pool for name, pool in wanted.items() if name in current and nodes.is_of(current[name], pool)}


def _serving_plugins(current_pods: Sequence[Object]) -> dict[str | None, Object]:
    """The device plugins that serve their kubelet, by node."""
    return {pod["spec"].get("nodeName"): pod for pod in current_pods if pods.is_device_plugin(pod) and pods.is_serving(pod)}


def _outdated(current: Mapping[str, Object], kept: Collection[str]) -> Iterator[str]:
    """The bridge's own nodes that no pool wants any more, or wants to be made anew."""
    for name, node in current.items():
        if name not in kept and nodes.APPLIED_ANNOTATION in node["metadata"].get("annotations", {}):
            yield name


def _node_updates(kept: Mapping[str, NodePoolView], current: Mapping[str, Object], era: Era) -> Iterator[tuple[str, Object]]:
    for name, pool in kept.items():
        patch = nodes.node_update(current[name], pool, era=era)
        if patch:
            yield name, patch


def _condition_updates(
    kept: Collection[str], current: Mapping[str, Object], services_of: Mapping[str, Services]
) -> Iterator[tuple[str, Object]]:
    for name in kept:
        patch = conditions_patch(current[name], services_of[name]) if name in services_of else None
        if patch:
            yield name, patch


def _gpu_updates(
    kept: Mapping[str, NodePoolView],
    current: Mapping[str, Object],
    plugins: Mapping[str | None, Object],
    era: Era,
    *,
    services_of: Mapping[str, Services],
    driven_by_operator: Collection[str],
) -> Iterator[tuple[str, Object]]:
    for name, pool in kept.items():
        size = nodes.size_of(pool, era)
        has_driver = pool.driver_installed or name in driven_by_operator
        strategy = _mig_strategy(pool, plugins.get(name), services_of.get(name), has_driver=has_driver)
        offered = devices.registered(size, slices=nodes.slices_of(pool, era), strategy=strategy) if size.gpus and strategy else {}
        patch = devices.status_patch(current[name], offered)
        if patch:
            yield name, patch


def _mig_strategy(pool: NodePoolView, plugin: Object | None, of_node: Services | None, *, has_driver: bool) -> str:
    """The MIG strategy of the device plugin on a node of the pool; "" if there is none."""
    if pool.dra or (of_node is not None and not of_node.plugin_runs):
        return ""
    if pool.serves_gpu_itself:
        return pool.mig_strategy
    return pods.mig_strategy(plugin) if plugin is not None and has_driver else ""


class Bridge:
    """Keeps the real control plane in step with the simulated Azure."""

    def __init__(self, api: KubeApi, state: ArmState, *, pods: Mirror, nodes: Mirror) -> None:
        self._api = api
        self._state = state
        self._pods = pods
        self._nodes = nodes
        self._stood = False
        self._gone: set[str] = set()
        self._published: set[str] = set()  # nodes, by their UIDs, of which the DRA driver has told
        self._made: dict[str, datetime] = {}  # nodes of managed pools, by simulated time
        self._next_change_s: float | None = None
        self._of_nodes: dict[str, Services] = {}  # the services of the nodes of managed pools

    def exporter_runs(self, node: str) -> bool:
        """Whether AKS runs a DCGM exporter as a service of the node, and it has started."""
        return node in self._of_nodes and self._of_nodes[node].exporter_runs

    async def run(self) -> None:
        """Reconciles at every change on either side, and when time alone brings one."""
        await asyncio.gather(self._pods.synced.wait(), self._nodes.synced.wait())
        events = (self._state.subscribe(), self._pods.subscribe(), self._nodes.subscribe())
        while True:
            for event in events:
                event.clear()
            try:
                await self._reconcile()
            except (aiohttp.ClientError, ApiError) as error:
                _log.warning("trying again: %s", error)
                await asyncio.sleep(_RETRY_S)
                continue
            await any_of(events, timeout_s=self._seconds_to_next_moment())

    async def _reconcile(self) -> None:
        stands = self._state.backed_cluster_exists()
        if self._stood and not stands:
            await empty(self._api)
        self._stood = stands
        pools, current_nodes, current_pods = self._state.backed_pools(), list(self._nodes), list(self._pods)
        await self._apply(
            plan(
                pools,
                current_nodes,
                current_pods,
                era=self._state.era,
                subscription=self._state.principal.subscription_id,
                services_of=self._services(pools),
                without_runtime=self._without_runtime(pools),
            )
        )
        await self._publish(pools, current_nodes)
        await self._remove_stranded(current_pods)
        for pool, count in autoscaler.scale_ups(pools, current_nodes, current_pods, era=self._state.era):
            _log.info("autoscaler: pool %s to %d nodes", pool, count)
            self._state.autoscale(pool, count)

    def _without_runtime(self, pools: Sequence[NodePoolView]) -> list[str]:
        faults = self._state.device_faults
        wanted = {nodes.node_name(pool, index): pool.name for pool in pools for index in range(pool.count)}
        return [name for name, pool in wanted.items() if RUNTIME_LOST in faults.of_node(node=name, pool=pool)]

    def _services(self, pools: Sequence[NodePoolView]) -> dict[str, Services]:
        """The services of the nodes of managed pools as they are now."""
        now, faults = self._state.clock.now(), self._state.device_faults
        wanted = {nodes.node_name(pool, index): pool.name for pool in pools if pool.managed for index in range(pool.count)}
        self._made = {name: self._made.get(name, now) for name in wanted}
        found = {
            name: services((now - self._made[name]).total_seconds(), faults.of_node(node=name, pool=pool)) for name, pool in wanted.items()
        }
        self._of_nodes = found
        changes = [each.next_change_s for each in found.values() if each.next_change_s is not None]
        self._next_change_s = min(changes, default=None)
        return found

    def _seconds_to_next_moment(self) -> float | None:
        """Real seconds until time alone changes a pool, or the services of a node; None if it changes nothing."""
        services_s = None if self._next_change_s is None else self._next_change_s / self._state.clock.speed
        known = [each for each in (self._state.seconds_to_next_transition(), services_s) if each is not None]
        return min(known, default=None)

    async def _apply(self, decided: Plan) -> None:
        self._gone |= set(decided.delete)
        for name in decided.delete:
            self._made.pop(name, None)
        self._gone -= {item["metadata"]["name"] for item in decided.create}
        await asyncio.gather(
            *(self._create(item) for item in decided.create),
            *(self._api.delete(f"/api/v1/nodes/{name}") for name in decided.delete),
            *(self._api.merge(f"/api/v1/nodes/{name}", patch) for name, patch in decided.update),
            *(self._api.merge(f"/api/v1/nodes/{name}/status", patch) for name, patch in decided.update_status),
            *(self._api.merge_by_key(f"/api/v1/nodes/{name}/status", patch) for name, patch in decided.update_conditions),
        )

    async def _create(self, item: Object, path: str = "/api/v1/nodes") -> None:
        try:
            await self._api.create(path, item)
        except ApiError as error:
            if not error.already_exists:
                raise

    async def _publish(self, pools: Sequence[NodePoolView], current_nodes: Sequence[Object]) -> None:
        """Publishes the devices of new nodes that bring a DRA driver; the garbage collector removes them with their node."""
        by_name = {item["metadata"]["name"]: item for item in current_nodes}
        for pool in filter(lambda each: each.dra, pools):
            for index in range(pool.count):
                node = by_name.get(nodes.node_name(pool, index))
                if node is not None and node["metadata"]["uid"] not in self._published:
                    await self._create(resource_slices.resource_slice(node, nodes.size_of(pool, self._state.era)), resource_slices.PATH)
                    self._published.add(node["metadata"]["uid"])

    async def _remove_stranded(self, current_pods: Sequence[Object]) -> None:
        """Takes away the pods of nodes that are gone, which no kubelet is left to do; Kubernetes itself would wait for minutes."""
        stranded = [pod["metadata"] for pod in current_pods if pod["spec"].get("nodeName") in self._gone]
        paths = [f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}" for metadata in stranded]
        await asyncio.gather(*(self._api.delete(path, {"gracePeriodSeconds": 0}) for path in paths))
