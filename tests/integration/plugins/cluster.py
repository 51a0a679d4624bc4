# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the Kubernetes operations need of a cluster: GPU nodes, tasks as a playbook has them, and who wrote what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import CONFIG_MAPS, DAEMONSETS, JOBS, NAMESPACES, NODES, PODS, Kind
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._progress import NO_PROGRESS, Progress

from tests.integration.plugins.dumps import SELECTION, expect_same_from_files
from tests.integration.plugins.task_runs import run_task
from tests.integration.running_lab import RunningLab
from tests.lab import processes
from tests.unit.plugins.autoscaler_status import status_of

Json = dict[str, Any]
GPU = "nvidia.com/gpu"
SKU = "sku=gpu:NoSchedule"
_TEST_LABEL = "gpuops-aks-test"
_CLIENT = "lab:client"
_ACCOUNTS = Kind("api/v1", "serviceaccounts")
_CLUSTER_ROLES = Kind("apis/rbac.authorization.k8s.io/v1", "clusterroles", namespaced=False)
# By the directory of a lab, the selections and findings with which its files have been compared.
_COMPARED: dict[Path, set[str]] = {}
_BINDINGS = Kind("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", namespaced=False)


def proving(code: str, *values: object) -> Any:
    """A case of a test that brings about the cause of this code, which is its last value."""
    return pytest.param(*values, code, marks=pytest.mark.proves(code))


