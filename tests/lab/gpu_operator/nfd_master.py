# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real master of node feature discovery for as long as its pod, and its pruning for the pod of that Job."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.gpu_operator.marks import NFD_MASTER, NFD_PRUNE, part_of


@dataclass(frozen=True)
class Program:
    """The lab's binary, the kubeconfig of the master, and the file that it logs to."""

    binary: Path
    kubeconfig: Path
    log: Path

    async def start(self, pod: Mapping[str, Any], *arguments: str) -> Process:
        """Starts it for that pod, in the group of the lab's server, which ends with it."""
        env = {**os.environ, "NODE_NAME": pod["spec"]["nodeName"], "KUBERNETES_NAMESPACE": pod["metadata"]["namespace"]}
        words = ("nfd-master", "-kubeconfig", str(self.kubeconfig), "-extra-label-ns", "nvidia.com", *arguments)
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                self.binary, *words, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )


class NfdMaster:
    """The processes of the pods that are bound to a node; one that has died is started again, unless it was to prune."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._running: dict[str, Process] = {}

    async def follow(self, pods: Sequence[Mapping[str, Any]]) -> None:
        """Starts and ends processes so that they are those of these pods."""
        wanted = {pod["metadata"]["uid"]: pod for pod in pods if part_of(pod) in {NFD_MASTER, NFD_PRUNE} and _is_bound(pod)}
        for uid in self._running.keys() - wanted.keys():
            await _end(self._running.pop(uid))
        for uid, pod in wanted.items():
            prunes = part_of(pod) == NFD_PRUNE
            if uid not in self._running or (not prunes and self._running[uid].returncode is not None):
                self._running[uid] = await self._program.start(pod, *(("-prune",) if prunes else ()))

    def runs(self, pod: Mapping[str, Any]) -> bool:
        """Whether the pod's process has started and not ended."""
        process = self._running.get(pod["metadata"]["uid"])
        return process is not None and process.returncode is None

    def has_pruned(self, pod: Mapping[str, Any]) -> bool:
        """Whether the pod's process has removed everything."""
        process = self._running.get(pod["metadata"]["uid"])
        return process is not None and process.returncode == 0

    async def end(self) -> None:
        """Ends all processes."""
        for process in self._running.values():
            await _end(process)


def _is_bound(pod: Mapping[str, Any]) -> bool:
    return bool(pod["spec"].get("nodeName")) and "deletionTimestamp" not in pod["metadata"]


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
