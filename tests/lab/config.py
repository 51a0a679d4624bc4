# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a lab keeps its files, and the settings its processes share."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

LOOPBACK = "127.0.0.1"
DEFAULT_DIR = Path("build/lab")
DEFAULT_SPEED = 60.0
DEFAULT_ERA = "2026"
TOKEN_REVIEW_PATH = "/_lab/tokenreview"  # where the API server asks the simulator who the bearer of an Entra token is
IDENTITY_HEADER = "gpuops-lab"  # for the managed identity endpoint: it only proves that a client reads its environment

# Below Linux' range for outgoing connections (32768 and up), so that no connection takes a port between its choice and its use.
_PORT_RANGE = range(20000, 32000)


class LabError(Exception):
    """A lab command cannot continue; the message says why and what to do."""


@dataclass(frozen=True)
class Ports:
    """The loopback ports of a lab's servers."""

    etcd: int
    etcd_peer: int
    apiserver: int
    controller_manager: int
    scheduler: int
    kwok: int
    arm: int
    proxy: int
    kubelet: int
    monitor: int
    prometheus: int


@dataclass(frozen=True)
class Layout:
    """The files of one lab, all under its directory."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "lab.json"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    @property
    def ca(self) -> Path:
        return self.pki / "ca.pem"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def python(self) -> Path:
        """The Python of pods."""
        return self.root / "python"

    @property
    def pods(self) -> Path:
        """The files of pods, a directory a pod."""
        return self.root / "pods"

    @property
    def audit(self) -> Path:
        return self.root / "audit.jsonl"

    @property
    def arm_requests(self) -> Path:
        return self.root / "arm-requests.jsonl"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def ca_bundle(self) -> Path:
        return self.root / "ca-bundle.pem"

    @property
    def service_principal(self) -> Path:
        return self.root / "service-principal.pem"

    @property
    def token_webhook(self) -> Path:
        return self.pki / "token-webhook.kubeconfig"

    @property
    def env(self) -> Path:
        return self.root / "env"

    @property
    def env_proxy(self) -> Path:
        return self.root / "env.proxy"

    def certificate(self, name: str) -> Path:
        return self.pki / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.pki / f"{name}-key.pem"


@dataclass(frozen=True)
class Settings:
    """The settings that all processes of a lab share, written once by `up`."""

    era: str
    speed: float
    ports: Ports
    tenant_id: str
    subscription_id: str
    client_id: str
    secret: str

    @classmethod
    def new(cls, *, era: str, speed: float, ports: Ports | None = None) -> Settings:
        """Settings with these ports, or ones that are free now, and a service principal of this lab's own."""
        return cls(
            era=era,
            speed=speed,
            ports=ports or free_ports(),
            tenant_id=str(uuid.uuid4()),
            subscription_id=str(uuid.uuid4()),
            client_id=str(uuid.uuid4()),
            secret=secrets.token_urlsafe(24),
        )

    @classmethod
    def load(cls, layout: Layout) -> Settings:
        """The settings of the lab in that directory."""
        data = json.loads(layout.settings.read_text())
        return cls(**{**data, "ports": Ports(**data["ports"])})

    def save(self, layout: Layout) -> None:
        """Writes the settings for the lab's processes, readable by their owner only: they hold the principal's secret."""
        write_private(layout.settings, json.dumps(asdict(self), indent=2))

    @property
    def arm_url(self) -> str:
        return f"https://localhost:{self.ports.arm}"

    @property
    def monitor_url(self) -> str:
        return f"https://localhost:{self.ports.monitor}"

    @property
    def proxy_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.proxy}"

    @property
    def kube_url(self) -> str:
        return f"https://{LOOPBACK}:{self.ports.apiserver}"


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def free_ports() -> Ports:
    """Distinct loopback ports that are free now."""
    with claimed_ports() as ports:
        return ports


@contextmanager
def claimed_ports() -> Iterator[Ports]:
    """Free ports that no other lab chooses while the context lasts, which is until this lab listens on them."""
    with ExitStack() as claims:
        yield _chosen(claims)


def _chosen(claims: ExitStack) -> Ports:
    names = [field.name for field in fields(Ports)]
    candidates = iter(random.sample(_PORT_RANGE, k=len(_PORT_RANGE)))
    with ExitStack() as held:
        return Ports(**{name: next(port for port in candidates if _claim(port, claims) and _hold(port, held)) for name in names})


def _claim(port: int, claims: ExitStack) -> bool:
    """Whether no other lab claims the port; a name in the kernel's memory goes with the process that has bound it."""
    claim = claims.enter_context(socket.socket(socket.AF_UNIX))
    try:
        claim.bind(f"\0gpuops-aks-lab-port-{port}")
    except OSError:
        return False
    return True


def _hold(port: int, held: ExitStack) -> bool:
    candidate = held.enter_context(socket.socket())
    # As servers do: a port whose last connections are still in TIME_WAIT is free.
    candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        candidate.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
