# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's one Python process."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from tests.lab import certs
from tests.lab.config import LOOPBACK, Layout, Settings


async def serve(layout: Layout, settings: Settings) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    application = web.Application()
    application.router.add_get("/healthz", _healthy)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, settings.ports.kubelet, ssl_context=certs.mutual_server_context(layout)).start()
    await stop.wait()
    await runner.cleanup()


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def main() -> None:
    """Reads the lab's settings from its directory and serves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", type=Path, required=True)
    layout = Layout(parser.parse_args().dir)
    asyncio.run(serve(layout, Settings.load(layout)))


if __name__ == "__main__":
    main()
