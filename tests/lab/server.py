# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's one Python process: Azure, its proxy, the bridge, the kubelet and the GPU Operator on one event loop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web

from tests.lab import bare_python, certs, kubelet_api
from tests.lab.arm.app import make_app
from tests.lab.arm.model.trust import FederatedCredential
from tests.lab.arm.proxy import start_proxy
from tests.lab.arm.state import ArmState, ClusterBacking, Principal
from tests.lab.bridge import Bridge
from tests.lab.clock import LabClock
from tests.lab.cluster_network import ClusterNetwork, GpuLoads
from tests.lab.components import FEDERATED_SUBJECT, SERVICE_ACCOUNT_ISSUER
from tests.lab.config import LOOPBACK, Layout, Settings
from tests.lab.containers import ThisMachine
from tests.lab.device_manager import DeviceManager
from tests.lab.eras import ERAS
from tests.lab.gpu_operator import service as gpu_operator
from tests.lab.gpu_operator.nfd_master import Program
from tests.lab.gpu_operator.service import GpuOperator
from tests.lab.kubeapi import KubeApi, Mirror
from tests.lab.kubelet import Kubelet
from tests.lab.monitor.endpoints import MonitorEndpoints
from tests.lab.monitor.prometheus import MonitorPrometheus
from tests.lab.monitor.scraped import Scraped


async def serve(layout: Layout, settings: Settings, binary: Path, libraries: Path) -> None:
    """Serves until SIGTERM; a part that fails ends the process, and its log says why."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    state = _arm_state(layout, settings)
    async with AsyncExitStack() as stack:
        bridge_api = await stack.enter_async_context(KubeApi(settings.kube_url, certs.client_context(layout, "bridge")))
        kubelet_client = await stack.enter_async_context(KubeApi(settings.kube_url, certs.client_context(layout, "kubelet")))
        pods, nodes = Mirror(bridge_api, "/api/v1/pods"), Mirror(bridge_api, "/api/v1/nodes")
        manager = DeviceManager(state.device_faults)
        machine = ThisMachine(bare_python.make(layout.python), libraries, layout.pods)
        loads = GpuLoads(state.era, manager, state.device_faults)
        kubelet = Kubelet(kubelet_client, pods=pods, nodes=nodes, era=state.era, manager=manager, machine=machine)
        bridge = Bridge(bridge_api, state, pods=pods, nodes=nodes)
        operator_api = await stack.enter_async_context(KubeApi(settings.kube_url, certs.client_context(layout, "gpu-operator")))
        operator_pods = Mirror(operator_api, gpu_operator.PODS)
        program = Program(binary, layout.pki / "nfd-master.kubeconfig", layout.logs / "nfd-master.log")
        operator = GpuOperator(operator_api, state, pods=operator_pods, nodes=nodes, program=program)
        ports = settings.ports
        await _listen(stack, make_app(state, request_log=layout.arm_requests), ports.arm, certs.server_context(layout))
        stack.callback((await start_proxy(host=LOOPBACK, port=ports.proxy, arm_port=ports.arm)).close)
        network = ClusterNetwork(settings, loads, pods=pods, nodes=nodes, exporter_runs=bridge.exporter_runs)
        stack.callback((await network.listen()).close)
        endpoint = kubelet_api.make_app(kubelet, operator.kubelet.log, healthy=lambda: pods.synced.is_set() and nodes.synced.is_set())
        await _listen(stack, endpoint, ports.kubelet, certs.mutual_server_context(layout))
        prometheus = await _monitor(stack, layout, settings, state, Scraped(loads, pods=pods, nodes=nodes, state=state, bridge=bridge))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part.run()) for part in (pods, nodes, operator_pods, kubelet, bridge, operator, prometheus)]
            await stop.wait()
            for task in tasks:
                task.cancel()


async def _monitor(stack: AsyncExitStack, layout: Layout, settings: Settings, state: ArmState, scraped: Scraped) -> MonitorPrometheus:
    """Serves Azure Monitor's endpoints; the Prometheus behind them is yet to be run."""
    await scraped.listen(stack)
    prometheus = MonitorPrometheus(layout, settings, state, scraped)
    endpoints = MonitorEndpoints(state, prometheus, pods=scraped.pods, nodes=scraped.nodes)
    await _listen(stack, endpoints.application(), settings.ports.monitor, certs.server_context(layout))
    state.monitoring.url = settings.monitor_url
    return prometheus


async def _listen(stack: AsyncExitStack, application: web.Application, port: int, tls: ssl.SSLContext) -> None:
    # Whoever follows a log when the lab ends is cut off soon; the default is to wait a minute.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, LOOPBACK, port, ssl_context=tls).start()


def _arm_state(layout: Layout, settings: Settings) -> ArmState:
    backing = ClusterBacking(
        server=settings.kube_url,
        ca_pem=layout.ca.read_bytes(),
        user_cert_pem=layout.certificate("cluster-user").read_bytes(),
        user_key_pem=layout.key("cluster-user").read_bytes(),
        admin_cert_pem=layout.certificate("cluster-admin").read_bytes(),
        admin_key_pem=layout.key("cluster-admin").read_bytes(),
    )
    principal = Principal(settings.tenant_id, settings.subscription_id, settings.client_id, settings.secret)
    state = ArmState(era=ERAS[settings.era], clock=LabClock(settings.speed), principal=principal, backing=backing)
    state.trust.add_certificate(layout.certificate(certs.SERVICE_PRINCIPAL).read_bytes())
    state.trust.add_issuer(SERVICE_ACCOUNT_ISSUER, layout.certificate("service-account").read_bytes())
    state.trust.federated.append(FederatedCredential(SERVICE_ACCOUNT_ISSUER, FEDERATED_SUBJECT))
    state.throttle.factor = 1.0
    return state


def main() -> None:
    """Reads the lab's settings from its directory and serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="the lab's directory")
    parser.add_argument("--binary", type=Path, required=True, help="the control plane's binary")
    parser.add_argument("--libraries", type=Path, required=True, help="the directory of the libraries that stand in for NVIDIA's")
    options = parser.parse_args()
    layout = Layout(options.dir)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(layout, Settings.load(layout), options.binary, options.libraries))


if __name__ == "__main__":
    main()
