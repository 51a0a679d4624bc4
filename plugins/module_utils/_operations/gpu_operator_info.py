# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_operator_info: reads what exists of NVIDIA's GPU Operator, waits if asked to, and explains what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Callable, Iterator, Mapping, Sequence, TypeVar

from .._core.gpu_operator.causes_operands import logs_wanted
from .._core.gpu_operator.readiness import diagnose_operator, is_proven, operator_facts, operator_status, out_of_reach
from .._core.gpu_operator.view import OperatorView, may_be_served, operator_view
from .._core.nodes.gpu_operator import OPERATOR_NAMESPACE
from .._core.nodes.labels import checked_value
from .._core.schemas.kubernetes_lists import Node, Pod
from .._core.shared.mappings import Json
from .._core.shared.names import LABEL, checked_name
from .._core.shared.ranges import NODE_COUNT, SECONDS
from .._errors import KubernetesError, WaitTimeoutError
from .._kube.client import KubeClient
from .._kube.connection.settings import kube_settings
from .._kube.decode import Decoder
from .._kube.logs.pod_log import last_lines
from .._kube.mirror import Mirror
from .._kube.resources import CLUSTER_POLICIES, DAEMONSETS, EVENTS, NODES, NVIDIA_DRIVERS, PODS
from .._kube.watch import Watched
from .arguments import (
    CLUSTER_CONSTRAINTS,
    KUBE_LIBRARIES,
    cluster_arguments,
    kube_arguments,
    wait_arguments,
    wait_timeout_of,
)
from .evidence import EVIDENCE_SECONDS, timeout_of
from .operation import Operation, Outcome, Run
from .owner_resources import node_classes
from .target_cluster import connected, spoken_to, target_cluster

_Found = TypeVar("_Found")
_NODES = Decoder(Node, plain_page=125)
_PODS = Decoder(Pod)
_WAIT_ON = " Waiting does not remove this cause; raise fail_fast_after if another tool is about to remove it."


@dataclass(frozen=True)
class OperatorRequest:
    """Where the operator is, which nodes it should serve (pool None: all with a GPU), and how long to wait (None: not at all)."""

    namespace: str
    pool: str | None
    min_nodes: int
    wait_timeout: float | None
    fail_fast_after: float


class _Reader:
    """Reads what exists of the operator: once, or for as long as a wait lasts."""

    def __init__(self, request: OperatorRequest, client: KubeClient) -> None:
        self._request = request
        self._client = client

    def now(self) -> OperatorView:
        """The operator as it is now. Raises KubernetesError."""
        client, namespace = self._client, self._request.namespace
        return self._view(
            policies=_if_known(partial(client.list, CLUSTER_POLICIES)),
            drivers=_if_known(partial(client.list, NVIDIA_DRIVERS)),
            daemonsets=client.list(DAEMONSETS, namespace=namespace),
            pods=client.list(PODS, namespace=namespace, decoder=_PODS),
            nodes=[_NODES.slim(node) for node in client.list(NODES, decoder=_NODES) if self._takes(node)],
        )

    @contextmanager
    def watch(self) -> Iterator[tuple[Mirror, Callable[[], OperatorView]]]:
        """A mirror, and a function that returns the operator as the mirror shows it. Raises KubernetesError."""
        namespace = self._request.namespace
        watched = [
            Watched("daemonsets", DAEMONSETS, namespace=namespace),
            Watched("pods", PODS, namespace=namespace, decoder=_PODS),
            Watched("nodes", NODES, decoder=_NODES, keep=self._takes),
        ]
        with Mirror(self._client, watched) as mirror:
            for name, kind in (("policies", CLUSTER_POLICIES), ("drivers", NVIDIA_DRIVERS)):
                _if_known(partial(mirror.add, Watched(name, kind)))

            def view() -> OperatorView:
                found = {name: mirror.all(name) for name in mirror.objects}
                return self._view(policies=found.pop("policies", None), drivers=found.pop("drivers", None), **found)

            yield mirror, view

    def _view(self, *, drivers: Sequence[Json] | None, **found: Any) -> OperatorView:
        return operator_view(namespace=self._request.namespace, pool=self._request.pool, drivers=drivers or (), **found)

    def _takes(self, node: Json) -> bool:
        return may_be_served(node, self._request.pool)


def _if_known(read: Callable[[], _Found]) -> _Found | None:
    """What a request for custom resources returns, None if the cluster does not know the kind."""
    try:
        return read()
    except KubernetesError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def with_evidence(view: OperatorView, client: KubeClient) -> OperatorView:
    """The view with logs and events, which are only worth reading if something is wrong; without the right to, it says less."""
    client = client.within(EVIDENCE_SECONDS)
    snapshot = view.snapshot
    resources = replace(snapshot.resources, node_classes=node_classes(snapshot, client))
    logs = {f"{view.namespace}/{pod}": _log(client, pod, view.namespace, container) for pod, container in logs_wanted(view)}
    return replace(view, logs=logs, events=_events(client, view.namespace), snapshot=replace(snapshot, resources=resources))


