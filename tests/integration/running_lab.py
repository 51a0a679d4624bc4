# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab for tests, started and ended through its own command line."""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from tests.lab import environment
from tests.lab.config import Layout, Settings
from tests.lab.supervisor import held_interrupts

REPOSITORY = Path(__file__).parents[2]
GROUP, CLUSTER = "myResourceGroup", "myAKSCluster"

_API_VERSIONS = {"resourcegroups": "2024-11-01", "Microsoft.Features": "2021-07-01", "Microsoft.ContainerService/": "2026-08-01"}
_NAMESPACES = 4  # of a new cluster
# How long whatever is to happen may take on a loaded machine; nothing is waited for any longer than it takes.
PATIENCE_S = 60
# Between two looks. They get rarer, because each costs processor time that what is waited for needs too: kubectl takes 0.1 s of it.
_FIRST_POLL_S, _LAST_POLL_S, _POLL_GROWTH = 0.02, 0.25, 1.5

# Where the API server has the kinds that tests look at.
_GROUPS = {
    "api/v1": ("configmaps", "events", "namespaces", "nodes", "pods", "secrets"),
    "apis/apps/v1": ("daemonsets", "deployments", "replicasets"),
    "apis/apiextensions.k8s.io/v1": ("customresourcedefinitions",),
    "apis/batch/v1": ("jobs",),
    "apis/nvidia.com/v1": ("clusterpolicies",),
    "apis/rbac.authorization.k8s.io/v1": ("clusterroles",),
    "apis/resource.k8s.io/v1": ("resourceslices",),
}
_OF_THE_CLUSTER = ("namespaces", "nodes", "customresourcedefinitions", "clusterpolicies", "clusterroles", "resourceslices")

T = TypeVar("T")


def _get_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kubectl get")
    parser.add_argument("kinds")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--namespace", "-n", default="default")
    parser.add_argument("--all-namespaces", "-A", action="store_true")
    parser.add_argument("--selector", "-l", default="")
    parser.add_argument("--field-selector", default="")
    return parser


_GET = _get_parser()


def _json(data: bytes) -> Any:
    return json.loads(data) if data else None


@dataclass(frozen=True)
class Answer:
    """What ARM or the API server replied."""

    status: int
    body: Any