def followers() -> set[threading.Thread]:
    """The threads in which the plugins' watches run."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("watch of ")}


class Cluster:
    """Everything that one test makes has the test's own name in it, or its label; the test's namespace is there from the start."""

    def __init__(self, lab: RunningLab, directory: Path) -> None:
        self.lab = lab
        self.kubeconfig = str(lab.layout.kubeconfig)
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self._directory = directory
        self.client = KubeClient(kube_settings({"kubeconfig": self.kubeconfig}, {}))
        self.make_namespace(self.name)

    def run(self, operation: Operation, *, check: bool = False, **params: Any) -> Json:
        """A task that has to succeed."""
        result = self.attempt(operation, check=check, **params)
        assert not result.get("failed"), result["msg"]
        return result

    def fail(self, operation: Operation, *, check: bool = False, progress: Progress = NO_PROGRESS, **params: Any) -> Json:
        """A task that has to fail; its result, with what every failure must have."""
        result = self.attempt(operation, check=check, progress=progress, **params)
        assert result.get("failed"), result
        assert result["error"]["remedy"] in result["msg"]
        return result

    def attempt(self, operation: Operation, *, check: bool = False, progress: Progress = NO_PROGRESS, **params: Any) -> Json:
        """A task that may succeed or fail. What it shows of GPUs, files of the cluster show as well."""
        result = run_task(operation, {"kubeconfig": self.kubeconfig, **params}, check=check, progress=progress)
        if operation is FACTS and "ansible_facts" in result:
            self._expect_same_from_files(result["ansible_facts"]["gpu_schedulable"]["findings"], params)
        return result

    def _expect_same_from_files(self, findings: Sequence[Json], params: Json) -> None:
        """What the task has looked at is compared once for the same findings of a lab: many tests look until something has happened."""
        selection = {name: params[name] for name in SELECTION if name in params}
        seen = json.dumps([selection, [{**each, "context": []} for each in findings]], sort_keys=True).replace(self.name, "")
        compared = _COMPARED.setdefault(self.lab.dir, set())
        if seen not in compared:
            expect_same_from_files(self.lab, **selection)
            compared.add(seen)

    def add_node(
        self,
        suffix: str = "gpu",
        *,
        taints: Sequence[str] = (),
        gpus: int | None = None,
        labels: dict[str, str] | None = None,
        ready: bool = True,
    ) -> str:
        """A node of a GPU pool as AKS labels it; gpus None is one that no device plugin has served yet."""
        name = f"aks-{suffix}-{self.name}"
        self.client.create(NODES, _node(name, self.name, taints, labels or {}, gpus))
        if ready:
            self.until(lambda: _settled(self.get(NODES, name)))
        return name

    def break_gpu(self, fault: str, node: str, device: int = 0) -> None:
        """The GPU with this index has a fault, for as long as there is this node."""
        self.lab.set_fault(fault, node=node, device=device)

    def show_gpus(self, node: str, *, capacity: int, allocatable: int) -> None:
        """The node's kubelet tells of so many GPUs."""
        self.patch_status(node, {"capacity": {GPU: str(capacity)}, "allocatable": {GPU: str(allocatable)}})

    def patch_status(self, node: str, status: Json) -> None:
        """Part of a node's status, as its kubelet would report it."""
        self.lab.patch("nodes", node, {"status": status}, part="status")

    @contextmanager
    def silent_kubelets(self) -> Iterator[None]:
        """No kubelet reports as long as this lasts: a new node does not become Ready, and one that isn't stays so."""
        (kwok,) = [process for process in processes.load(self.lab.layout) if process.name == "kwok"]
        os.kill(kwok.pid, signal.SIGSTOP)
        try:
            self.until(lambda: _stands_still(kwok.pid))
            yield
        finally:
            os.kill(kwok.pid, signal.SIGCONT)

    def make_namespace(self, name: str) -> None:
        """A namespace that somebody else made, with the account that pods in it need."""
        self.client.create(NAMESPACES, {"metadata": {"name": name}})
        self.until(lambda: self.client.find(_ACCOUNTS, "default", name))

    def get(self, kind: Kind, name: str, namespace: str = "") -> Json:
        """An object that has to be there."""
        found = self.client.find(kind, name, namespace)
        assert found is not None, f"{kind.plural}/{name}"
        return dict(found)

    def until(self, question: Callable[[], Any]) -> Any:
        """The first answer that is true."""
        return self.lab.until(question)

    def kubectl_stdin(self, text: str, *arguments: str) -> None:
        """Kubectl, fed with a manifest."""
        subprocess.run(["kubectl", *arguments, "-f", "-"], input=text, env=self.lab.env, capture_output=True, text=True, check=True)

    def kubectl_edit(self, kind: Kind, name: str, namespace: str, edit: Callable[[Json], None]) -> None:
        """A person's `kubectl edit`, by an editor that does what edit does."""
        item = self.get(kind, name, namespace)
        edit(item)
        edited = self._directory / "edited.yaml"
        edited.write_text(yaml.safe_dump(item))
        env = {**self.lab.env, "KUBE_EDITOR": f"cp {edited}"}
        line = ["kubectl", "edit", kind.plural, name, "--namespace", namespace]
        subprocess.run(line, env=env, capture_output=True, text=True, check=True)

    @contextmanager
    def writes(self) -> Iterator[list[str]]:
        """What the API server's audit log says was written meanwhile by whom the task is; a dry run writes nothing."""
        seen: list[str] = []
        start = self._marked_line()
        yield seen
        end = self._marked_line()
        for line in self.lab.layout.audit.read_text().splitlines()[start + 1 : end]:
            event = json.loads(line)
            if event["user"]["username"] == _CLIENT and "dryRun=All" not in event["requestURI"]:
                seen.append(f"{event['verb']} {event['requestURI']}")

    def _marked_line(self) -> int:
        """The number of the audit log's line about a marker that is written now."""
        marker = f"marker-{uuid.uuid4().hex}"
        self.client.create(CONFIG_MAPS, {"metadata": {"name": marker, "namespace": self.name}})
        # One more than the number, because line 0 is false.
        return int(self.until(lambda: self._line_of(marker))) - 1

    def _line_of(self, marker: str) -> int:
        lines = self.lab.layout.audit.read_text().splitlines()
        return next((number for number, line in enumerate(lines, 1) if marker in line), 0)

    def kubeconfig_with(self, **changes: Any) -> str:
        """A copy of the kubeconfig: server, token or user may be another, user None for no credentials."""
        config = yaml.safe_load(Path(self.kubeconfig).read_text())
        if "server" in changes:
            config["clusters"][0]["cluster"]["server"] = changes["server"]
        if "user" in changes:
            config["users"][0]["user"] = changes["user"]
        file = self._directory / f"{uuid.uuid4().hex}.config"
        file.write_text(yaml.safe_dump(config))
        return str(file)

    def account(self, name: str) -> str:
        """The kubeconfig of a new service account, which may do nothing yet."""
        self.client.create(_ACCOUNTS, {"metadata": {"name": name, "namespace": self.name}})
        path = f"/api/v1/namespaces/{self.name}/serviceaccounts/{name}/token"
        token = self.client.call("POST", path, what="Requesting a token", body={"spec": {}})["status"]["token"]
        return self.kubeconfig_with(user={"token": token})

    def grant(self, account: str, *rules: Json) -> None:
        """The service account may do, in the whole cluster, what the rules say."""
        role = f"{self.name}-{uuid.uuid4().hex[:8]}"
        subject = {"kind": "ServiceAccount", "name": account, "namespace": self.name}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        self.client.create(_CLUSTER_ROLES, {"metadata": {"name": role}, "rules": list(rules)})
        self.client.create(_BINDINGS, {"metadata": {"name": role}, "subjects": [subject], "roleRef": reference})

    def until_allowed(self, account: str, verb: str, resource: str, group: str = "") -> None:
        """Until the API server has taken in that the service account may do this."""
        name, _unused, part = resource.partition("/")
        asked = {"verb": verb, "resource": name, "subresource": part, "group": group, "namespace": self.name}
        review = {"spec": {"user": f"system:serviceaccount:{self.name}:{account}", "resourceAttributes": asked}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        self.until(lambda: self.client.call("POST", path, what="Asking", body=review)["status"]["allowed"])

    def clean(self) -> None:
        """Takes away all that the test has made; pods first, while their nodes can end them."""
        namespaces = self._own(NAMESPACES)
        for namespace in namespaces:
            self._delete_workloads(namespace)
        self.until(lambda: not any(self.client.list(PODS, namespace=namespace) for namespace in namespaces))
        for node in self.client.list(NODES, labelSelector=f"{_TEST_LABEL}={self.name}"):
            self.client.delete(NODES, node["metadata"]["name"])
        for kind in (_BINDINGS, _CLUSTER_ROLES, NAMESPACES):
            for name in self._own(kind):
                self.client.delete(kind, name)
        self.client.close()

    def _delete_workloads(self, namespace: str) -> None:
        for kind in (DAEMONSETS, JOBS, PODS):
            for item in self.client.list(kind, namespace=namespace):
                self.client.delete(kind, item["metadata"]["name"], namespace)

    def _own(self, kind: Kind) -> list[str]:
        """The names of what the test has made of a kind that has no namespace."""
        names = [item["metadata"]["name"] for item in self.client.list(kind)]
        return [name for name in names if name.startswith(self.name)]


@contextmanager
def autoscaler_status(cluster: Cluster, pool: str) -> Iterator[Callable[..., None]]:
    """The cluster autoscaler says that the pool is at zero; what it then says, the function's arguments tell (see status_of)."""

    def say(*, target: int = 0, maximum: int = 3, failure: str = "") -> None:
        metadata = {"name": "cluster-autoscaler-status", "namespace": "kube-system"}
        data = {"status": status_of(pool, target=target, maximum=maximum, failure=failure)}
        cluster.kubectl_stdin(yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}), "apply")

    say()
    try:
        yield say
    finally:
        cluster.client.delete(CONFIG_MAPS, "cluster-autoscaler-status", "kube-system")


