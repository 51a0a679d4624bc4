# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one pod on one of the lab's nodes: its containers' processes, their logs, and its status in the API."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp

from tests.lab import containers, podstatus
from tests.lab.devices import NodeGpu
from tests.lab.kubeapi import ApiError, KubeApi, Object
from tests.lab.podlogs import ContainerLog
from tests.lab.podstatus import Container, Running, Terminated, Waiting

_REPOSITORY = Path(__file__).parents[2]
_START_ERROR = 128
_SIGNAL_BASE = 128
_RETRY_S = 0.5

_log = logging.getLogger(__name__)


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

    def __init__(self, api: KubeApi, pod: Object, node: Object, *, gpu: NodeGpu | None) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        self.namespace: str = metadata["namespace"]
        self.name: str = metadata["name"]
        self._api = api
        self._uid: str = metadata["uid"]
        self._path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        self._gpu = gpu
        self._policy: str = spec.get("restartPolicy", "Always")
        self._host_ip = _address(node)
        self._started = datetime.now(UTC)
        self._specs: dict[str, Object] = {item["name"]: item for item in spec["containers"]}
        self._containers = {
            name: Container(name, item["image"], containers.image_id(item), Waiting("ContainerCreating"))
            for name, item in self._specs.items()
        }
        self._processes: dict[str, asyncio.subprocess.Process] = {}
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
        """Ends the processes at once and reports nothing."""
        self._running.cancel()

    async def abandon(self) -> None:
        """Ends the processes at once and waits for that."""
        self.cancel()
        await asyncio.wait([self._running])

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            _log.error("pod %s/%s", self.namespace, self.name, exc_info=error)

    async def _run(self) -> None:
        await self._report()
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
            invocation = containers.invocation(self._specs[name], gpu=self._gpu)
        except containers.NoProgramError as error:
            return await self._refuse(name, error)
        log = self.logs[name].begin()
        started = datetime.now(UTC)
        process = await asyncio.create_subprocess_exec(
            *invocation.command,
            cwd=_REPOSITORY,
            env=dict(invocation.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._processes[name] = process
        try:
            await self._set(name, Running(started))
            async for line in _lines(process):
                await log.write(line)
            code = await process.wait()
        finally:
            await _kill(process)
            await log.end()
        state = Terminated(code if code >= 0 else _SIGNAL_BASE - code, started, datetime.now(UTC))
        await self._set(name, state)
        return state

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
                host_ip=self._host_ip,
            )
            patch = {"metadata": {"uid": self._uid}, "status": status}
            await _until_heard(lambda: self._api.merge_by_key(f"{self._path}/status", patch))

    async def _delete(self, grace_s: int) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        # A container that waits for its restart, or for an image, has no process to wait for.
        busy = any(process.returncode is None for process in self._processes.values())
        await asyncio.wait([self._running], timeout=grace_s if busy else 0)
        await self.abandon()
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self._uid}}
        await _until_heard(lambda: self._api.delete(self._path, options))


def _address(node: Object) -> str:
    addresses = node["status"].get("addresses", [])
    return next((item["address"] for item in addresses if item["type"] == "InternalIP"), "")


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    async for line in process.stdout:
        yield line.rstrip(b"\n")


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Ends a process that is still there: its pod's task was cancelled."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _until_heard(request: Callable[[], Awaitable[object]]) -> None:
    """Repeats a report until the API server has taken it, or says that the pod is gone or another one by now."""
    while True:
        try:
            await request()
            return
        except ApiError as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR and error.status != HTTPStatus.TOO_MANY_REQUESTS:
                _log.info("report dropped: %s", error)
                return
        except aiohttp.ClientError as error:
            _log.info("API server away: %s", error)
        await asyncio.sleep(_RETRY_S)
