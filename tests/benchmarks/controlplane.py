# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's etcd and API server alone, with a large cluster in them that nobody changes while it is measured."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.objects import Size, objects
from tests.lab import build, certs, components, environment, processes, readiness
from tests.lab.components import Component
from tests.lab.config import LOOPBACK, Layout, Settings, write_private

_BATCH = 100  # etcd takes 128 writes in a transaction
_GRACE_S = 20.0


@dataclass(frozen=True)
class Seeded:
    """A cluster that is up: how to reach it, how to run kubectl, and what it took to fill it."""

    kubeconfig: Path
    binary: Path
    seconds: float


@contextmanager
def cluster(root: Path, size: Size, say: Callable[[str], None]) -> Iterator[Seeded]:
    """A cluster of that size for as long as the context lasts; its data is written anew each time, which takes a minute or two."""
    shutil.rmtree(root, ignore_errors=True)
    layout = Layout(root)
    layout.root.mkdir(parents=True)
    layout.logs.mkdir()
    binary = build.binary()
    settings = Settings.new(era="2026", speed=1)
    certs.write_certificates(layout)
    (root / "audit-policy.yaml").write_text('{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "None"}]}\n')
    layout.token_webhook.write_text(environment.token_webhook(layout, settings))  # nobody listens there: clients come with certificates
    write_private(layout.kubeconfig, environment.kubeconfig(layout, settings, "client"))
    etcd, apiserver = components.data_plane(binary, layout, settings)
    running: list[processes.Process] = []
    probe = readiness.Probe(layout)
    try:
        _start(etcd, layout, running, probe)
        started = time.monotonic()
        seed(settings.ports.etcd, size, say)
        seconds = time.monotonic() - started
        _start(apiserver, layout, running, probe)
        yield Seeded(layout.kubeconfig, binary, seconds)
    finally:
        processes.stop(reversed(running), grace_s=_GRACE_S)
        shutil.rmtree(root)


def _start(component: Component, layout: Layout, running: list[processes.Process], probe: readiness.Probe) -> None:
    home = layout.root / "home"
    home.mkdir(exist_ok=True)
    log = layout.logs / f"{component.name}.log"
    env = {"HOME": str(home)}
    running.append(processes.spawn(component.name, component.command, log=log, env=env, cwd=layout.root, port=component.port))
    readiness.wait_for(running, lambda: probe.ready(component))


def seed(port: int, size: Size, say: Callable[[str], None]) -> None:
    """Write the objects where the API server will look for them: it reads JSON from etcd as it does its own encoding."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    written = 0
    for batch in _batches(size):
        connection.request("POST", "/v3/kv/txn", body=batch, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"etcd answers {answer.status}: {text[:500]!r}")
        written += _BATCH
        if written % (100 * _BATCH) == 0:
            say(f"{written} of about {size.nodes + size.pods} objects")
    connection.close()


def _batches(size: Size) -> Iterator[bytes]:
    everything = objects(size)
    while batch := list(itertools.islice(everything, _BATCH)):
        writes = [{"requestPut": {"key": _data(key), "value": _data(json.dumps(item, separators=(",", ":")))}} for key, item in batch]
        yield json.dumps({"success": writes}).encode()


def _data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
