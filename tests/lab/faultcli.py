# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m tests.lab fault: let the simulated Azure, a GPU or what a node runs fail as real ones do."""

from __future__ import annotations

import argparse
import http.client
import json
import ssl
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.lab.config import LOOPBACK, LabError, Layout, Settings
from tests.lab.device_faults import FAULTS, NODE_FAULTS, SERVICE_FAULTS

_PATH = "/_lab/faults"
_DEVICES_PATH = "/_lab/device-faults"
_UNTIL_CLEARED = 0


def add_parser(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("name", nargs="?", help="a fault to arm; without one the faults are listed")
    parser.add_argument("--times", type=int, default=1, help="how many requests it meets, 0 for all until cleared (default: %(default)s)")
    parser.add_argument("--method", help="only requests of this method, * for any, in place of the fault's own")
    parser.add_argument("--path", help="only paths like this, as '**/agentPools/gpunp': * is one segment, ** any number")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a value in the fault's texts; may be repeated")
    parser.add_argument("--node", help="a fault of a GPU or of what a node runs: the node that has it")
    parser.add_argument("--pool", help="a fault of a GPU or of what a node runs: the pool, each node of which has it")
    parser.add_argument("--device", type=int, default=0, help="a fault of a GPU: its index on the node (default: %(default)s)")
    parser.add_argument("--clear", action="store_true", help="disarm all, and repair all GPUs and nodes")


def run(options: argparse.Namespace, layout: Layout, *, say: Callable[[str], None]) -> None:
    """List, arm or clear."""
    if options.clear:
        for path in (_PATH, _DEVICES_PATH):
            _ask(layout, "DELETE", path)
        say("No fault is armed.")
    elif options.name is None:
        _list(_ask(layout, "GET", _PATH), _ask(layout, "GET", _DEVICES_PATH), say)
    elif options.name in (*FAULTS, *NODE_FAULTS):
        fault = {"fault": options.name, "device": options.device, "node": options.node, "pool": options.pool}
        say(f"Set: {_device_described(_ask(layout, 'POST', _DEVICES_PATH, fault))}")
    else:
        armed = _ask(layout, "POST", _PATH, _request(options))
        say(f"Armed: {_described(armed)}")


def _request(options: argparse.Namespace) -> dict[str, Any]:
    values = {}
    for pair in options.set:
        name, separator, value = pair.partition("=")
        if not separator:
            raise LabError(f"--set {pair}: write NAME=VALUE.")
        values[name] = value
    times = None if options.times == _UNTIL_CLEARED else options.times
    return {"name": options.name, "times": times, "method": options.method, "path": options.path, "values": values}


def _list(of_azure: dict[str, Any], of_gpus: dict[str, Any], say: Callable[[str], None]) -> None:
    """All faults that there are, and then those that are in effect."""
    for fault in of_azure["known"]:
        values = "".join(f" {name}={value}" for name, value in fault["values"].items())
        say(f"{fault['name']:<36} {fault['summary']}{f'  [{values.strip()}]' if values else ''}")
    for fault in of_gpus["known"]:
        say(f"{fault['name']:<36} {fault['summary']}  [{_place(fault['name'])}]")
    for armed in of_azure["armed"]:
        say(f"armed: {_described(armed)}")
    for fault in of_gpus["set"]:
        say(f"set: {_device_described(fault)}")


def _place(name: str) -> str:
    if name not in NODE_FAULTS:
        return "a GPU: --node or --pool, --device"
    return f"{'a managed pool' if name in SERVICE_FAULTS else 'a pool of the GPU Operator'}: --node or --pool"


def _device_described(fault: dict[str, Any]) -> str:
    place = f"node {fault['node']}" if fault["node"] else f"each node of pool {fault['pool']}"
    device = "" if fault["device"] is None else f"GPU {fault['device']} of "
    return f"{fault['fault']}, {device}{place}, until cleared"


def _described(armed: dict[str, Any]) -> str:
    times = "until cleared" if armed["times"] is None else f"{armed['times']} times"
    return f"{armed['name']}, {times}, {'|'.join(armed['methods']) or 'any'} {' '.join(armed['paths'])}"


def _ask(layout: Layout, method: str, path: str, body: object = None) -> dict[str, Any]:
    if not layout.settings.exists():
        raise LabError(f"There is no lab in {layout.root}. Start one: python -m tests.lab up --dir {layout.root}")
    port = Settings.load(layout).ports.arm
    connection = http.client.HTTPSConnection(LOOPBACK, port, context=ssl.create_default_context(cafile=str(layout.ca)), timeout=10)
    with closing(connection):
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.load(response)
        except OSError as error:
            raise LabError(f"The lab in {layout.root} does not answer: {error}") from error
    if response.status != http.HTTPStatus.OK:
        raise LabError(answer["error"]["message"].removeprefix("gpuops.aks lab: "))
    return answer