def _stands_still(pid: int) -> bool:
    """Whether every thread has stopped, which takes its time on a busy machine."""
    states = (file.read_text().rpartition(")")[2].split()[0] for file in Path(f"/proc/{pid}/task").glob("*/stat"))
    return all(state == "T" for state in states)


def _node(name: str, test: str, taints: Sequence[str], labels: dict[str, str], gpus: int | None) -> Json:
    devices = {} if gpus is None else {GPU: str(gpus)}
    room = {"cpu": "4", "memory": "16Gi", "pods": "110", **devices}
    return {
        "metadata": {
            "name": name,
            "labels": {
                _TEST_LABEL: test,
                "kubernetes.io/os": "linux",
                "kubernetes.azure.com/agentpool": test,
                "kubernetes.azure.com/accelerator": "nvidia",
                "node.kubernetes.io/instance-type": "Standard_NC4as_T4_v3",
                "kubernetes.azure.com/node-image-version": "AKSUbuntu-2204gen2containerd-202610.12.0",
                **labels,
            },
        },
        "spec": {"taints": [_taint(text) for text in taints], "podCIDR": _pod_network(name), "podCIDRs": [_pod_network(name)]},
        "status": {
            "capacity": room,
            "allocatable": room,
            "addresses": [
                {"type": "InternalIP", "address": "10.224.9.9"},
                {"type": "Hostname", "address": name},
            ],
        },
    }


def _pod_network(node: str) -> str:
    """A network for the node's pods that no node of the lab's pools has."""
    number = zlib.crc32(node.encode())
    return f"100.{64 + number % 64}.{number // 64 % 256}.0/24"


def _taint(text: str) -> Json:
    key_value, _unused, effect = text.rpartition(":")
    key, _unused, value = key_value.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _settled(node: Json) -> bool:
    """Whether the node is Ready and the taint of its beginning is gone."""
    conditions = {condition["type"]: condition["status"] for condition in node["status"].get("conditions", ())}
    keys = {taint["key"] for taint in node["spec"].get("taints", ())}
    return conditions.get("Ready") == "True" and "node.kubernetes.io/not-ready" not in keys
