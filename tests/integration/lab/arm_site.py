# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Serves the simulator over TLS on a free loopback port, and hands out Microsoft's own clients for it.

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient

from tests.lab.arm.app import make_app
from tests.lab.arm.proxy import start_proxy
from tests.lab.arm.state import ArmState, ClusterBacking, Principal
from tests.lab.clock import LabClock
from tests.lab.eras import ERAS

PRINCIPAL = Principal(
    tenant_id="11111111-1111-1111-1111-111111111111",
    subscription_id="22222222-2222-2222-2222-222222222222",
    client_id="33333333-3333-3333-3333-333333333333",
    secret="lab-secret",
)
BACKING = ClusterBacking(
    server="https://127.0.0.1:6443",
    ca_pem=b"ca",
    user_cert_pem=b"user certificate",
    user_key_pem=b"user key",
    admin_cert_pem=b"admin certificate",
    admin_key_pem=b"admin key",
)
ARM_HOST = "management.azure.com"
LOGIN_HOST = "login.microsoftonline.com"
_PATIENCE_S = 10
_HANG_UP_S = 5


class SimulatedSleep(RequestsTransport):
    """azure-core sleeps through its transport; here that moves the lab's clock instead of waiting."""

    def __init__(self, clock: LabClock, *, ca: str) -> None:
        super().__init__(connection_verify=ca, use_env_settings=False)
        self._clock = clock
        self.slept: list[float] = []

    def sleep(self, duration: float) -> None:
        self.slept.append(duration)
        self._clock.advance(duration * self._clock.speed)


@dataclass(frozen=True)
class ArmSite:
    """A running simulator; the clients that it hands out are closed with it."""

    state: ArmState
    url: str
    ca: str
    log: Path
    proxy: str
    clients: ExitStack = field(default_factory=ExitStack)

    def credential(self, **changes: str) -> ClientSecretCredential:
        """A credential for the lab's service principal, or one that differs where `changes` say so."""
        names = {"tenant_id": PRINCIPAL.tenant_id, "client_id": PRINCIPAL.client_id, "client_secret": PRINCIPAL.secret, **changes}
        options: dict[str, Any] = {"disable_instance_discovery": True, "connection_verify": self.ca, "retry_total": 0}
        return self.clients.enter_context(ClientSecretCredential(**names, authority=self.url, **options))

    def client(self, **options: Any) -> ContainerServiceClient:
        """The AKS client of Azure's SDK, whose sleeping moves the lab's clock."""
        options.setdefault("transport", SimulatedSleep(self.state.clock, ca=self.ca))
        client = ContainerServiceClient(
            options.pop("credential", None) or self.credential(),
            options.pop("subscription", PRINCIPAL.subscription_id),
            base_url=self.url,
            credential_scopes=[f"{self.url}/.default"],
            **options,
        )
        return self.clients.enter_context(client)


def send(client: ContainerServiceClient, method: str, path: str, *, body: object = None, api_version: str = "2024-11-01") -> HttpResponse:
    """A raw request below the subscription through the SDK's pipeline; refusals come back as responses."""
    url = f"/subscriptions/{PRINCIPAL.subscription_id}{path}?api-version={api_version}"
    return client.send_request(HttpRequest(method, url, json=body))


@dataclass(frozen=True)
class Request:
    """A request as it came in, body and all; the simulator's own log has no bodies."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Observer = Callable[[Request], None]


@contextmanager
def serve(
    tmp_path: Path,
    *,
    era: str = "2026",
    speed: float = 60.0,
    backing: ClusterBacking | None = BACKING,
    running: bool = False,
    observer: Observer | None = None,
) -> Iterator[ArmSite]:
    """Run the simulator and its proxy in a thread of their own until the block ends.

    Its clock stands still unless it is moved; with running it runs, at the speed. The observer sees each request before the
    simulator does, in the simulator's thread.
    """
    clock = LabClock(speed) if running else LabClock(speed, monotonic=lambda: 0.0)
    state = ArmState(era=ERAS[era], clock=clock, principal=PRINCIPAL, backing=backing)
    ca, log = tmp_path / "ca.pem", tmp_path / "arm-requests.jsonl"
    app = make_app(state, request_log=log)
    if observer is not None:
        app.middlewares.append(_observed_by(observer))
    with _listening(app, _tls(ca)) as (arm_port, proxy_port):
        site = ArmSite(state, url=f"https://localhost:{arm_port}", ca=str(ca), log=log, proxy=f"http://127.0.0.1:{proxy_port}")
        with site.clients:
            yield site


def _tls(ca: Path) -> ssl.SSLContext:
    """A certificate for the names that clients call Azure by; that of its authority is written to the path."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1", ARM_HOST, LOGIN_HOST).configure_cert(context)
    return context


@contextmanager
def _listening(app: web.Application, context: ssl.SSLContext) -> Iterator[tuple[int, int]]:
    """The ports of the application and of its proxy."""
    server = _Running(app, context)
    with _loop_in_a_thread() as loop:
        try:
            yield asyncio.run_coroutine_threadsafe(server.start(), loop).result(_PATIENCE_S)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(_PATIENCE_S)


@contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _observed_by(observer: Observer) -> Callable[[web.Request, Callable[[web.Request], Awaitable[Any]]], Awaitable[Any]]:
    @web.middleware
    async def observe(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
        observer(Request(request.method, request.path, dict(request.headers), await request.read()))
        return await handler(request)

    return observe


class _Running:
    def __init__(self, app: web.Application, context: ssl.SSLContext) -> None:
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        self._context = context
        self._proxy: asyncio.Server | None = None

    async def start(self) -> tuple[int, int]:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context).start()
        arm_port = self._runner.addresses[0][1]
        self._proxy = await start_proxy(host="127.0.0.1", port=0, arm_port=arm_port)
        return arm_port, self._proxy.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
        await self._all_hung_up()
        await self._runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait_for(asyncio.gather(*others), _HANG_UP_S)

    async def _all_hung_up(self) -> None:
        """Cut what clients left open and see it closed: an open socket at the loop's end is a warning, and warnings fail tests."""
        server = self._runner.server
        async with asyncio.timeout(_HANG_UP_S):
            while server is not None and server.connections:
                for connection in server.connections:
                    if connection.transport is not None:
                        connection.transport.abort()
                await asyncio.sleep(0.001)
