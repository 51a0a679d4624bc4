# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Where the DCGM exporters of a cluster are: in pods, or as a service of the nodes of managed pools; and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Collection, Iterable, Iterator, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.managed import MANAGED_LABEL, is_managed
from ..scheduling.pods import bound_to, pod_name, pod_ready, pod_state, unschedulable
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json

# NVIDIA/dcgm-exporter dcgm-exporter.yaml and its chart; the pods of NVIDIA's GPU Operator.
SELECTORS = ("app.kubernetes.io/name=dcgm-exporter", "app=nvidia-dcgm-exporter")
LISTEN, PORT = "DCGM_EXPORTER_LISTEN", 9400
# NVIDIA/dcgm-exporter pkg/cmd/app.go: a flag wins over the variable of the same meaning. The interval is in milliseconds; the services of
# managed nodes keep the default.
LISTEN_FLAGS, _INTERVAL_FLAGS = ("-a", "--address"), ("-c", "--collect-interval")
_INTERVAL, _DEFAULT_INTERVAL = "DCGM_EXPORTER_INTERVAL", 30.0
PORT_NAME = "metrics"
# Azure/AgentBaker cse_config.sh: --address ":19400"
MANAGED_PORT = 19400
NO_EXPORTER = Explanation(
    "NoExporter",
    cause="No DCGM exporter measures the GPUs of the node.",
    remedy="Run the module gpuops.aks.dcgm_exporter for the pool (in the playbook: gpu_metrics: auto), use a pool of the path managed, or "
    "install NVIDIA's GPU Operator.",
)
_SECOND = Explanation(
    "SecondExporter",
    cause="Two DCGM exporters measure the same GPUs, and only one of them can use the profiling module.",
    remedy="Remove one of the DaemonSets; that of this collection with state: absent of gpuops.aks.dcgm_exporter. AKS runs an exporter on "
    "the nodes that have the label " + MANAGED_LABEL + ": keep DaemonSets off them.",
    severity="warning",
)
_SILENT = Explanation(
    "ExporterNotAnswering",
    cause="The DCGM exporter of the node does not answer.",
    remedy="Look at its state: for a pod with 'kubectl describe pod' and 'kubectl logs', on a managed node at the condition "
    "UnhealthyNvidiaDCGMServices with 'kubectl describe node {node}'.",
)
_NOT_READY = Explanation(
    "ExporterNotReady",
    cause="The DCGM exporter's pod is not ready.",
    remedy="Find out why with 'kubectl describe pod' and 'kubectl logs --previous' for the pod.",
)
_WITHOUT_DEVICES = Explanation(
    "ExporterShowsNoDevice",
    cause="The DCGM exporter answers, but shows none of the metrics that were asked for.",
    remedy="Check that its list of counters (DCGM_EXPORTER_COLLECTORS) has DCGM's fields, and that DCGM finds the GPUs: "
    "'kubectl logs' of its pod.",
)


# What waiting may fix, in the minutes after an exporter has been created or a node has started.
PASSING = frozenset(each.code for each in (NO_EXPORTER, _SILENT, _NOT_READY, _WITHOUT_DEVICES))


@dataclass(frozen=True)
class Exporter:
    """One exporter.

    path: of its metrics, relative to the API server. name: what findings call it. state: "" if it should answer. interval: how often it
    measures, in seconds.
    """

    node: str
    name: str
    path: str
    managed: bool = False
    state: str = ""
    interval: float = _DEFAULT_INTERVAL


def measurable(nodes: Iterable[GpuNode]) -> list[GpuNode]:
    """The nodes that an exporter can measure."""
    return [node for node in nodes if not (node.windows or node.has_no_gpu)]


def exporters(nodes: Iterable[GpuNode], pods: Iterable[Json]) -> list[Exporter]:
    """The exporters of these nodes: their pods, also those that wait for room on their node, and the services of managed nodes."""
    found = {node.name: node for node in nodes}
    in_pods = [_in_pod(pod, node) for pod in pods if (node := bound_to(pod)) in found and node]
    return [*in_pods, *(_of_node(node) for node in found.values() if is_managed(node.labels))]