class RunningLab:
    """A lab that is up: what a client of it needs, and short cuts to both of its halves."""

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        self.layout = Layout(directory)
        self.settings = Settings.load(self.layout)
        self.arm_url = self.settings.arm_url
        path = f"{self.layout.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        # The lab's authority alone: the public ones beside it take each client 30 ms of processor time, and none is met.
        trusted = {"REQUESTS_CA_BUNDLE": str(self.layout.ca)}
        self.env = {**os.environ, **environment.variables(self.layout, self.settings), **trusted, "PATH": path}
        self._tls = ssl.create_default_context(cafile=str(self.layout.ca))
        self._kubernetes_tls = ssl.create_default_context(cafile=str(self.layout.ca))
        self._kubernetes_tls.load_cert_chain(self.layout.certificate("client"), self.layout.key("client"))
        self._token = self._new_token()

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        """What kubectl prints, as administrator of the cluster."""
        result = subprocess.run(["kubectl", *arguments], env=self.env, capture_output=True, text=True, check=False)
        if check and result.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {result.stderr}")
        return result.stdout + result.stderr

    def get(self, *arguments: str) -> Any:
        """What `kubectl get` with these arguments would get, as JSON, without a process, which costs 0.1 s of processor time."""
        asked = _GET.parse_args(arguments)
        if asked.name:
            return self._object(f"{_collection(asked.kinds, asked.namespace)}/{asked.name}")
        query = urllib.parse.urlencode({"labelSelector": asked.selector, "fieldSelector": asked.field_selector})
        namespace = "" if asked.all_namespaces else asked.namespace
        lists = [self._object(f"{_collection(kind, namespace)}?{query}") for kind in asked.kinds.split(",")]
        return {"items": [item for each in lists for item in each["items"]]}

    def _object(self, path: str) -> Any:
        answer = self._of_kubernetes("GET", path)
        if answer.status != HTTPStatus.OK:
            raise AssertionError(f"GET {path}: {answer}")
        return answer.body

    def logs(self, pod: str, *, namespace: str = "default") -> str:
        """What `kubectl logs` would print of a pod with one container, without a process; "" while there is nothing."""
        answer = self._of_kubernetes("GET", f"{_collection('pods', namespace)}/{pod}/log", decode=bytes.decode)
        return str(answer.body) if answer.status == HTTPStatus.OK else ""

    def patch(self, kind: str, name: str, patch: Any, *, namespace: str = "default", part: str = "") -> None:
        """What `kubectl patch` would do, without a process. part: the subresource."""
        path = f"{_collection(kind, namespace)}/{name}{f'/{part}' if part else ''}"
        answer = self._of_kubernetes("PATCH", path, patch, {"Content-Type": "application/strategic-merge-patch+json"})
        if answer.status != HTTPStatus.OK:
            raise AssertionError(f"PATCH {path}: {answer}")

    def _of_kubernetes(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *, decode: Callable[[bytes], Any] = _json
    ) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, f"{self.settings.kube_url}/{path}", data, headers or {}, self._kubernetes_tls, decode=decode)

    def set_fault(self, fault: str, *, pool: str | None = None, node: str | None = None, device: int = 0) -> None:
        """What `python -m tests.lab fault` would set of a GPU, or of what a node runs, without a process."""
        answer = self.arm("POST", "/_lab/device-faults", {"fault": fault, "pool": pool, "node": node, "device": device})
        assert answer.status == HTTPStatus.OK, answer

    def clear_faults(self) -> None:
        """What `python -m tests.lab fault --clear` would do."""
        for kind in ("faults", "device-faults"):
            assert self.arm("DELETE", f"/_lab/{kind}").status == HTTPStatus.OK

    def until(self, question: Callable[[], T], *, within_s: float = PATIENCE_S) -> T:
        """The first answer that is true; there is nothing to move but real time in Kubernetes."""
        deadline, pause = time.monotonic() + within_s, _FIRST_POLL_S
        while not (answer := question()):
            if time.monotonic() > deadline:
                raise AssertionError(f"still {answer!r} after {within_s:g} s")
            time.sleep(pause)
            pause = min(pause * _POLL_GROWTH, _LAST_POLL_S)
        return answer

    def arm(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *, version: str | None = None
    ) -> Answer:
        """One request to the simulated Azure, in the lab's subscription unless the path begins with /_lab. version: of the API."""
        url = self.arm_url + path
        if not path.startswith("/_lab/"):
            version = version or next((value for part, value in _API_VERSIONS.items() if part in path), "2024-11-01")
            url = f"{self.arm_url}/subscriptions/{self.settings.subscription_id}{path}?api-version={version}"
        return self._send(
            method, url, None if body is None else json.dumps(body).encode(), {"Authorization": f"Bearer {self._token}", **(headers or {})}
        )

    def advance(self, seconds: float) -> None:
        """Moves Azure's clock, so that whatever takes that long is over."""
        self.arm("POST", "/_lab/clock", {"advance_s": seconds})

    def create_cluster(self, *, headers: Mapping[str, str] | None = None, properties: Mapping[str, Any] | None = None, **pool: Any) -> None:
        """A cluster with one pool, ready; properties are more of the cluster's own."""
        self.arm("POST", "/providers/Microsoft.ContainerService/register")
        self.advance(120)
        self.arm("PUT", f"/resourcegroups/{GROUP}", {"location": "eastus"})
        first = {"name": "nodepool1", "count": 1, "vmSize": "Standard_DS2_v2", "mode": "System", **pool}
        body = {
            "location": "eastus",
            "properties": {"dnsPrefix": CLUSTER, "agentPoolProfiles": [first], **(properties or {})},
            "identity": {"type": "SystemAssigned"},
        }
        self._change("PUT", "", body, headers)

    def create_pool(self, name: str, *, headers: Mapping[str, str] | None = None, version: str | None = None, **properties: Any) -> None:
        """An agent pool, created or changed, and ready. version: of the API."""
        body = {"properties": {"count": 1, "mode": "User", **properties}}
        self._change("PUT", f"/agentPools/{name}", body, headers, version=version)

    def delete_pool(self, name: str) -> None:
        """The pool is gone from Azure."""
        self._change("DELETE", f"/agentPools/{name}")

    def delete_cluster(self) -> None:
        """The cluster is gone from Azure and Kubernetes is empty again."""
        if self.arm("GET", cluster_path()).status != 404:
            self._change("DELETE", "")
        self.until(lambda: not self.get("nodes,pods", "--all-namespaces")["items"] and len(self.get("namespaces")["items"]) == _NAMESPACES)

    def _change(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *, version: str | None = None
    ) -> None:
        answer = self.arm(method, cluster_path() + path, body, headers, version=version)
        if answer.status >= 400:
            raise AssertionError(f"{method} {path}: {answer}")
        self.advance(1200)

    def _new_token(self) -> str:
        settings = self.settings
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.secret,
            "scope": f"{self.arm_url}/.default",
        }
        url = f"{self.arm_url}/{settings.tenant_id}/oauth2/v2.0/token"
        answer = self._send("POST", url, urllib.parse.urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        token: str = answer.body["access_token"]
        return token

    def _send(
        self,
        method: str,
        url: str,
        data: bytes | None,
        headers: Mapping[str, str],
        tls: ssl.SSLContext | None = None,
        *,
        decode: Callable[[bytes], Any] = _json,
    ) -> Answer:
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json", **headers})  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=tls or self._tls, timeout=30) as response:  # noqa: S310
                return Answer(response.status, decode(response.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _json(error.read()))


def _collection(kind: str, namespace: str) -> str:
    """The path of a kind's objects in the API server. namespace: "" for those of all."""
    names = {name: each for each in chain.from_iterable(_GROUPS.values()) for name in (each, each.removesuffix("s"), f"{each}.nvidia.com")}
    assert kind in names, f"add {kind} to _GROUPS, and to _OF_THE_CLUSTER if it has no namespaces"
    plural = names[kind]
    group = next(group for group, plurals in _GROUPS.items() if plural in plurals)
    scope = f"namespaces/{namespace}/" if namespace and plural not in _OF_THE_CLUSTER else ""
    return f"{group}/{scope}{plural}"


def cluster_path() -> str:
    """The ARM path of the cluster that tests make."""
    return f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}"


def command(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one command of the lab's own."""
    line = [sys.executable, "-m", "tests.lab", *arguments, "--dir", str(directory)]
    return subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@contextmanager
def running(directory: Path, *, era: str, options: Sequence[str] = ()) -> Iterator[RunningLab]:
    """A lab of that era in that directory, for as long as the context lasts; options are more of `up`'s."""
    # Whoever is interrupted waits for the command: it ends the lab, or what has started of it.
    try:
        with held_interrupts():
            started = command(directory, "up", "--era", era, *options)
        if started.returncode != 0:
            raise AssertionError(f"the lab did not start: {started.stdout}{started.stderr}")
        yield RunningLab(directory)
    finally:
        with held_interrupts():
            command(directory, "down")
