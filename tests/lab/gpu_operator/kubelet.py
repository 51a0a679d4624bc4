# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the kubelets of the nodes on which the operator's pods run: status, events and logs of the pods, and what they do to the node."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.lab.arm.state import ArmState
from tests.lab.device_faults import PRUNE_HANGS
from tests.lab.gpu_operator import marks
from tests.lab.gpu_operator.cuda import cuda_validator
from tests.lab.gpu_operator.faults import stops_containerd
from tests.lab.gpu_operator.host import STOPPED, Host, host
from tests.lab.gpu_operator.nfd_master import NfdMaster
from tests.lab.gpu_operator.node_labels import DRIVER_LABEL, PREINSTALLED
from tests.lab.gpu_operator.operands import DRIVER
from tests.lab.gpu_operator.pod_progress import asks_for_cuda, pod_state
from tests.lab.gpu_operator.pod_states import PodState, status
from tests.lab.kubeapi import ApiError, KubeApi, Object
from tests.lab.nodes import node_name
from tests.lab.podreports import PodReports
from tests.lab.podstatus import ENDED

_POOL_LABEL = "agentpool"
_FIRST_ADDRESS = 128
_DOWN = "container runtime is down, container runtime not ready: RuntimeReady=false"


@dataclass
class _Played:
    """A pod since it was first seen on its node, by simulated time, its address, and what it shows."""

    since: datetime
    reports: PodReports
    address: str
    shown: PodState | None = None


class OperatorKubelet:
    """Plays the pods that carry the lab's mark; KWOK leaves them alone until they are deleted."""

    def __init__(self, api: KubeApi, state: ArmState, nfd: NfdMaster) -> None:
        self._api = api
        self._state = state
        self._nfd = nfd
        self._played: dict[str, _Played] = {}
        self._logs: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def log(self, namespace: str, pod: str, container: str) -> tuple[str, ...] | None:
        """What the container has written; None if it is not played here."""
        return self._logs.get((namespace, pod, container))

    async def play(self, marked: Sequence[Object], nodes: Iterable[Object]) -> None:
        """Lets each pod show what its node makes of it."""
        by_name = {node["metadata"]["name"]: node for node in nodes}
        on_node: dict[str, list[Object]] = defaultdict(list)
        for pod in marked:
            if pod["spec"].get("nodeName") in by_name and "deletionTimestamp" not in pod["metadata"]:
                on_node[pod["spec"]["nodeName"]].append(pod)
        self._forget({pod["metadata"]["uid"] for pods in on_node.values() for pod in pods})
        drivers = self._nodes_with_driver()
        for name, pods in on_node.items():
            node = by_name[name]
            found = host(node, pods, brings_driver=name in drivers, faults=faults_of(node, self._state))
            await asyncio.gather(*(self._play(pod, node, found, pods) for pod in pods))

    def _forget(self, present: set[str]) -> None:
        self._played = {uid: played for uid, played in self._played.items() if uid in present}

    def _nodes_with_driver(self) -> set[str]:
        pools = [pool for pool in self._state.backed_pools() if pool.driver_installed]
        return {node_name(pool, index) for pool in pools for index in range(pool.count)}

    async def _play(self, pod: Object, node: Object, found: Host, pods: Sequence[Object]) -> None:
        phase = pod["status"].get("phase")
        if phase in ENDED or (found.stopped and phase == "Running"):
            return
        now, uid = self._state.clock.now(), pod["metadata"]["uid"]
        if uid not in self._played:
            self._played[uid] = _Played(now, PodReports(self._api, pod), self._free_address(node))
        played = self._played[uid]
        shown = self._state_of(pod, found, (now - played.since).total_seconds())
        if shown != played.shown or (_is_ready(pod) != shown.ready and _is_ready(node)):
            await self._show(pod, node, shown, played)
        await self._act(pod, shown, node, found, pods)

    def _free_address(self, node: Object) -> str:
        """An address of the node's pod network, of the half that KWOK reaches last; "" on a node without such a network."""
        network = node["spec"].get("podCIDR", "").rpartition(".")[0]
        taken = {played.address for played in self._played.values()}
        candidates = (f"{network}.{number}" for number in range(_FIRST_ADDRESS, 255)) if network else ()
        return next((address for address in candidates if address not in taken), "")

    def _state_of(self, pod: Object, found: Host, age_s: float) -> PodState:
        part = marks.part_of(pod)
        if part == marks.NFD_MASTER:
            return PodState(0, ready=self._nfd.runs(pod))
        if part == marks.NFD_PRUNE and PRUNE_HANGS not in found.faults:
            return PodState(0, ended="Succeeded" if self._nfd.has_pruned(pod) else "")
        return pod_state(pod, found, age_s=age_s, handler=pod["spec"].get("runtimeClassName", ""))

    async def _show(self, pod: Object, node: Object, shown: PodState, played: _Played) -> None:
        played.shown = shown
        metadata, spec = pod["metadata"], pod["spec"]
        names = [each["name"] for each in (*(spec.get("initContainers") or ()), *spec["containers"])]
        self._logs[(metadata["namespace"], metadata["name"], names[shown.at])] = shown.log
        addresses = node["status"].get("addresses", ())
        address = next((each["address"] for each in addresses if each["type"] == "InternalIP"), "")
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        await played.reports.status(status(pod, shown, now=now, host_ip=address, pod_ip=played.address))
        if shown.event is not None:
            await played.reports.warning(*shown.event)

    async def _act(self, pod: Object, shown: PodState, node: Object, found: Host, pods: Sequence[Object]) -> None:
        """What the pod does to its node, or has done there."""
        path = f"/api/v1/nodes/{node['metadata']['name']}"
        if _finds_driver(pod, node, found):
            await self._api.merge(path, {"metadata": {"labels": {DRIVER_LABEL: PREINSTALLED}}})
        if asks_for_cuda(pod, shown) and marks.CUDA_VALIDATOR not in map(marks.part_of, pods):
            await self._make(cuda_validator(pod))
        if _stops_containerd(pod, shown, found):
            await self._api.merge(path, {"metadata": {"annotations": {STOPPED: "true"}}})
            down = {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": _DOWN}
            await self._api.merge_by_key(f"{path}/status", {"status": {"conditions": [down]}})

    async def _make(self, pod: Object) -> None:
        try:
            await self._api.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods", pod)
        except ApiError as error:
            # Of the same name: it is there, and only not heard of yet.
            if not error.already_exists:
                raise


def _finds_driver(pod: Object, node: Object, found: Host) -> bool:
    """Whether the pod of the operator's driver has found that of AKS, and not said so yet."""
    is_told = node["metadata"]["labels"].get(DRIVER_LABEL) == PREINSTALLED
    return marks.part_of(pod) == DRIVER.name and found.brings_driver and not is_told


def _stops_containerd(pod: Object, shown: PodState, found: Host) -> bool:
    environment = {each["name"]: each.get("value", "") for each in pod["spec"]["containers"][0].get("env", ())}
    at_main = shown.at >= len(pod["spec"].get("initContainers") or ())
    return at_main and not found.stopped and stops_containerd(marks.part_of(pod), found.faults, environment)


def faults_of(node: Object, state: ArmState) -> frozenset[str]:
    """The faults of what a node runs."""
    metadata = node["metadata"]
    return state.device_faults.of_node(node=metadata["name"], pool=metadata.get("labels", {}).get(_POOL_LABEL, ""))


def _is_ready(item: Mapping[str, Any]) -> bool:
    conditions = {each["type"]: each["status"] for each in item["status"].get("conditions", ())}
    return conditions.get("Ready") == "True"
