# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the lab's server that plays the GPU Operator, where the lab's chart has been installed; idle everywhere else."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import aiohttp

from tests.lab import pods
from tests.lab.arm.state import ArmState
from tests.lab.device_faults import DRIVER_UPGRADE_FAILED, PRUNE_HANGS
from tests.lab.gpu_operator.controller import Controller
from tests.lab.gpu_operator.kubelet import OperatorKubelet, faults_of
from tests.lab.gpu_operator.marks import CONTROLLER, LABEL, NFD_PRUNE, part_of
from tests.lab.gpu_operator.nfd_master import NfdMaster, Program
from tests.lab.gpu_operator.node_feature_worker import NodeFeatureWorkers
from tests.lab.kubeapi import ApiError, KubeApi, Mirror, Object
from tests.lab.waiting import any_of

# The pods that the lab plays itself.
PODS = f"/api/v1/pods?labelSelector={LABEL}"
# Time alone changes what they show, and ClusterPolicies and DaemonSets are not watched.
_POLL_S = 0.3
_RETRY_S = 0.2

_log = logging.getLogger(__name__)


class GpuOperator:
    """Follows the chart's pods: the kubelets of all, and the controller for as long as its own pod runs."""

    def __init__(self, api: KubeApi, state: ArmState, *, pods: Mirror, nodes: Mirror, program: Program) -> None:
        self._state = state
        self._pods = pods
        self._nodes = nodes
        self._nfd = NfdMaster(program)
        self._workers = NodeFeatureWorkers(api, state.era)
        self._controller = Controller(api, self._fails_to_upgrade)
        self.kubelet = OperatorKubelet(api, state, self._nfd)

    def _fails_to_upgrade(self, node: Object) -> bool:
        return DRIVER_UPGRADE_FAILED in faults_of(node, self._state)

    async def run(self) -> None:
        """Follows them for ever; ends the processes that it has started when it is cancelled."""
        await asyncio.gather(self._pods.synced.wait(), self._nodes.synced.wait())
        events = (self._pods.subscribe(), self._nodes.subscribe(), self._state.subscribe())
        try:
            while True:
                for event in events:
                    event.clear()
                await self._follow(list(self._pods), list(self._nodes))
                await any_of(events, timeout_s=_POLL_S if list(self._pods) else None)
        finally:
            await self._nfd.end()

    async def _follow(self, marked: list[Object], nodes: list[Object]) -> None:
        try:
            hanging = {node["metadata"]["name"] for node in nodes if PRUNE_HANGS in faults_of(node, self._state)}
            await self._nfd.follow([pod for pod in marked if part_of(pod) != NFD_PRUNE or pod["spec"].get("nodeName") not in hanging])
            await self._kubelet_and_controller(marked, nodes)
        except ApiError as error:
            # What is changed may be gone, or another one, since it was heard of.
            if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                _log.warning("trying again: %s", error)
            await asyncio.sleep(_RETRY_S)
        except aiohttp.ClientError as error:
            _log.warning("trying again: %s", error)
            await asyncio.sleep(_RETRY_S)

    async def _kubelet_and_controller(self, marked: list[Object], nodes: list[Object]) -> None:
        await self.kubelet.play(marked, nodes)
        await self._workers.publish(marked, nodes)
        for pod in marked:
            if part_of(pod) == CONTROLLER and pods.is_serving(pod):
                await self._controller.reconcile(pod["metadata"]["namespace"], nodes, marked)
