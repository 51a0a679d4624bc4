# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, watches and ends the processes of one lab."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab import certs, components, containers, environment, kwok, processes
from tests.lab.cluster_network import egress_configuration
from tests.lab.components import Component
from tests.lab.config import LabError, Layout, Settings, claimed_ports, write_private
from tests.lab.gpu.build import libraries
from tests.lab.processes import Process
from tests.lab.readiness import Probe, obituary, wait_for

REPOSITORY = Path(__file__).parents[2]
_STOP_GRACE_S = 10.0

# Reads are left out: what counts is who changed what. Leases are heartbeats, several a second on a large lab.
_AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:{clients}
- level: None
  verbs: [get, list, watch]
- level: None
  resources: [{{group: coordination.k8s.io, resources: [leases]}}]
- level: Metadata
"""
# Whoever counts requests wants those of the people, by either kubeconfig or by an account beside the GPU Operator's, and nothing of the
# control plane's.
_CLIENTS_READS = """
- level: Metadata
  users: ["lab:client", "masterclient"]
- level: Metadata
  userGroups: ["system:serviceaccounts:gpu-operator"]"""


@dataclass(frozen=True)
class Built:
    """What is built once for all labs: the control plane's binary, and the libraries that stand in for NVIDIA's."""

    binary: Path
    libraries: Path


def audit_policy(*, reads: bool) -> str:
    """The API server's audit policy: all writes and, on request, clients' reads."""
    return _AUDIT_POLICY.format(clients=_CLIENTS_READS if reads else "")


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Locks the lab's directory for one command, so that two commands do not start it twice."""
    layout.root.mkdir(parents=True, exist_ok=True)
    with (layout.root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def held_interrupts() -> Iterator[Callable[[], None]]:
    """Ctrl-C and SIGTERM wait until the yielded function is called, or the context ends, and are a KeyboardInterrupt there.

    Raised anywhere, it may come between the start of a process and its record, or be swallowed by an object's end (Popen.__del__).
    """
    came: list[int] = []

    def check() -> None:
        if came:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        # Also in place of another failure: Ctrl-C reaches the programs that are waited for too, and what they then fail of is no news.
        check()


def up(
    layout: Layout, *, era: str, speed: float, binary: Callable[[], Path], say: Callable[[str], None], audit_reads: bool = False
) -> None:
    """Brings the lab up and returns when every component is ready; a lab of the same era that is up is left as it is.

    With audit_reads the audit log has clients' reads beside everyone's writes.
    """
    with locked(layout):
        found = processes.load(layout)
        if any(process.alive for process in found):
            _require_same(layout, found, era)
            say(f"The lab in {layout.root} is already up (era {era}).")
            return
        built = Built(binary(), libraries())
        started = time.monotonic()
        _clear(layout)
        with ExitStack() as undo, claimed_ports() as ports:
            settings = Settings.new(era=era, speed=speed, ports=ports)
            # Also for Ctrl-C: a lab that is half up is of no use to anyone.
            undo.callback(_end, layout)
            with held_interrupts() as check:
                _start(layout, settings, built, check, audit_reads=audit_reads)
            undo.pop_all()
        say(f"The lab is up in {time.monotonic() - started:.1f} s (era {era}, speed {speed:g}). For a shell: . {layout.env}")


def _require_same(layout: Layout, found: Sequence[Process], era: str) -> None:
    remedy = f"Take it down first: python -m tests.lab down --dir {layout.root}"
    dead = [process for process in found if not process.alive]
    if dead:
        raise LabError(f"The lab in {layout.root} is broken.\n{obituary(dead)}\n{remedy}")
    running = Settings.load(layout).era
    if running != era:
        raise LabError(f"The lab in {layout.root} is up with era {running}, not {era}. {remedy}")


def _clear(layout: Layout) -> None:
    """Removes what an earlier lab left in this directory, including logs."""
    _remove_data(layout)
    shutil.rmtree(layout.logs, ignore_errors=True)
    for file in (layout.audit, layout.arm_requests):
        file.unlink(missing_ok=True)


def _remove_data(layout: Layout) -> None:
    """Removes keys, kubeconfigs and data; logs and request records are kept for inspection."""
    kept = {layout.logs, layout.audit, layout.arm_requests, layout.root / "lock"}
    for path in set(layout.root.iterdir()) - kept:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _start(layout: Layout, settings: Settings, built: Built, check: Callable[[], None], *, audit_reads: bool) -> None:
    settings.save(layout)
    certs.write_certificates(layout)
    for user in ("kube-controller-manager", "kube-scheduler", "kwok", "nfd-master"):
        write_private(layout.pki / f"{user}.kubeconfig", environment.kubeconfig(layout, settings, user))
    layout.token_webhook.write_text(environment.token_webhook(layout, settings))
    (layout.root / "audit-policy.yaml").write_text(audit_policy(reads=audit_reads))
    (layout.root / "egress.yaml").write_text(json.dumps(egress_configuration(settings)))
    stages = subprocess.run([built.binary, "kwok-stages"], capture_output=True, text=True, check=True).stdout
    (layout.root / "kwok.yaml").write_text(kwok.configuration(stages, containers.RUN_HERE, settings))
    environment.write_client_files(layout, settings, built.binary)
    layout.logs.mkdir()
    running: list[Process] = []
    probe = Probe(layout)
    first = (*components.data_plane(built.binary, layout, settings), components.server(built.binary, built.libraries, layout, settings))
    _spawn(layout, settings, first, running, check)
    wait_for(running, lambda: probe.ready(first[1]), check)
    second = components.controllers(built.binary, layout, settings)
    _spawn(layout, settings, second, running, check)
    wait_for(running, lambda: all(probe.ready(component) for component in (*first, *second)) and probe.default_account(first[1]), check)


def _spawn(layout: Layout, settings: Settings, wanted: Sequence[Component], running: list[Process], check: Callable[[], None]) -> None:
    home = layout.root / "home"
    home.mkdir(exist_ok=True)
    # A home of their own: KWOK and kubectl read configuration from there, the user's would change the lab.
    # Go's garbage collector runs a quarter as often, because a lab has more memory to spare than processor time. Half of the processors are
    # enough: on all of them, a lab that has nothing to do takes a quarter more.
    go = {"GOGC": "400", "GOMAXPROCS": str(max(1, len(os.sched_getaffinity(0)) // 2))}
    env = {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1", "LAB_SPEED": f"{settings.speed:g}", **go}
    env.pop("KUBECONFIG", None)
    for component in wanted:
        check()
        log = layout.logs / f"{component.name}.log"
        running.append(processes.spawn(component.name, component.command, log=log, env=env, cwd=REPOSITORY, port=component.port))
        processes.save(layout, running)


def down(layout: Layout, *, say: Callable[[str], None]) -> None:
    """Ends the lab's processes and removes its data, also when interrupted; its logs stay until the next lab in this directory."""
    if not layout.root.exists():
        say(f"There is no lab in {layout.root}.")
        return
    with locked(layout), held_interrupts():
        was_up = bool(processes.load(layout))
        _end(layout)
    say(f"The lab in {layout.root} is down." if was_up else f"There is no lab in {layout.root}.")


def _end(layout: Layout) -> None:
    found = processes.load(layout)
    # The store last: without it the API server cannot end in good order and takes the whole grace.
    store = [process for process in found if process.name == components.STORE]
    processes.stop([process for process in found if process not in store], grace_s=_STOP_GRACE_S)
    processes.stop(store, grace_s=_STOP_GRACE_S)
    _remove_data(layout)


def status(layout: Layout, *, say: Callable[[str], None]) -> bool:
    """Lists the lab's components and why those that died did; True if all of them are alive."""
    found = processes.load(layout)
    if not found:
        say(f"There is no lab in {layout.root}.")
        return False
    settings = Settings.load(layout)
    say(f"lab in {layout.root}: era {settings.era}, speed {settings.speed:g}, ARM {settings.arm_url}, Kubernetes {settings.kube_url}")
    dead = [process for process in found if not process.alive]
    for process in found:
        say(f"  {process.name:<24} pid {process.pid:<8} port {process.port:<6} {'dead' if process in dead else 'alive'}")
    if dead:
        say(obituary(dead))
    return not dead
