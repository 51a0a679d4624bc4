# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would otherwise take a run each, such as several refusals, as hosts of one run, each with a report of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.playbooks.playbook import Run, Workbench, azure_writes, kubernetes_writes
from tests.integration.running_lab import RunningLab


@dataclass(frozen=True)
class HostsRun:
    """A run on several hosts, the error in the report of each that failed, and whether anything was asked to be changed."""

    run: Run
    errors: Mapping[str, Any]
    has_written: bool


def run_on_hosts(bench: Workbench, playbook: str, chosen: Mapping[str, Mapping[str, Any]]) -> HostsRun:
    """Run it at once on hosts that have chosen this."""
    before = written(bench.lab)
    benches = {host: Workbench(bench.lab, bench.directory / host, {}) for host in chosen}
    reports = {host: {"gpu_report": own.variables["gpu_report"]} for host, own in benches.items()}
    run = bench.run_on_hosts(playbook, {host: {**own, **reports[host]} for host, own in chosen.items()})
    errors = {host: own.report["error"] for host, own in benches.items() if run.counts_of(host)["failed"]}
    return HostsRun(run, errors, written(bench.lab) != before)


def written(lab: RunningLab) -> tuple[list[str], list[str]]:
    """What clients have asked to be changed so far, in Azure and in Kubernetes."""
    return azure_writes(lab), kubernetes_writes(lab)
