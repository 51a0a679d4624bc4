# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that AKS runs on the nodes of a managed pool, and what its node problem detector reports of them, as pure functions.

Order and texts: Azure/AgentBaker cse_config.sh and e2e/validators.go. The plugin is started before the kubelet, and a node where it does
not start does not come up; the exporter is started without waiting for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.lab.device_faults import EXPORTER_LATE, EXPORTER_NEVER, NO_PROBLEM_DETECTOR, PLUGIN_LATE, PLUGIN_STOPPED

LABEL: Mapping[str, str] = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
# Simulated seconds: until the detector reports for the first time, and until what is late has started.
REPORTED_AFTER_S = 60.0
LATE_S = 600.0
_NEVER_S = float("inf")


@dataclass(frozen=True)
class Condition:
    """A condition of the node problem detector, and what it says while the services run and while they don't."""

    type: str
    healthy: tuple[str, str]
    message: str


PLUGIN = Condition(
    "UnhealthyNvidiaDevicePlugin",
    ("HealthyNvidiaDevicePlugin", "NVIDIA device plugin is running properly"),
    "Systemd service nvidia-device-plugin is not active",
)
DCGM = Condition(
    "UnhealthyNvidiaDCGMServices",
    ("HealthyNvidiaDCGMServices", "NVIDIA DCGM services are running properly"),
    "Systemd service(s) nvidia-dcgm-exporter are not active",
)


@dataclass(frozen=True)
class Services:
    """The services of one node at one moment. next_change_s: simulated seconds until time alone changes them, None if it never does."""

    plugin_runs: bool
    exporter_runs: bool
    reported: bool
    next_change_s: float | None


def services(age_s: float, faults: Collection[str]) -> Services:
    """The services of a node that was made so many simulated seconds ago."""
    plugin_at = LATE_S if PLUGIN_LATE in faults else 0.0
    exporter_at = _NEVER_S if EXPORTER_NEVER in faults else LATE_S if EXPORTER_LATE in faults else 0.0
    reported_at = _NEVER_S if NO_PROBLEM_DETECTOR in faults else plugin_at + REPORTED_AFTER_S
    coming = [moment - age_s for moment in (plugin_at, exporter_at, reported_at) if age_s < moment < _NEVER_S]
    return Services(
        plugin_runs=age_s >= plugin_at and PLUGIN_STOPPED not in faults,
        exporter_runs=age_s >= exporter_at,
        reported=age_s >= reported_at,
        next_change_s=min(coming, default=None),
    )


def conditions_patch(node: Mapping[str, Any], now: Services) -> dict[str, Any] | None:
    """The patch that makes a node show what the detector reports; None if it shows that, or nothing has been reported yet."""
    shown = {each["type"]: each["status"] for each in node["status"].get("conditions", ())}
    changed = [each for each in _conditions(now) if shown.get(each["type"]) != each["status"]] if now.reported else []
    return {"status": {"conditions": changed}} if changed else None


def _conditions(now: Services) -> Iterator[dict[str, str]]:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for condition, runs in ((PLUGIN, now.plugin_runs), (DCGM, now.exporter_runs)):
        reason, message = condition.healthy if runs else (condition.type, condition.message)
        status = "False" if runs else "True"
        times = {"lastHeartbeatTime": moment, "lastTransitionTime": moment}
        yield {"type": condition.type, "status": status, "reason": reason, "message": message, **times}
