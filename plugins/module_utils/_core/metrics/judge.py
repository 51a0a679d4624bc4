# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the metrics themselves show to be missing: profiling metrics, the pods of devices, instances that cannot be told apart."""

from __future__ import annotations

from typing import Iterable, Iterator, Mapping

from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from .catalog import METRICS, Wanted
from .result import Devices

_PROFILING = tuple(each.name for each in METRICS if each.profiling and each.name != "sm_active_ratio")
# NVIDIA/dcgm-exporter#547: "Not collecting DCP metrics: This request is serviced by a module of DCGM that is not currently loaded"; #126
# is two exporters, of which one has the module.
_NO_PROFILING = Explanation(
    "ProfilingMetricsMissing",
    cause="The exporter has none of DCGM's profiling metrics: the GPU is a vGPU (a size with a share of an A10), the exporter lacks the "
    "capability SYS_ADMIN, or another exporter or profiler uses the profiling module.",
    remedy="On a vGPU, use utilization_percent. Otherwise look into the exporter's log for 'Not collecting DCP metrics'.",
    severity="warning",
)
# NVIDIA/dcgm-exporter README: DCGM_EXPORTER_KUBERNETES, and the kubelet's pod-resources socket.
_NOT_MAPPED = Explanation(
    "DevicesNotMapped",
    cause="The exporter does not tell which pod uses a device.",
    remedy="Set DCGM_EXPORTER_KUBERNETES to true for the exporter, and mount /var/lib/kubelet/pod-resources into its pod.",
    severity="warning",
)


def without_profiling(devices: Devices, wanted: Wanted) -> Iterator[Finding]:
    """Nodes that have values, but none of the profiling metrics among those that were asked for."""
    asked = [name for name in wanted.names if name in _PROFILING]
    told: dict[str, bool] = {}
    for key in devices.sorted() if asked else ():
        values = devices.values(key)
        told[key.node] = told.get(key.node, False) or any(values.get(name) is not None for name in asked)
    shown = [(node, "no DCGM_FI_PROF_ metric") for node, has in told.items() if not has]
    if shown:
        yield finding(_NO_PROFILING, shown)


def without_pods(devices: Devices, in_use: Mapping[str, int], mapped: Iterable[str]) -> Iterator[Finding]:
    """Nodes whose GPUs are in use, while none of their devices names a pod.

    Args:
        devices: what was read.
        in_use: the devices that pods hold, by node.
        mapped: the nodes whose exporter can know the pods.
    """
    named = {key.node for key in devices.sorted() if devices.told(key)["pod"]}
    shown = [(node, f"{in_use[node]} in use") for node in mapped if in_use.get(node) and node not in named]
    if shown:
        yield finding(_NOT_MAPPED, shown)
