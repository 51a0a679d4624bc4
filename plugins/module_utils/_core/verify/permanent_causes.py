# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The causes that no waiting ends, so that a wait for GPUs can stop early."""

from __future__ import annotations

from typing import Container, Iterable, Sequence

from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding

# Each ends only when the plugin, the pool or the task changes, and is found without reading logs and events.
PERMANENT = (
    "NoDevicePlugin", "PluginLacksToleration", "PluginSelectorMisses", "OperatorPluginOff", "ImageNotFound", "SizeWithoutGpu",
    "WindowsNode", "GpusPassedThrough", "OtherResourceName", "MigConfigFailed", "VgpuHostMismatch",
)  # fmt: skip

# The same, found in the plugin's log, and in the resources that say who brings the driver.
PERMANENT_BY_EVIDENCE = ("DriverMissing", "DriverLibraryMismatch", "PluginConfigInvalid", "NoDriver")


def permanent(findings: Iterable[Finding], nodes: Container[str]) -> list[Finding]:
    """The findings about one of these nodes that have a permanent cause."""
    return _about(findings, nodes, PERMANENT)


def permanent_by_evidence(findings: Iterable[Finding], nodes: Container[str], snapshot: ClusterSnapshot) -> list[Finding]:
    """The same, of a snapshot that has all evidence. Where the GPU Operator is, it may still bring the driver."""
    codes = [code for code in PERMANENT_BY_EVIDENCE if code != "DriverMissing" or not snapshot.resources.policies]
    return [*permanent(findings, nodes), *_about(findings, nodes, codes)]


def _about(findings: Iterable[Finding], nodes: Container[str], codes: Sequence[str]) -> list[Finding]:
    return [each for each in findings if each.code in codes and any(subject in nodes for subject in each.subjects)]
