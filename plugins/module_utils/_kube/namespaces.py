# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Lists what a namespace still contains before it is deleted."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .._core.schemas.kubernetes_objects import Groups
from .client import KubeClient
from .resources import Kind, ObjectName

_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# Kubernetes creates these in every namespace.
_DEFAULT_OBJECTS = {ObjectName("configmaps", "kube-root-ca.crt"), ObjectName("serviceaccounts", "default")}
# Traces of objects that may be gone.
_TRACES = {"events", "endpoints"}


def contents(client: KubeClient, namespace: str) -> list[ObjectName]:
    """The objects in a namespace, except those that Kubernetes creates itself and those that another object owns."""
    return sorted(name for kind in _kinds(client) for name in _names(client, kind, namespace))


def _names(client: KubeClient, kind: Kind, namespace: str) -> Iterator[ObjectName]:
    for item in client.list(kind, namespace=namespace):
        name = kind.named(item["metadata"]["name"])
        if name not in _DEFAULT_OBJECTS and not item["metadata"].get("ownerReferences"):
            yield name


def _kinds(client: KubeClient) -> Iterator[Kind]:
    """Every namespaced kind that can be listed and deleted, in the server's preferred version."""
    for root in ("/api", "/apis"):
        found: Mapping[str, Any] = client.call("GET", root, what="Discovering the API", accept=_DISCOVERY, shape=Groups)
        for group in found["items"]:
            name, version = group["metadata"].get("name", ""), group["versions"][0]
            api = f"apis/{name}/{version['version']}" if name else f"api/{version['version']}"
            for resource in version["resources"]:
                listed = resource["scope"] == "Namespaced" and {"list", "delete"} <= set(resource["verbs"])
                if listed and resource["resource"] not in _TRACES:
                    yield Kind(api, resource["resource"])
