# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Findings about what a source answers: nothing yet, nothing any more, only a part, or without the labels that tell devices apart."""

from __future__ import annotations

from typing import Iterable, Iterator, Mapping, Sequence

from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from .result import Devices

# The exporter measures every 30 s, managed Prometheus scrapes every 30 s, and a new pool's exporter may start late.
NEVER = Explanation(
    "NoGpuSeries",
    cause="The source has never got a metric of a GPU of these nodes. Managed Prometheus scrapes the nodes of managed pools; of other "
    "exporters only those that a PodMonitor of azmonitoring.coreos.com/v1 names, and none that a monitoring.coreos.com object names.",
    remedy="Wait 2 minutes if the pool is new. Otherwise check the exporter with source: exporter, and create a PodMonitor for it.",
)
STOPPED = Explanation(
    "GpuSeriesStopped",
    cause="The source got metrics of these GPUs until recently, and gets none now.",
    remedy="Check the exporter with source: exporter, and whether the pool still has nodes.",
)
# The rows come every 60 s; ingestion takes minutes.
NO_ROWS = Explanation(
    "NoGpuRows",
    cause="Container Insights has no row about GPUs of these nodes. It takes up to 15 minutes after a pool is created until there are "
    "rows, and it only counts nvidia.com/gpu and amd.com/gpu, so there are none of a pool with MIG slices.",
    remedy="Wait if the pool is new. Otherwise look for the pods ama-logs in kube-system, or use another source.",
)
ROWS_STOPPED = Explanation(
    "GpuRowsStopped",
    cause="Container Insights had rows about GPUs of these nodes until recently, and has none now.",
    remedy="Check the pods ama-logs in kube-system, and whether the pool still has nodes.",
)
PARTIAL = Explanation(
    "PartialAnswer",
    cause="The source could only answer a part of the query, so nodes or devices may be missing.",
    remedy="Run the task again; ask for one pool, fewer metrics or a shorter window.",
    severity="warning",
)
_LABELS_DROPPED = Explanation(
    "LabelsDropped",
    cause="Managed Prometheus only keeps the labels cluster, instance, gpu and job of its own job dcgm-exporter: UUID, model and pod of a "
    "device are not there.",
    remedy="Identify devices by node and gpu. The source exporter has UUID and model.",
    severity="warning",
)
_COLLAPSED = Explanation(
    "MigInstancesCollapsed",
    cause="The nodes have MIG instances, but the series have no label that tells them apart, so each GPU shows the largest value of its "
    "instances.",
    remedy="Use the source exporter, which shows each instance.",
    severity="warning",
)


_MIG = "/mig-"


def about(explanation: Explanation, subject: str, evidence: str) -> Finding:
    """A finding about a cluster, a rule or a workspace."""
    return finding(explanation, [(subject, evidence)])


def partial(subject: str, warnings: Sequence[str]) -> Iterator[Finding]:
    """The reasons for which an answer is partial."""
    if warnings:
        yield finding(PARTIAL, [(subject, "; ".join(warnings))])


def dropped_labels(devices: Devices, resources: Mapping[str, Mapping[str, object]]) -> Iterator[Finding]:
    """What cannot be told because labels are missing: whose a device is, and the instances of GPUs that are divided."""
    keys = devices.sorted()
    without = list(dict.fromkeys(key.node for key in keys if devices.told(key)["uuid"] is None and not key.mig_id))
    if without:
        yield finding(_LABELS_DROPPED, [(node, "no label UUID") for node in without])
    divided = [shown for node in without for shown in _slices(node, resources.get(node, ()))]
    if divided:
        yield finding(_COLLAPSED, divided)


def _slices(node: str, resources: Iterable[str]) -> Iterator[tuple[str, str]]:
    names = ", ".join(name for name in resources if _MIG in name)
    if names:
        yield node, f"{names} without GPU_I_ID"
