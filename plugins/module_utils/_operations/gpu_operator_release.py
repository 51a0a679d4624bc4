# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_operator_release_info: reads what a release of the GPU Operator has brought, and what its removal may delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .._core.gpu_operator.helm_environment import DRIVER_VARIABLE, release_store
from .._core.gpu_operator.records import decoded_revision, latest_revision, require_record, working_revision
from .._core.gpu_operator.release import (
    POLICY_DEFINITION,
    Found,
    Leftovers,
    ReleaseName,
    Revision,
    release_facts,
    removal_facts,
)
from .._core.nodes.gpu_operator import OPERATOR_NAMESPACE
from .._core.nodes.labels import checked_value
from .._core.scheduling.node_facts import POOL_LABEL
from .._core.shared.mappings import Json
from .._core.shared.names import LABEL, RELEASE, checked_name
from .._core.shared.ownership import MANAGED_BY_LABEL
from .._kube.client import KubeClient
from .._kube.connection.settings import kube_settings
from .._kube.decode import METADATA
from .._kube.resources import (
    CLUSTER_POLICIES,
    CONFIG_MAPS,
    CUSTOM_RESOURCE_DEFINITIONS,
    DAEMONSETS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    RUNTIME_CLASSES,
    SECRETS,
    STATEFULSETS,
    Kind,
)
from .arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES, cluster_arguments, kube_arguments
from .operation import Operation, Outcome, Run
from .target_cluster import connected, spoken_to, target_cluster

_WORKLOADS = (DEPLOYMENTS, STATEFULSETS, DAEMONSETS)
_STORES = {kind.plural: kind for kind in (SECRETS, CONFIG_MAPS)}


@dataclass(frozen=True)
class ReleaseRequest:
    """What to look for.

    release: The release. pool: The pool that it is for (None: any). removal: Whether to look for what its removal would delete and keep.
    store: The kind of object in which Helm keeps releases, "secrets" or "configmaps".
    """

    release: ReleaseName
    pool: str | None
    removal: bool
    store: str


def release_info(request: ReleaseRequest, client: KubeClient) -> dict[str, Any]:
    """The state of the release. Raises KubernetesError."""
    found = _found(request, client)
    require_record(found, request.store)
    facts = release_facts(found, _node(request.pool, client))
    return {**facts, "removal": removal_facts(found, _leftovers(request, client)) if request.removal else None}


def _found(request: ReleaseRequest, client: KubeClient) -> Found:
    release = request.release
    definitions = _metadata(client, CUSTOM_RESOURCE_DEFINITIONS)
    known = any(each["name"] == POLICY_DEFINITION for each in definitions)
    namespace = client.find(NAMESPACES, release.namespace)
    return Found(
        release,
        revision=None if namespace is None else _revision(request, client),
        namespace=None if namespace is None else namespace["metadata"],
        definitions=definitions,
        policies=_metadata(client, CLUSTER_POLICIES) if known else (),
    )


def _metadata(client: KubeClient, kind: Kind, namespace: str | None = None, selector: str = "") -> Sequence[Json]:
    return [each["metadata"] for each in client.list(kind, namespace=namespace, decoder=METADATA, labelSelector=selector)]


def _revision(request: ReleaseRequest, client: KubeClient) -> Revision | None:
    """The latest revision. Of the others, which may be large, only the metadata is read."""
    release, kind = request.release, _STORES[request.store]
    records = _metadata(client, kind, release.namespace, f"owner=helm,name={release.name}")
    name = latest_revision(records)
    record = None if name is None else client.find(kind, name, release.namespace)
    return None if record is None else decoded_revision(record, request.store)._replace(working=working_revision(records))


def _node(pool: str | None, client: KubeClient) -> Json | None:
    """A node of the pool; they all have the same image and version, but for an upgrade."""
    page = next(client.pages(NODES, labelSelector=f"{POOL_LABEL}={pool}" if pool else "", limit="1"))
    return next(iter(page.items), None)


def _leftovers(request: ReleaseRequest, client: KubeClient) -> Leftovers:
    namespace, name = request.release
    of_others = f"owner=helm,name!={name}"
    contents = [
        # Others may leave HELM_DRIVER as it is by default.
        *(each for kind in dict.fromkeys((SECRETS, _STORES[request.store])) for each in _metadata(client, kind, namespace, of_others)),
        *(each for kind in _WORKLOADS for each in _metadata(client, kind, namespace, f"{MANAGED_BY_LABEL}!=Helm")),
    ]
    others = f"{POOL_LABEL}!={request.pool}" if request.pool else ""
    return Leftovers(contents, nodes=_metadata(client, NODES, selector=others), runtime_classes=_metadata(client, RUNTIME_CLASSES))


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "namespace": {"type": "str", "default": OPERATOR_NAMESPACE},
        "release": {"type": "str", "default": "gpu-operator"},
        "pool": {"type": "str", "default": ""},
        "removal": {"type": "bool", "default": False},
    }


def _request(params: Mapping[str, Any], environ: Mapping[str, str]) -> ReleaseRequest:
    release = ReleaseName(
        namespace=checked_name("namespace", params["namespace"], LABEL), name=checked_name("release", params["release"], RELEASE)
    )
    store = release_store(environ.get(DRIVER_VARIABLE, ""))
    return ReleaseRequest(release, checked_value("pool", params["pool"]) or None, params["removal"], store)


def _nothing_to_read(request: ReleaseRequest) -> Outcome:
    """Check mode before the cluster exists."""
    found = Found(request.release, revision=None, namespace=None, definitions=(), policies=())
    removal = removal_facts(found, Leftovers((), nodes=(), runtime_classes=())) if request.removal else None
    return Outcome(
        {"gpu_operator_release": {**release_facts(found, None), "removal": removal}},
        warnings=("The kubeconfig does not exist yet, so the release of the GPU Operator cannot be read.",),
    )


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = _request(params, run.environ)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _nothing_to_read(request)
    with connected(settings, target_cluster(params, run), run, wait_timeout=None) as client:
        return Outcome({"gpu_operator_release": {**release_info(request, client), **spoken_to(settings, client)}})


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
