# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The components of a lab: their command lines and readiness checks."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab.config import LOOPBACK, Layout, Settings

STORE = "etcd"
SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc"
FEDERATED_SUBJECT = "system:serviceaccount:default:default"  # whose tokens sign in to Entra as the lab's principal
_SERVICE_CIDR = "10.0.0.0/16"


@dataclass(frozen=True)
class Component:
    """One process of the lab; ready once its port answers 200 on that path."""

    name: str
    command: tuple[str, ...]
    port: int
    ready_path: str
    tls: bool = True


def data_plane(binary: Path, layout: Layout, settings: Settings) -> tuple[Component, ...]:
    """The components that do not need the Kubernetes API at their start."""
    return (_etcd(binary, layout, settings), _apiserver(binary, layout, settings))


def controllers(binary: Path, layout: Layout, settings: Settings) -> tuple[Component, ...]:
    """The components that exit unless the Kubernetes API is available soon after their start."""
    return (_controller_manager(binary, layout, settings), _scheduler(binary, layout, settings), _kwok(binary, layout, settings))


def _etcd(binary: Path, layout: Layout, settings: Settings) -> Component:
    port = settings.ports.etcd
    flags = {
        "data-dir": str(layout.root / "etcd"),
        "client-url": f"http://{LOOPBACK}:{port}",
        "peer-url": f"http://{LOOPBACK}:{settings.ports.etcd_peer}",
    }
    return Component(STORE, _command(binary, STORE, flags), port, "/readyz", tls=False)


def _apiserver(binary: Path, layout: Layout, settings: Settings) -> Component:
    flags = {
        "etcd-servers": f"http://{LOOPBACK}:{settings.ports.etcd}",
        "bind-address": LOOPBACK,
        "secure-port": str(settings.ports.apiserver),
        **_serving_certificate(layout),
        "client-ca-file": str(layout.ca),
        "service-account-key-file": str(layout.certificate("service-account")),
        "service-account-signing-key-file": str(layout.key("service-account")),
        "service-account-issuer": SERVICE_ACCOUNT_ISSUER,
        "authentication-token-webhook-config-file": str(layout.token_webhook),
        "authentication-token-webhook-version": "v1",
        "authentication-token-webhook-cache-ttl": "1s",  # a lab changes clusters more often than a cloud does
        "authorization-mode": "Node,RBAC",
        "service-cluster-ip-range": _SERVICE_CIDR,
        "allow-privileged": "true",
        "endpoint-reconciler-type": "none",
        # What the API server connects to in the cluster, it reaches through the lab's network (cluster_network.py). The kubelet behind
        # every node's address has one certificate, which names none of them, so it isn't verified.
        "egress-selector-config-file": str(layout.root / "egress.yaml"),
        "kubelet-preferred-address-types": "InternalIP",
        "kubelet-client-certificate": str(layout.certificate("kube-apiserver-kubelet-client")),
        "kubelet-client-key": str(layout.key("kube-apiserver-kubelet-client")),
        "audit-policy-file": str(layout.root / "audit-policy.yaml"),
        "audit-log-path": str(layout.audit),
        "profiling": "false",
    }
    return Component("kube-apiserver", _command(binary, "kube-apiserver", flags), settings.ports.apiserver, "/readyz")


def _controller_manager(binary: Path, layout: Layout, settings: Settings) -> Component:
    flags = {
        **_controller_flags(layout, "kube-controller-manager", settings.ports.controller_manager),
        "service-account-private-key-file": str(layout.key("service-account")),
        "root-ca-file": str(layout.ca),
        # A cloud's controllers: nodes, their addresses and load balancers are the bridge's.
        "controllers": "*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller",
    }
    name = "kube-controller-manager"
    return Component(name, _command(binary, name, flags), settings.ports.controller_manager, "/healthz")


def _scheduler(binary: Path, layout: Layout, settings: Settings) -> Component:
    flags = _controller_flags(layout, "kube-scheduler", settings.ports.scheduler)
    return Component("kube-scheduler", _command(binary, "kube-scheduler", flags), settings.ports.scheduler, "/healthz")


def _kwok(binary: Path, layout: Layout, settings: Settings) -> Component:
    flags = {
        "kubeconfig": str(layout.pki / "kwok.kubeconfig"),
        "config": str(layout.root / "kwok.yaml"),
    }
    return Component("kwok", _command(binary, "kwok", flags), settings.ports.kwok, "/healthz", tls=False)


def server(binary: Path, libraries: Path, layout: Layout, settings: Settings) -> Component:
    """The lab's own server, whose containers with a GPU find these libraries."""
    built = ("--binary", str(binary), "--libraries", str(libraries))
    command = (sys.executable, "-m", "tests.lab.server", "--dir", str(layout.root), *built)
    return Component("server", command, settings.ports.kubelet, "/healthz")


def _serving_certificate(layout: Layout) -> dict[str, str]:
    return {"tls-cert-file": str(layout.certificate("server")), "tls-private-key-file": str(layout.key("server"))}


def _controller_flags(layout: Layout, name: str, port: int) -> dict[str, str]:
    return {
        "kubeconfig": str(layout.pki / f"{name}.kubeconfig"),
        "leader-elect": "false",
        "bind-address": LOOPBACK,
        "secure-port": str(port),
        **_serving_certificate(layout),
        # The defaults, 20 and 50, would hold back a test that makes a few hundred objects.
        "kube-api-qps": "5000",
        "kube-api-burst": "5000",
    }


def _command(binary: Path, name: str, flags: dict[str, str]) -> tuple[str, ...]:
    return (str(binary), name, *(f"--{flag}={value}" for flag, value in flags.items()))
