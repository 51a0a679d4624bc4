# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Admission that changes what is created in a test's namespace, as a service mesh or a governance policy does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import JOBS, PODS, Kind

from tests.integration.plugins.cluster import GPU, Cluster, Json

_API = "apis/admissionregistration.k8s.io/v1"
_POLICIES = Kind(_API, "mutatingadmissionpolicies", namespaced=False)
_BINDINGS = Kind(_API, "mutatingadmissionpolicybindings", namespaced=False)
_CONTAINER = {"name": "idle", "image": "example.com/idle:1", "imagePullPolicy": "Never", "resources": {"limits": {GPU: "1"}}}
# Without a token, whose volume has another name each time.
_TEMPLATE: Json = {"spec": {"restartPolicy": "Never", "automountServiceAccountToken": False, "containers": [_CONTAINER]}}
_PROBES = {"pods": (PODS, _TEMPLATE), "jobs": (JOBS, {"spec": {"template": _TEMPLATE}})}


@contextmanager
def changing(cluster: Cluster, resource: str, added: Mapping[str, Any]) -> Iterator[None]:
    """Every new pod, or every new Job, gets these values at these JSON pointers."""
    before = _probe(cluster, resource)
    patches = ", ".join(f'JSONPatch{{op: "add", path: {json.dumps(path)}, value: {_cel(value)}}}' for path, value in added.items())
    rule = {"apiGroups": ["batch" if resource == "jobs" else ""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    spec = {
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.name}}},
        "reinvocationPolicy": "Never",
        "failurePolicy": "Fail",
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": f"[{patches}]"}}],
    }
    cluster.client.create(_POLICIES, {"metadata": {"name": cluster.name}, "spec": spec})
    cluster.client.create(_BINDINGS, {"metadata": {"name": cluster.name}, "spec": {"policyName": cluster.name}})
    try:
        cluster.until(lambda: _probe(cluster, resource) != before)
        yield
    finally:
        cluster.client.delete(_BINDINGS, cluster.name)
        cluster.client.delete(_POLICIES, cluster.name)
        cluster.until(lambda: _probe(cluster, resource) == before)


def _probe(cluster: Cluster, resource: str) -> Any:
    """What becomes of an object that is created, and isn't."""
    kind, body = _PROBES[resource]
    made = cluster.client.create(kind, {"metadata": {"name": "probe", "namespace": cluster.name}, **body}, dry_run=True)
    return made["spec"]["template"]["spec"] if resource == "jobs" else made["spec"]


def _cel(value: Any) -> str:
    """A value as CEL has it, which wants all values of a list or map to be of one type."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: dyn({_cel(each)})" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(f"dyn({_cel(each)})" for each in value) + "]"
    return json.dumps(value)
