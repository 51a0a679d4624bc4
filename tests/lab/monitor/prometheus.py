# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a real Prometheus, with the jobs of managed Prometheus, for as long as the lab's cluster has managed Prometheus enabled."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path
from typing import Any

import yaml

from tests.lab.arm.state import ArmState
from tests.lab.config import LOOPBACK, Layout, Settings
from tests.lab.monitor.debian import prometheus
from tests.lab.monitor.scraped import Scraped

# In life 30 s; a test does not wait for that long.
_INTERVAL = "1s"
# Azure/prometheus-collector dcgmExporterDefault.yml
_KEPT = "cluster|instance|gpu|job|__name__"


class MonitorPrometheus:
    """The process, and where it listens."""

    def __init__(self, layout: Layout, settings: Settings, state: ArmState, scraped: Scraped) -> None:
        self._directory = layout.root / "prometheus"
        self._log = layout.logs / "prometheus.log"
        self._port = settings.ports.prometheus
        self._state = state
        self._scraped = scraped
        self.url = f"http://{LOOPBACK}:{self._port}"

    async def run(self) -> None:
        """Follow the state for ever; the process ends with it."""
        changed = self._state.subscribe()
        process: Process | None = None
        try:
            while True:
                changed.clear()
                wanted = self._state.monitoring.prometheus_enabled(self._state.aks.backed)
                if wanted and process is None:
                    process = await self._start()
                elif not wanted and process is not None:
                    await _end(process)
                    process = None
                await changed.wait()
        finally:
            if process is not None:
                await _end(process)

    async def _start(self) -> Process | None:
        program = await asyncio.to_thread(prometheus)
        if program is None:
            return None
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir()
        file = self._directory / "prometheus.yml"
        file.write_text(yaml.safe_dump(self._configuration()))
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(*self._command(program, file), stdin=DEVNULL, stdout=log, stderr=log)

    def _command(self, program: Path, file: Path) -> tuple[str, ...]:
        flags = {
            "config.file": str(file),
            "storage.tsdb.path": str(self._directory / "data"),
            "web.listen-address": f"{LOOPBACK}:{self._port}",
            "storage.tsdb.retention.time": "1d",
            "log.level": "warn",
        }
        return (str(program), *(f"--{name}={value}" for name, value in flags.items()))

    def _configuration(self) -> dict[str, Any]:
        keep = {"metric_relabel_configs": [{"action": "labelkeep", "regex": _KEPT}]}
        counts = {"targets": [self._scraped.address], "labels": {"cluster": self._scraped.cluster}}
        return {
            "global": {"scrape_interval": _INTERVAL, "scrape_timeout": _INTERVAL},
            "scrape_configs": [
                {"job_name": "dcgm-exporter", **self._discovered("managed"), **keep},
                {"job_name": "kubernetes-pods", **self._discovered("annotated")},
                {"job_name": "kube-state-metrics", "metrics_path": "/kube-state-metrics", "static_configs": [counts]},
            ],
        }

    def _discovered(self, job: str) -> dict[str, Any]:
        return {"http_sd_configs": [{"url": f"http://{self._scraped.address}/targets/{job}", "refresh_interval": _INTERVAL}]}


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
