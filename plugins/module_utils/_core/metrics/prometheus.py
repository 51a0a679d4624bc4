# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The queries that a Prometheus is asked, one for each metric, and what its answers mean.

Devices are identified by instance and gpu, and never by their UUIDs: managed Prometheus drops all other labels of the default job
(Azure/prometheus-collector otelcollector/configmapparser/default-prom-configs/dcgmExporterDefault.yml).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Iterable, Mapping, NamedTuple, Sequence

from .catalog import BY_FIELD
from .device_labels import device_key, host_of
from .exposition import number
from .result import Devices, Point

# These distinguish the instances of a device; a response leaves out an empty label.
_IDENTITY = ("cluster", "instance", "Hostname", "hostname", "node", "gpu", "GPU_I_ID")
# Every exporter has it, on every device; its labels are read whole.
DESCRIBED = "DCGM_FI_DEV_FB_USED"
# kube-state-metrics, which managed Prometheus scrapes by default (resource="nvidia_com_gpu").
COUNTED = {"kube_node_status_capacity": "capacity", "kube_node_status_allocatable": "allocatable"}
_REQUESTED = {"kube_pod_container_resource_requests": "requests", "kube_pod_container_resource_limits": "limits"}
_RESOURCE = 'resource=~"nvidia_com_.*"'
_GPU_NAME = re.compile(r"nvidia_com_(?:gpu|gpu_shared|mig_(?P<profile>.+))")
_EARLIER = "1d"
MOST_POINTS = 11000  # of one series in one answer of Prometheus


class Series(NamedTuple):
    """One series of an answer: its labels as JSON, and its points, of which an instant query has one.

    The same labels are the same text in every answer of a Prometheus, and need not be decoded again.
    """

    labels: bytes
    points: Sequence[Point]

    def decoded(self) -> dict[str, str]:
        """The labels."""
        found: dict[str, str] = json.loads(self.labels)
        return found


@dataclass(frozen=True)
class Answer:
    """What Prometheus has answered to one query. series: made as they are read, once. warnings: why it may be partial."""

    series: Iterable[Series]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selector:
    """Which series to ask for. labels: that they must have, such as cluster. pool: the node pool, by the names of its nodes."""

    labels: Mapping[str, str] = field(default_factory=dict)
    pool: str | None = None

    def of(self, name: str, *more: str) -> str:
        """A selector of the metric of this name."""
        own = [f"{label}={_quoted(value)}" for label, value in self.labels.items()]
        return f"{name}{{{','.join([*own, *more])}}}"

    def takes(self, node: str) -> bool:
        """Whether the node is one of the pool; AKS names its nodes aks-POOL-NUMBER-vmss… (pools of virtual machines -vms…)."""
        return not self.pool or node.startswith(f"aks-{self.pool}-")


def value_query(name: str, selector: Selector) -> str:
    """The query for the values of a metric, whose answer has no more labels than are needed."""
    identity = ", ".join(label for label in _IDENTITY if label not in selector.labels)
    return f"max by ({identity}) ({selector.of(name)})"


def described_query(selector: Selector, window: int) -> str:
    """The query that returns all labels of each device that exists, or existed within the last so many seconds."""
    return f"last_over_time({selector.of(DESCRIBED)}[{window}s])" if window else selector.of(DESCRIBED)


def earlier_query(selector: Selector) -> str:
    """The query for the nodes of which there has been a device in the last day."""
    return f"count by (instance, Hostname, hostname, node) (last_over_time({selector.of(DESCRIBED)}[{_EARLIER}]))"


def nodes_in(answer: Answer, selector: Selector) -> list[str]:
    """The selected nodes that the series of an answer are from."""
    return [node for node in (host_of(series.decoded()) for series in answer.series) if selector.takes(node)]


def count_queries(selector: Selector) -> dict[str, str]:
    """The queries for how many devices nodes have and have given away, by the name of each count."""
    nodes = {count: f"max by (node, resource) ({selector.of(name, _RESOURCE)})" for name, count in COUNTED.items()}
    pods = {count: f"sum by (node, resource) ({selector.of(name, _RESOURCE)})" for name, count in _REQUESTED.items()}
    return {**nodes, **pods}


def _quoted(text: str) -> str:
    return json.dumps(text)  # PromQL's strings escape what JSON's do


class Taker:
    """Takes over the answers about the devices of a task, one after the other."""

    def __init__(self, devices: Devices, selector: Selector) -> None:
        self._devices = devices
        self._selector = selector
        self._values: dict[bytes, dict[str, float | None]] = {}

    def describe(self, answer: Answer) -> None:
        """Take over the devices of an answer, with what their labels tell."""
        for series in answer.series:
            labels = series.decoded()
            key = device_key(labels)
            if key is not None and self._selector.takes(key.node):
                self._devices.describe(key, labels)

    def take(self, answer: Answer, field: str) -> None:
        """Take over the last values of a metric."""
        name, known = BY_FIELD[field].name, self._values
        for labels, points in answer.series:
            values = known.get(labels)
            if values is None:
                values = known[labels] = self._values_of(labels)
            values[name] = number(points[-1][1])

    def _values_of(self, labels: bytes) -> dict[str, float | None]:
        """The values of the device with these labels; those of one that is not wanted are dropped."""
        key = device_key(json.loads(labels))
        return self._devices.values(key) if key is not None and key in self._devices else {}

    def take_series(self, answer: Answer, field: str) -> None:
        """Take over the values of a metric over time."""
        for series in answer.series:
            key = device_key(series.decoded())
            if key is not None and key in self._devices and series.points:
                self._devices.add_series(key, field, [(float(moment), number(value)) for moment, value in series.points])


def counts(answers: Mapping[str, Answer], selector: Selector) -> dict[str, dict[str, dict[str, int | None]]]:
    """How many devices nodes have and have given away: node → resource → counts, None for what was not answered."""
    found: dict[str, dict[str, dict[str, int | None]]] = {}
    for count, answer in answers.items():
        for series in answer.series:
            labels, value = series.decoded(), number(series.points[-1][1])
            node, resource = host_of(labels), resource_of(labels.get("resource", ""))
            if node and resource and selector.takes(node):
                by_resource = found.setdefault(node, {}).setdefault(resource, dict.fromkeys(answers))
                by_resource[count] = None if value is None else int(value)
    return found


def resource_of(label: str) -> str:
    """The resource that kube-state-metrics calls so, "" if it is not one of a GPU; it writes every other character as an underscore."""
    match = _GPU_NAME.fullmatch(label)
    if match is None:
        return ""
    if match["profile"]:
        return f"nvidia.com/mig-{match['profile'].replace('_', '.')}"
    return "nvidia.com/gpu.shared" if label.endswith("_shared") else "nvidia.com/gpu"
