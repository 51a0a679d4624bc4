# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom resource definitions that a test gives to the API server; the objects keep whatever fields they get."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import Kind

from tests.integration.plugins.cluster import Cluster


def definition(kind: Kind, name: str) -> dict[str, Any]:
    """The definition of a kind whose objects have this name."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "names": {"plural": kind.plural, "singular": name.lower(), "kind": name},
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [{"name": kind.api.rpartition("/")[2], "served": True, "storage": True, "schema": schema}],
        },
    }


@contextmanager
def known(cluster: Cluster, definitions: str, *kinds: Kind) -> Iterator[None]:
    """The API server knows these kinds, by definitions in YAML, until this ends."""
    cluster.kubectl_stdin(definitions, "create")
    for kind in kinds:
        cluster.until(lambda kind=kind: _is_known(cluster, kind))  # type: ignore[misc]
    try:
        yield
    finally:
        cluster.kubectl_stdin(definitions, "delete")
        for kind in kinds:
            cluster.until(lambda kind=kind: not _is_known(cluster, kind))  # type: ignore[misc]


@contextmanager
def known_kind(cluster: Cluster, kind: Kind, name: str) -> Iterator[None]:
    """The API server knows a kind of any fields until this ends."""
    with known(cluster, yaml.safe_dump(definition(kind, name)), kind):
        yield


def _is_known(cluster: Cluster, kind: Kind) -> bool:
    try:
        cluster.client.list(kind)
    except KubernetesError:
        return False
    return True