def _in_pod(pod: Json, node: str) -> Exporter:
    metadata, spec = pod["metadata"], pod["spec"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}:{_port(spec)}/proxy/metrics"
    state = "" if pod_ready(pod) else unschedulable(pod) or pod_state(pod)
    return Exporter(node, f"pod {pod_name(pod)}", path, state=state, interval=_interval(spec))


def _of_node(node: GpuNode) -> Exporter:
    path = f"/api/v1/nodes/{node.name}:{MANAGED_PORT}/proxy/metrics"
    return Exporter(node.name, f"service of the node on port {MANAGED_PORT}", path, managed=True)


def _port(spec: Json) -> int:
    """The port on which the exporter listens: as its flags or environment say, or the port that it names, or else NVIDIA's default."""
    ports = (port for container in spec["containers"] for port in _ports(container) if port.isdecimal())
    return int(next(ports, PORT))


def _ports(container: Json) -> Iterator[str]:
    yield from (address.rpartition(":")[2] for address in _values(container, LISTEN_FLAGS, LISTEN))
    yield from (str(port["containerPort"]) for port in container.get("ports") or () if port.get("name") == PORT_NAME)


def _interval(spec: Json) -> float:
    """How often the exporter measures, as its flags or environment say, or else NVIDIA's default."""
    found = (value for container in spec["containers"] for value in _values(container, _INTERVAL_FLAGS, _INTERVAL))
    values = (value for value in found if value.isdecimal())
    milliseconds = next(values, None)
    return int(milliseconds) / 1000 if milliseconds is not None else _DEFAULT_INTERVAL


def _values(container: Json, flags: Collection[str], variable: str) -> Iterator[str]:
    """The values of a setting, the one that counts first: of its flags, and then of its environment variable."""
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    for word, following in zip(words, [*words, ""][1:], strict=True):
        flag, equals, value = word.partition("=")
        if flag in flags:
            yield value if equals else following
    yield from (str(each.get("value", "")) for each in container.get("env") or () if each["name"] == variable)


def preferred(found: Iterable[Exporter]) -> list[Exporter]:
    """One exporter for each node that should answer: a pod if there is one, because only it tells which pod uses a device."""
    by_node: dict[str, Exporter] = {}
    for each in sorted(found, key=lambda exporter: (bool(exporter.state), exporter.managed)):
        by_node.setdefault(each.node, each)
    return [each for each in by_node.values() if not each.state]


def misplaced(nodes: Sequence[GpuNode], found: Sequence[Exporter]) -> Iterator[Finding]:
    """The nodes without an exporter, with two of them, and the pods that are not ready."""
    measured = {each.node for each in found}
    yield from _if_any(NO_EXPORTER, ((node.name, "no pod and no service of the node") for node in nodes if node.name not in measured))
    yield from _if_any(_NOT_READY, ((each.node, f"{each.name}: {each.state}") for each in found if each.state))
    yield from _if_any(_SECOND, _second(found))


def _second(found: Sequence[Exporter]) -> Iterator[tuple[str, str]]:
    """The pods on nodes that have another exporter: a service, or a pod that is ready, as they are."""
    first: dict[str, Exporter] = {}
    for each in sorted(found, key=lambda exporter: not exporter.managed):
        other = first.get(each.node)
        if other is not None and (other.managed or not each.state):
            yield each.node, f"{each.name} beside {f'port {MANAGED_PORT}' if other.managed else other.name}"
        elif not each.state:
            first[each.node] = each


def _if_any(explanation: Explanation, shown: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    places = list(shown)
    if places:
        yield finding(explanation, places)


def silent(shown: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """The exporters that do not answer: each node with what was said instead."""
    yield from _if_any(_SILENT, shown)


def without_devices(shown: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """The exporters that answer without a device."""
    yield from _if_any(_WITHOUT_DEVICES, shown)


def refused(explanation: Explanation, shown: Sequence[tuple[str, str]]) -> Finding:
    """The exporters that the API server does not let the user read, in its own words."""
    return finding(explanation, shown)
