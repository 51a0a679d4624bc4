# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one pod on one of the lab's nodes: its containers' processes, their logs, and its status in the API."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tests.lab import containers, podstatus, podvolumes, variables
from tests.lab.containerprocess import ContainerProcess
from tests.lab.containers import ThisMachine
from tests.lab.device_manager import AdmissionError, DeviceManager
from tests.lab.eras import VmSize
from tests.lab.kubeapi import KubeApi, Object
from tests.lab.podlogs import ContainerLog
from tests.lab.podreports import PodReports
from tests.lab.podstatus import Container, Running, Terminated, Waiting
from tests.lab.volumes import PodDirectory

_START_ERROR = 128
_SIGNAL_BASE = 128

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Host:
    """What a pod runs on: its node's object and size, the devices, and the machine behind all nodes of the lab."""

    node: Object
    size: VmSize | None
    devices: DeviceManager
    machine: ThisMachine

    @property
    def address(self) -> str:
        """The node's address in the virtual network."""
        addresses = self.node["status"].get("addresses", [])
        return next((item["address"] for item in addresses if item["type"] == "InternalIP"), "")


class ContainerLogs:
    """The log of a container's present run and of the one before."""

    def __init__(self) -> None:
        self.current: ContainerLog | None = None
        self.previous: ContainerLog | None = None
        self.waiting = "ContainerCreating"

    def begin(self) -> ContainerLog:
        """A new run: its log is the current one from here on."""
        self.previous, self.current = self.current, ContainerLog()
        return self.current


class PodRun:
    """One pod from its binding to its removal."""

    def __init__(self, api: KubeApi, pod: Object, host: Host) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        self.namespace: str = metadata["namespace"]
        self.name: str = metadata["name"]
        self._api = api
        self._pod = pod
        self._host = host
        self._uid: str = metadata["uid"]
        self._reports = PodReports(api, pod)
        self._files = PodDirectory(host.machine.pods / self._uid)
        self._policy: str = spec.get("restartPolicy", "Always")
        self._started = datetime.now(UTC)
        self._specs: dict[str, Object] = {item["name"]: item for item in spec["containers"]}
        self._containers = {
            name: Container(name, item["image"], containers.image_id(item), Waiting("ContainerCreating"))
            for name, item in self._specs.items()
        }
        self._processes: dict[str, ContainerProcess] = {}
        self.logs = {name: ContainerLogs() for name in self._specs}
        self._reporting = asyncio.Lock()
        self._deleting: asyncio.Task[None] | None = None
        self._running = asyncio.create_task(self._run())
        self._running.add_done_callback(self._ended)

    def delete(self, grace_s: int) -> None:
        """Ends the pod within the grace period and removes it from the API; a second call changes nothing."""
        if self._deleting is None:
            self._deleting = asyncio.create_task(self._delete(grace_s))

    def cancel(self) -> None:
        """Ends the processes at once and reports nothing; the devices are free from now on."""
        self._host.devices.release(self._uid)
        self._running.cancel()

    async def abandon(self) -> None:
        """Ends the processes at once and waits for that."""
        self.cancel()
        await asyncio.wait([self._running])

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Also after a cancellation that came before the first step.
        self._host.devices.release(self._uid)
        self._files.remove()
        if not task.cancelled() and (error := task.exception()):
            _log.error("pod %s/%s", self.namespace, self.name, exc_info=error)

    async def _run(self) -> None:
        try:
            self._host.devices.admit(self._pod, self._host.node, self._host.size)
        except AdmissionError as error:
            await self._reports.status(podstatus.rejection("UnexpectedAdmissionError", str(error), now=datetime.now(UTC)))
            await self._reports.warning("UnexpectedAdmissionError", str(error))
            return
        await self._report()
        await podvolumes.set_up(self._pod, self._files, self._api, self._reports)
        async with asyncio.TaskGroup() as group:
            for name in self._specs:
                group.create_task(self._run_container(name))

    async def _run_container(self, name: str) -> None:
        while True:
            state = await self._run_once(name)
            if state is None or self._deleting or not podstatus.restarts_after(self._policy, state.exit_code):
                return
            await self._back_off(name)
            self._containers[name] = self._containers[name].restarted()

    async def _run_once(self, name: str) -> Terminated | None:
        """One run of a container; None if its image cannot be had, which no restart would change."""
        try:
            invocation = self._invocation(name)
        except containers.NoProgramError as error:
            return await self._refuse(name, error)
        log = self.logs[name].begin()
        started = datetime.now(UTC)
        process = await ContainerProcess.start(invocation)
        self._processes[name] = process
        try:
            await self._set(name, Running(started))
            code = await process.follow(log.write)
        finally:
            await process.kill()
            await log.end()
        state = Terminated(code if code >= 0 else _SIGNAL_BASE - code, started, datetime.now(UTC))
        await self._set(name, state)
        return state

    def _invocation(self, name: str) -> containers.Invocation:
        return containers.invocation(
            self._specs[name],
            fields=variables.fields(self._pod, host_ip=self._host.address),
            files=self._files,
            grant=self._host.devices.grant(self._uid, name),
            machine=self._host.machine,
        )

    async def _refuse(self, name: str, error: containers.NoProgramError) -> Terminated | None:
        now = datetime.now(UTC)
        self.logs[name].waiting = error.reason
        if error.reason == "StartError":
            state = Terminated(_START_ERROR, now, now, error.reason, str(error))
            await self._set(name, state)
            return state
        await self._set(name, Waiting(error.reason, str(error)))
        return None

    async def _back_off(self, name: str) -> None:
        delay = podstatus.restart_delay(self._containers[name].restarts)
        if delay:
            last = self._containers[name].state
            assert isinstance(last, Terminated)
            why = Waiting(
                "CrashLoopBackOff",
                f"back-off {delay:.0f}s restarting failed container={name} pod={self.name}_{self.namespace}({self._uid})",
            )
            self._containers[name] = replace(self._containers[name], last=last)
            await self._set(name, why)
            await asyncio.sleep(delay)

    async def _set(self, name: str, state: Waiting | Running | Terminated) -> None:
        self._containers[name] = replace(self._containers[name], state=state)
        await self._report()

    async def _report(self) -> None:
        # One at a time: an older status must not overtake a newer one.
        async with self._reporting:
            status = podstatus.status(
                list(self._containers.values()),
                policy=self._policy,
                now=datetime.now(UTC),
                pod_started=self._started,
                host_ip=self._host.address,
            )
            if status["phase"] in podstatus.ENDED:
                # Before the scheduler can hear of it and bind another pod that needs them.
                self._host.devices.release(self._uid)
            await self._reports.status(status)

    async def _delete(self, grace_s: int) -> None:
        busy = [process for process in self._processes.values() if not process.ended]
        for process in busy:
            process.terminate()
        # A container that waits for its restart, or for an image, has no process to wait for.
        await asyncio.wait([self._running], timeout=grace_s if busy else 0)
        await self.abandon()
        await self._reports.removed()