def _log(client: KubeClient, pod: str, namespace: str, container: str) -> str:
    try:
        return last_lines(client, pod, namespace, container)
    except KubernetesError:
        return ""


def _events(client: KubeClient, namespace: str) -> Sequence[Json]:
    try:
        return client.list(EVENTS, namespace=namespace)
    except KubernetesError:
        return ()


def operator_info(request: OperatorRequest, client: KubeClient) -> dict[str, Any]:
    """The state of the operator. Raises WaitTimeoutError, with the state and the diagnosis, if it does not get ready in time."""
    reader = _Reader(request, client)
    if request.wait_timeout is None:
        return _facts(request, reader.now(), client)
    with reader.watch() as (mirror, view):
        if not _wait(request, mirror, view, client):
            raise _timeout(request, mirror, view(), client)
        return _facts(request, view(), client)


def _facts(request: OperatorRequest, view: OperatorView, client: KubeClient) -> dict[str, Any]:
    shown = with_evidence(view, client) if diagnose_operator(view) else view
    return operator_facts(shown, diagnose_operator(shown), request.min_nodes)


def _wait(request: OperatorRequest, mirror: Mirror, view: Callable[[], OperatorView], client: KubeClient) -> bool:
    """Whether the operator is proven in time, and before the same causes have kept it from that for fail_fast_after seconds."""
    deadline = client.deadline
    while True:
        causes = _causes(view())

        def look(seen: Sequence[str] = causes) -> bool:
            now = view()
            return is_proven(now, request.min_nodes) or _causes(now) != seen

        limit = deadline.within(request.fail_fast_after) if causes else deadline
        if not mirror.wait(look, limit, lambda: operator_status(view())):
            return False
        if is_proven(view(), request.min_nodes):
            return True


def _causes(view: OperatorView) -> Sequence[str]:
    return [f"{each.code}: {each.subjects}" for each in out_of_reach(diagnose_operator(view))]


def _timeout(request: OperatorRequest, mirror: Mirror, view: OperatorView, client: KubeClient) -> WaitTimeoutError:
    shown = with_evidence(view, client)
    findings = diagnose_operator(shown)
    early = not client.deadline.passed
    waited = client.deadline.elapsed if early else request.wait_timeout or 0
    status = operator_status(view)
    error = timeout_of(
        f"{status.subject}: {status.state} after {waited:.0f} s.",
        [*out_of_reach(findings), *findings] if early else findings,
        otherwise="Run the task again, with a longer wait_timeout.",
        trouble=mirror.trouble,
        facts={"gpu_operator": operator_facts(shown, findings, request.min_nodes)},
    )
    error.remedy += _WAIT_ON if early else ""
    return error


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "namespace": {"type": "str", "default": OPERATOR_NAMESPACE},
        "pool": {"type": "str", "default": ""},
        "min_nodes": {"type": "int", "default": 1},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": wait_arguments(timeout=1800)["wait_timeout"],
        "fail_fast_after": {"type": "int", "default": 120},
    }


def _request(params: Mapping[str, Any], run: Run) -> OperatorRequest:
    wait_timeout = wait_timeout_of(params)
    return OperatorRequest(
        namespace=checked_name("namespace", params["namespace"], LABEL),
        pool=checked_value("pool", params["pool"]) or None,
        min_nodes=NODE_COUNT.checked("min_nodes", params["min_nodes"]),
        wait_timeout=wait_timeout if params["wait"] and not run.check_mode else None,
        fail_fast_after=SECONDS.checked(
            "fail_fast_after", params["fail_fast_after"], also="To wait until the end, set it to wait_timeout."
        ),
    )


def _nothing_to_read(request: OperatorRequest) -> Outcome:
    """Check mode before the cluster exists."""
    view = operator_view(namespace=request.namespace, pool=request.pool, policies=None, drivers=(), nodes=(), daemonsets=(), pods=())
    return Outcome(
        {"gpu_operator": operator_facts(view, diagnose_operator(view), request.min_nodes)},
        warnings=("The kubeconfig does not exist yet, so the GPU Operator cannot be checked.",),
    )


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = _request(params, run)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _nothing_to_read(request)
    with connected(settings, target_cluster(params, run), run, wait_timeout=request.wait_timeout) as client:
        return Outcome({"gpu_operator": {**operator_info(request, client), **spoken_to(settings, client)}})


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
