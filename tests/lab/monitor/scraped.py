# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agents of managed Prometheus scrape in the cluster: exporters of nodes and pods, and kube-state-metrics, as one HTTP server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from tests.lab import pods
from tests.lab.arm.state import ArmState
from tests.lab.bridge import Bridge
from tests.lab.cluster_network import GpuLoads
from tests.lab.config import LOOPBACK
from tests.lab.exporters import Exporter, exporter_of

Object = Mapping[str, Any]
_OTHER = re.compile(r"[^a-zA-Z0-9_]")


class Scraped:
    """The targets of each job, and their pages."""

    def __init__(self, loads: GpuLoads, *, pods: Iterable[Any], nodes: Iterable[Any], state: ArmState, bridge: Bridge) -> None:
        self._loads = loads
        self._state = state
        self._bridge = bridge
        self.pods = pods
        self.nodes = nodes
        self.address = ""

    async def listen(self, stack: AsyncExitStack) -> None:
        """Listen on a port of the kernel's choice until the stack is closed."""
        runner = web.AppRunner(self._application(), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, LOOPBACK, 0).start()
        host, port = runner.addresses[0][:2]
        self.address = f"{host}:{port}"

    @property
    def cluster(self) -> str:
        """The name of the cluster that the lab's control plane belongs to."""
        backed = self._state.aks.backed
        return backed.name if backed else ""

    def _application(self) -> web.Application:
        """The server: the lists of targets, and what they show."""
        application = web.Application()
        application.router.add_get("/targets/{job}", self._targets)
        application.router.add_get("/node/{node}/{mapped}", self._node)
        application.router.add_get("/kube-state-metrics", self._counts)
        return application

    async def _targets(self, request: web.Request) -> web.Response:
        found = {"managed": self._managed, "annotated": self._annotated}[request.match_info["job"]]()
        return web.json_response([{"targets": [self.address], "labels": {"cluster": self.cluster, **labels}} for labels in found])

    def _managed(self) -> Iterator[dict[str, str]]:
        """As Azure/prometheus-collector dcgmExporterDefault.yml: the nodes of managed pools by their names."""
        for node in self.nodes:
            name = node["metadata"]["name"]
            if self._bridge.exporter_runs(name):
                yield {"instance": name, "__metrics_path__": f"/node/{name}/plain"}

    def _annotated(self) -> Iterator[dict[str, str]]:
        """As its job for pods with annotations, which keeps all labels and adds two."""
        for pod, exporter in self._exporters():
            metadata, status = pod["metadata"], pod["status"]
            own = {"kubernetes_namespace": metadata["namespace"], "kubernetes_pod_name": metadata["name"]}
            page = f"/node/{pod['spec']['nodeName']}/{'mapped' if exporter.mapped else 'plain'}"
            yield {**own, "instance": f"{status['podIP']}:{exporter.port}", "__metrics_path__": page}

    def _exporters(self) -> Iterator[tuple[Object, Exporter]]:
        for pod in self.pods:
            annotations = pod["metadata"].get("annotations") or {}
            exporter = exporter_of(pod) if annotations.get("prometheus.io/scrape") == "true" and pods.is_serving(pod) else None
            if exporter is not None and pod["status"].get("podIP"):
                yield pod, exporter

    async def _node(self, request: web.Request) -> web.Response:
        node = next((each for each in self.nodes if each["metadata"]["name"] == request.match_info["node"]), None)
        if node is None:
            raise web.HTTPNotFound
        return web.Response(text=self._loads.exposition(node, mapped=request.match_info["mapped"] == "mapped"))

    async def _counts(self, _request: web.Request) -> web.Response:
        lines = [line for node in self.nodes for count in ("capacity", "allocatable") for line in _counted(node, count)]
        return web.Response(text="\n".join(["# gpuops.aks lab: a stand-in for kube-state-metrics", *lines, ""]))


def _counted(node: Object, count: str) -> Iterator[str]:
    """The devices of a node as kube-state-metrics writes them."""
    for resource, number in node["status"].get(count, {}).items():
        if "/" in resource:
            labels = f'node="{node["metadata"]["name"]}",resource="{_OTHER.sub("_", resource)}",unit="integer"'
            yield f"kube_node_status_{count}{{{labels}}} {number}"
