# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from the API server into the cluster, for which AKS has konnectivity: a CONNECT proxy that knows the addresses of nodes and pods.

The API server refuses to proxy to loopback addresses, and the lab's nodes and pods have addresses that exist nowhere else. Behind them are
the lab's kubelet and its exporters.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from tests.lab import machine_gpus, pods
from tests.lab.arm.proxy import pump
from tests.lab.config import LOOPBACK, Settings
from tests.lab.device_faults import DeviceFaults
from tests.lab.device_manager import DeviceManager
from tests.lab.devices import GPU_RESOURCE
from tests.lab.eras import Era
from tests.lab.exporters import MANAGED_PORT, Exporter, exporter_of, exposition, reaches_gpus
from tests.lab.gpu_meters import Load, Meters
from tests.lab.nodes import INSTANCE_TYPE_LABEL

Object = Mapping[str, Any]
_POOL_LABEL = "agentpool"
_ACCEPTANCE = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSAL = b"HTTP/1.1 502 connection refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def socket_name(settings: Settings) -> str:
    """The name of the proxy's socket, in the kernel's memory, as Go writes such a name: paths of files may be too long."""
    return f"@gpuops-aks-lab-network-{settings.ports.kubelet}"


def egress_configuration(settings: Settings) -> dict[str, Any]:
    """The API server's configuration that leads its connections to nodes and pods through the proxy."""
    transport = {"uds": {"udsName": socket_name(settings)}}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": transport}}],
    }


class GpuLoads:
    """The devices of each node with what holds them now."""

    def __init__(self, era: Era, manager: DeviceManager, faults: DeviceFaults) -> None:
        self._era = era
        self._manager = manager
        self._faults = faults
        self.meters = Meters()

    def exposition(self, node: Object, *, mapped: bool) -> str:
        """The text that an exporter on the node shows now."""
        return exposition(node["metadata"]["name"], self.of(node), self.meters, mapped=mapped, now=time.time())

    def of(self, node: Object) -> list[Load]:
        """The devices of a node: whole GPUs, or the instances of those that are divided."""
        labels = node["metadata"].get("labels") or {}
        size = self._era.size(labels.get(INSTANCE_TYPE_LABEL, ""))
        holders = self._manager.holders()
        name, pool = node["metadata"]["name"], labels.get(_POOL_LABEL, "")
        return [
            Load(gpu, holders.get(gpu.uuid), self._faults.of(node=name, pool=pool, device=gpu.gpu))
            for device in machine_gpus.of_machine(node, size, GPU_RESOURCE)
            for gpu in device.gpus
        ]


class ClusterNetwork:
    """The proxy: leads the API server to the kubelet of every node, and to the exporters that run on nodes and in pods."""

    def __init__(
        self, settings: Settings, loads: GpuLoads, *, pods: Iterable[Any], nodes: Iterable[Any], exporter_runs: Callable[[str], bool]
    ) -> None:
        """Nothing listens yet. exporter_runs: whether the exporter of a managed node, by its name, has been started."""
        self._settings = settings
        self._loads = loads
        self._pods = pods
        self._nodes = nodes
        self._exporter_runs = exporter_runs

    async def listen(self) -> asyncio.Server:
        """Listen until the server is closed."""
        return await asyncio.start_unix_server(self._connected, socket_name(self._settings).replace("@", "\0", 1))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError), contextlib.closing(writer):
            method, _unused, rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").partition(" ")
            address, _unused, port = rest.partition(" ")[0].rpartition(":")
            serve = self.route(address, int(port)) if method == "CONNECT" and port.isdigit() else None
            writer.write(_REFUSAL if serve is None else _ACCEPTANCE)
            await writer.drain()
            if serve is not None:
                await serve(reader, writer)

    def route(self, address: str, port: int) -> _Serve | None:
        """What listens at an address of the cluster; None if nothing does."""
        node = next((each for each in self._nodes if address in _addresses(each)), None)
        return self._in_pod(address, port) if node is None else self._on_node(node, port)

    def _on_node(self, node: Object, port: int) -> _Serve | None:
        if port == self._settings.ports.kubelet:
            return self._to_kubelet
        runs = port == MANAGED_PORT and self._exporter_runs(node["metadata"]["name"])
        return self._to_exporter(node, mapped=False) if runs else None

    def _in_pod(self, address: str, port: int) -> _Serve | None:
        pod = next((each for each in self._pods if each["status"].get("podIP") == address and pods.is_serving(each)), None)
        exporter = exporter_of(pod) if pod is not None else None
        return self._to_pod(pod, exporter) if pod is not None and exporter is not None and exporter.port == port else None

    def _to_pod(self, pod: Object, exporter: Exporter) -> _Serve:
        (host,) = (each for each in self._nodes if each["metadata"]["name"] == pod["spec"]["nodeName"])
        return self._to_exporter(host, mapped=exporter.mapped, sees=reaches_gpus(pod, host["metadata"].get("labels") or {}))

    async def _to_kubelet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kubelet_reader, kubelet_writer = await asyncio.open_connection(LOOPBACK, self._settings.ports.kubelet)
        await asyncio.gather(pump(reader, kubelet_writer), pump(kubelet_reader, writer))

    def _to_exporter(self, node: Object, *, mapped: bool, sees: bool = True) -> _Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split(" ", 2)[1].partition("?")[0]
            writer.write(_page(path, self._loads.exposition(node, mapped=mapped) if sees else ""))
            await writer.drain()

        return serve


def _addresses(node: Object) -> set[str]:
    """The node's addresses in the virtual network; what a test has put there instead leads nowhere."""
    shown = (each["address"] for each in node["status"].get("addresses", ()) if each["type"] == "InternalIP")
    return {address for address in shown if address.startswith("10.")}


def _page(path: str, metrics: str) -> bytes:
    """What an exporter answers."""
    text = {"/metrics": metrics, "/health": "OK"}.get(path)
    return _response(HTTPStatus.NOT_FOUND, "404 page not found\n") if text is None else _response(HTTPStatus.OK, text)


def _response(status: HTTPStatus, text: str) -> bytes:
    body = text.encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
