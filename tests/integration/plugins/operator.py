# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""NVIDIA's GPU Operator in the lab, as far as its objects go: the test writes what the operator's controller would write.

The operator of tests/lab/gpu_operator works as in life, which takes minutes of simulated time. Here, a test names the one state that it is
about, also one that no fault of the lab brings about. The API server keeps the custom resources, the DaemonSet controller makes the pods,
and the scheduler obeys taints and labels as in life.
The components themselves are stand-ins: a container that is always ready, or one that prints what a real one printed, and fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import (
    AKS_NODE_CLASSES,
    CLUSTER_POLICIES,
    DAEMONSETS,
    EVENTS,
    NVIDIA_DRIVERS,
    PODS,
    Kind,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.gpu_operator_info import OPERATION as INFO

from tests.integration.chart import CHART
from tests.integration.plugins.cluster import Cluster, Json
from tests.integration.plugins.custom_kinds import definition, known
from tests.unit.plugins.operator_builders import DISCOVERED, LABELED, OPERANDS, TOLERATED, policy

MADE_BY_TEST = {"gpuops-aks-test": "gpu-operator"}
WORKER = "gpu-operator-node-feature-discovery-worker"
ALWAYS_READY = "registry.k8s.io/pause:3.10"
PYTHON = "mcr.microsoft.com/azurelinux/base/python:3.12"
KINDS = {CLUSTER_POLICIES: "ClusterPolicy", NVIDIA_DRIVERS: "NVIDIADriver", AKS_NODE_CLASSES: "AKSNodeClass"}
MERGE = "application/merge-patch+json"


@contextmanager
def custom_resources(cluster: Cluster) -> Iterator[None]:
    """The resources of the operator, by the lab's chart, and of Karpenter are known to the cluster."""
    of_chart = [(CHART / "crds" / f"{kind.plural}.yaml").read_text() for kind in (CLUSTER_POLICIES, NVIDIA_DRIVERS)]
    of_karpenter = yaml.safe_dump(definition(AKS_NODE_CLASSES, KINDS[AKS_NODE_CLASSES]))
    with known(cluster, "\n---\n".join([*of_chart, of_karpenter]), *KINDS):
        yield


class Operator:
    """The operator's objects in the test's own namespace."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.namespace = cluster.name
        self._uid = ""

    def follow(self, *state: Any, name: str = "cluster-policy", kind: Kind = CLUSTER_POLICIES, **fields: Any) -> None:
        """A ClusterPolicy with a status; the arguments are those of `policy`."""
        made = policy(*state, **fields)
        created = self.cluster.client.create(
            kind,
            {
                "apiVersion": f"{kind.group}/{kind.api.split('/')[2]}",
                "kind": "ClusterPolicy" if kind is CLUSTER_POLICIES else "NVIDIADriver",
                "metadata": {"name": name, "labels": MADE_BY_TEST},
                "spec": made["spec"],
            },
        )
        self._uid = self._uid or created["metadata"]["uid"]
        self.report(made["status"], name=name, kind=kind)

    def report(self, status: Json, *, name: str = "cluster-policy", kind: Kind = CLUSTER_POLICIES) -> None:
        """What the operator says of a resource."""
        path = f"{kind.object(name)}/status"
        self.cluster.client.call("PATCH", path, what="Reporting", body={"status": status}, content=MERGE)

    def add_node(self, suffix: str = "gpu", *, labels: Mapping[str, str] | None = None, **fields: Any) -> str:
        """A GPU node that offers its GPU, by default with the labels of node feature discovery and the operator."""
        return self.cluster.add_node(suffix, labels=dict(LABELED if labels is None else labels), **{"gpus": 1, **fields})

    def run_worker(self, *tolerations: Mapping[str, Any]) -> None:
        """The DaemonSet of node feature discovery."""
        self._daemonset(WORKER, {}, {"image": ALWAYS_READY}, tolerations or (TOLERATED,), owned=False)

    def run_operands(self, *names: str, without: Sequence[str] = (), tolerations: Sequence[Mapping[str, Any]] = (TOLERATED,)) -> None:
        """These components, or all; each is ready wherever it runs."""
        for name in names or OPERANDS:
            if name not in without:
                self.run_operand(name, tolerations=tolerations)

    def run_operand(self, name: str, *, tolerations: Sequence[Mapping[str, Any]] = (TOLERATED,), says: str = "", **pod: Any) -> None:
        """One component: ready, or with `says` one that prints this and exits."""
        label, _image = OPERANDS[name]
        image = pod.pop("image", PYTHON if says else ALWAYS_READY)
        program = {"command": ["python3", "-c", f"import sys; print({says!r}); sys.exit(1)"]} if says else {}
        container = {"image": image, **program}
        self._daemonset(name, {f"nvidia.com/gpu.deploy.{label}": "true"}, container, tolerations, owned=True, **pod)

    def _daemonset(
        self, name: str, selector: Mapping[str, str], container: Json, tolerations: Sequence[Mapping[str, Any]], *, owned: bool, **pod: Any
    ) -> None:
        owner = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "name": "cluster-policy", "uid": self._uid, "controller": True}
        spec = {"nodeSelector": {**selector, "gpuops-aks-test": self.cluster.name}, "tolerations": list(tolerations), **pod}
        self.cluster.client.create(
            DAEMONSETS,
            {
                "metadata": {
                    "name": name,
                    "namespace": self.namespace,
                    "labels": MADE_BY_TEST,
                    **({"ownerReferences": [owner]} if owned else {}),
                },
                "spec": {
                    "selector": {"matchLabels": {"app": name}},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", **container}], **spec}},
                },
            },
        )

    def validate(self, node: str, *, fails: str = "") -> None:
        """The operator's CUDA program on a node: a program that ends well, or prints this and fails."""
        text, status = (fails, 1) if fails else ("cuda workload validation is successful", 0)
        command = ["python3", "-c", f"import sys; print({text!r}); sys.exit({status})"]
        self._pod("nvidia-cuda-validator", node, {"image": PYTHON, "command": command})
        self.cluster.until(lambda: self._phase("nvidia-cuda-validator", node) in ("Succeeded", "Failed"))

    def _phase(self, app: str, node: str) -> str:
        return str(self.cluster.get(PODS, f"{app}-{node}", self.namespace).get("status", {}).get("phase"))

    def _pod(self, app: str, node: str, container: Json) -> None:
        metadata = {"name": f"{app}-{node}", "namespace": self.namespace, "labels": {**MADE_BY_TEST, "app": app}}
        spec = {"nodeName": node, "restartPolicy": "Never", "containers": [{"name": "main", **container}]}
        self.cluster.client.create(PODS, {"metadata": metadata, "spec": {**spec, "tolerations": [{"operator": "Exists"}]}})

    def tell(self, daemonset: str, reason: str, message: str) -> None:
        """An event of the kubelet about a pod of a DaemonSet, and a pod that has no sandbox."""
        (pod,) = self.cluster.until(lambda: self.cluster.client.list(PODS, namespace=self.namespace, labelSelector=f"app={daemonset}"))
        about = {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": self.namespace, "apiVersion": "v1"}
        name = {"name": f"{daemonset}-event", "namespace": self.namespace}
        self.cluster.client.create(
            EVENTS, {"metadata": name, "involvedObject": about, "reason": reason, "message": message, "type": "Warning"}
        )

    def look(self, **params: Any) -> Json:
        """What the module says of the test's pool."""
        facts: Json = self.cluster.run(INFO, namespace=self.namespace, pool=self.cluster.name, **params)["gpu_operator"]
        return facts

    def until_found(self, code: str) -> Json:
        """The finding of this code, as soon as the cluster shows it; nothing else is the matter then."""
        found = self.cluster.until(lambda: codes_of(seen := self.look()) == [code] and seen)
        assert found["ready"] is False or code in SERVING
        finding: Json = found["findings"][0]
        return finding

    def remove(self) -> None:
        """Nothing of the operator is left; the test's cluster removes its namespace and nodes."""
        for kind in (NVIDIA_DRIVERS, CLUSTER_POLICIES):
            for each in self.cluster.client.list(kind):
                self.cluster.client.delete(kind, each["metadata"]["name"])
        for each in self.cluster.client.list(DAEMONSETS, namespace=self.namespace):
            self.cluster.client.delete(DAEMONSETS, each["metadata"]["name"], self.namespace)


def codes_of(found: Json) -> list[str]:
    """The codes of the findings in what the module returns."""
    return [each["code"] for each in found["findings"]]


# With these, the GPUs that are served stay so.
SERVING = ("ClusterPolicyIgnored", "OperatorReconcileFailed", "DriverUpgradeFailed", "DriverPreinstalled")
NOT_LABELED: Mapping[str, str] = {}
ONLY_DISCOVERED = DISCOVERED
