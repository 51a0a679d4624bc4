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
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from .device_labels import device_key, host_of
from .exposition import number
from .result import Devices, Point

# By these an instance of a device is told from another one; an empty label is left out of an answer.
_IDENTITY = "cluster, instance, Hostname, hostname, node, gpu, GPU_I_ID"
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
    """One series of an answer: its labels, and its points, of which an instant query has one."""

    labels: Mapping[str, str]
    points: Sequence[Point]


@dataclass(frozen=True)
class Answer:
    """What Prometheus has answered to one query. warnings: why it may be partial."""

    series: Sequence[Series]
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
    return f"max by ({_IDENTITY}) ({selector.of(name)})"


def described_query(selector: Selector, window: int) -> str:
    """The query whose answer has all labels of each device that there is, or has been in the last so many seconds."""
    return f"last_over_time({selector.of(DESCRIBED)}[{window}s])" if window else selector.of(DESCRIBED)


def earlier_query(selector: Selector) -> str:
    """The query for the nodes of which there has been a device in the last day."""
    return f"count by (instance, Hostname, hostname, node) (last_over_time({selector.of(DESCRIBED)}[{_EARLIER}]))"


def nodes_in(answer: Answer, selector: Selector) -> list[str]:
    """The selected nodes that the series of an answer are from."""
    return [node for node in (host_of(labels) for labels, _unused in answer.series) if selector.takes(node)]


def count_queries(selector: Selector) -> dict[str, str]:
    """The queries for how many devices nodes have and have given away, by the name of each count."""
    nodes = {count: f"max by (node, resource) ({selector.of(name, _RESOURCE)})" for name, count in COUNTED.items()}
    pods = {count: f"sum by (node, resource) ({selector.of(name, _RESOURCE)})" for name, count in _REQUESTED.items()}
    return {**nodes, **pods}


def _quoted(text: str) -> str:
    return json.dumps(text)  # PromQL's strings escape what JSON's do


def answer_of(body: Mapping[str, Any]) -> Answer:
    """The answer of a reply that succeeded. Raises ValueError if it has another form than Prometheus'."""
    try:
        data = body["data"]
        if body["status"] != "success" or data["resultType"] not in ("vector", "matrix"):
            raise ValueError("not an answer of Prometheus")
        series = [Series(each["metric"], _points(each)) for each in data["result"]]
        return Answer(series, tuple(map(str, body.get("warnings") or ())))
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("not an answer of Prometheus") from error


def _points(series: Mapping[str, Any]) -> list[Point]:
    if "value" in series:
        return [(float(series["value"][0]), number(series["value"][1]))]
    return [(float(moment), number(value)) for moment, value in series["values"]]


def describe(answer: Answer, devices: Devices, selector: Selector) -> None:
    """Take over the devices of an answer, with what their labels tell."""
    for labels, _unused in answer.series:
        key = device_key(labels)
        if key is not None and selector.takes(key.node):
            devices.describe(key, labels)


def take(answer: Answer, name: str, devices: Devices, *, over_time: bool) -> None:
    """Take over the values of a metric of the devices that are known."""
    for labels, points in answer.series:
        key = device_key(labels)
        if key is None or key not in devices or not points:
            continue
        if over_time:
            devices.add_series(key, name, points)
        else:
            devices.add(key, name, points[-1][1])


def counts(answers: Mapping[str, Answer], selector: Selector) -> dict[str, dict[str, dict[str, int | None]]]:
    """How many devices nodes have and have given away: node → resource → counts, None for what was not answered."""
    found: dict[str, dict[str, dict[str, int | None]]] = {}
    for count, answer in answers.items():
        for labels, points in answer.series:
            node, resource = host_of(labels), resource_of(labels.get("resource", ""))
            if node and resource and selector.takes(node) and points:
                by_resource = found.setdefault(node, {}).setdefault(resource, dict.fromkeys(answers))
                by_resource[count] = None if points[-1][1] is None else int(points[-1][1])
    return found


def resource_of(label: str) -> str:
    """The resource that kube-state-metrics calls so, "" if it is not one of a GPU; it writes every other character as an underscore."""
    match = _GPU_NAME.fullmatch(label)
    if match is None:
        return ""
    if match["profile"]:
        return f"nvidia.com/mig-{match['profile'].replace('_', '.')}"
    return "nvidia.com/gpu.shared" if label.endswith("_shared") else "nvidia.com/gpu"


def warnings_of(answers: Iterable[Answer]) -> list[str]:
    """Why answers may be partial, each reason once."""
    return list(dict.fromkeys(warning for answer in answers for warning in answer.warnings))
