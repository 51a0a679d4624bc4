# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet of all the lab's nodes, for pods with a stand-in program: starts them, reports their status, ends them."""

from __future__ import annotations

import asyncio

from tests.lab import containers, devices
from tests.lab.containers import ThisMachine
from tests.lab.device_manager import DeviceManager
from tests.lab.eras import Era
from tests.lab.kubeapi import KubeApi, Mirror, Object
from tests.lab.nodes import INSTANCE_TYPE_LABEL
from tests.lab.podrun import ContainerLogs, Host, PodRun

_DEFAULT_GRACE_S = 30


class Kubelet:
    """Runs the pods that are bound to any node and have an image in the lab's table."""

    def __init__(self, api: KubeApi, *, pods: Mirror, nodes: Mirror, era: Era, manager: DeviceManager, machine: ThisMachine) -> None:
        self._api = api
        self._manager = manager
        self._machine = machine
        self._pods = pods
        self._nodes = nodes
        self._era = era
        self._runs: dict[str, PodRun] = {}

    def logs(self, namespace: str, pod: str, container: str) -> ContainerLogs | None:
        """The logs of a container that runs or ran here; None if KWOK simulates its pod or the container does not exist."""
        found = (run for run in self._runs.values() if (run.namespace, run.name) == (namespace, pod))
        run = next(found, None)
        return run.logs.get(container) if run else None

    def knows(self, namespace: str, pod: str) -> bool:
        """Whether there is such a pod, on any node."""
        return any((each["metadata"]["namespace"], each["metadata"]["name"]) == (namespace, pod) for each in self._pods)

    async def run(self) -> None:
        """Follows the pods for ever; ends all processes when it is cancelled."""
        changed = self._pods.subscribe()
        # A pod may be heard of before the node that it is bound to: they come by two watches.
        self._nodes.subscribe(changed)
        try:
            while True:
                self._sync()
                await changed.wait()
                changed.clear()
        finally:
            await asyncio.gather(*(run.abandon() for run in self._runs.values()))

    def _sync(self) -> None:
        # First, because their devices may be those of a pod that is new.
        for uid in [uid for uid in self._runs if self._pods.get(uid) is None]:
            # Deleted by force, or with its node: nobody is left to report to.
            self._runs.pop(uid).cancel()
        for pod in self._pods:
            if pod["spec"].get("nodeName") and containers.runs_here(pod):
                self._sync_pod(pod)

    def _sync_pod(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if uid not in self._runs:
            if pod["status"].get("phase") != "Pending":
                return
            node = next((node for node in self._nodes if node["metadata"]["name"] == pod["spec"]["nodeName"]), None)
            if node is None or not devices.known(pod, node):
                return
            self._runs[uid] = PodRun(self._api, pod, self._host(node))
        if "deletionTimestamp" in pod["metadata"]:
            self._runs[uid].delete(pod["metadata"].get("deletionGracePeriodSeconds", _DEFAULT_GRACE_S))

    def _host(self, node: Object) -> Host:
        size = self._era.size(node["metadata"]["labels"].get(INSTANCE_TYPE_LABEL, ""))
        return Host(node, size, self._manager, self._machine)
