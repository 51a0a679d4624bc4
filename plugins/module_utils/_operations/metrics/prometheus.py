# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The source prometheus: an Azure Monitor workspace, found by the cluster's data collection rules, or a Prometheus at a URL."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any, Iterator, Mapping

from ..._azure.monitor import read_account, read_associations, read_cluster, read_rule
from ..._azure.prometheus_answers import decoded_answer
from ..._azure.query import QueryClient, Target
from ..._azure.session import Session
from ..._core.metrics.causes import (
    NEVER,
    STOPPED,
    about,
    dropped_labels,
    partial,
)
from ..._core.metrics.judge import without_profiling
from ..._core.metrics.monitoring import (
    METRICS_ASSOCIATION,
    accounts_of,
    audience_of,
    collects_prometheus,
    query_endpoint,
    rules_of,
)
from ..._core.metrics.prometheus import (
    Answer,
    Selector,
    Taker,
    count_queries,
    counts,
    described_query,
    earlier_query,
    nodes_in,
    value_query,
)
from ..._core.metrics.refusals import refusal_of_prometheus
from ..._core.metrics.result import Devices, counted_facts
from ..._core.metrics.unavailable import PROMETHEUS_OFF, PROMETHEUS_UNLINKED
from ..._core.shared.collector import collector_paused
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding
from ..._errors import MetricsError
from .reading import Reading
from .request import MetricsRequest

_WHAT = "Querying Prometheus"


class _Asked:
    """The queries of one task to one Prometheus, with what was wrong with their answers."""

    def __init__(self, request: MetricsRequest, client: QueryClient) -> None:
        self._request = request
        self._client = client
        self._end = time.time()
        self.warnings: list[str] = []

    def now(self, query: str) -> Answer:
        """The answer as of now. Raises MetricsError."""
        return self._answer("/api/v1/query", {"query": query, "time": f"{self._end:.3f}"})

    def values(self, query: str) -> Answer:
        """The answer for the window of the task, or as of now if it has none."""
        if not self._request.window:
            return self.now(query)
        start = self._end - self._request.window
        times = {"start": f"{start:.3f}", "end": f"{self._end:.3f}", "step": str(self._request.step)}
        return self._answer("/api/v1/query_range", {"query": query, **times})

    def _answer(self, path: str, fields: Mapping[str, str]) -> Answer:
        answer = self._client.form(path, fields, decoded_answer, what=_WHAT)
        self.warnings.extend(answer.warnings)
        return answer


def read_prometheus(request: MetricsRequest, client: QueryClient, selector: Selector) -> Reading:
    """The devices that a Prometheus knows. Raises MetricsError."""
    asked = _Asked(request, client)
    devices = Devices(request.wanted)
    taker = Taker(devices, selector)
    with collector_paused():
        taker.describe(asked.now(described_query(selector, request.window)))
    if not devices:
        return Reading((), list(_missing(asked, client, selector)))
    take = taker.take_series if request.window else taker.take
    with collector_paused():
        for name in request.wanted.fields:
            take(asked.values(value_query(name, selector)), name)
    resources = counts({count: asked.now(query) for count, query in count_queries(selector).items()}, selector)
    findings = [
        *partial(client.host, list(dict.fromkeys(asked.warnings))),
        *dropped_labels(devices, resources),
        *without_profiling(devices, request.wanted),
    ]
    return Reading(counted_facts(resources, devices.by_node()), findings)


def _missing(asked: _Asked, client: QueryClient, selector: Selector) -> Iterator[Finding]:
    """Why there is no device: there has never been one, or there is none any more."""
    earlier = nodes_in(asked.now(earlier_query(selector)), selector)
    where = f"{client.host}{selector.of('')}"
    yield about(STOPPED, where, "series in the last day, none now") if earlier else about(NEVER, where, "no series in the last day")


def read_url(request: MetricsRequest, session: Session | None, wire: Any) -> Reading:
    """The devices that the Prometheus at the task's URL knows. Raises MetricsError, AzureError."""
    token = request.prometheus_token
    if not token and session is not None:
        token = session.token(f"{audience_of(request.prometheus_url)}/.default", what="Getting a token for the workspace").value
    target = Target(request.prometheus_url.rstrip("/"), token, "WORKSPACE", refusal_of_prometheus)
    with closing(QueryClient(target, wire)) as client:
        return read_prometheus(request, client, Selector(request.prometheus_labels, request.pool))


def read_workspace(request: MetricsRequest, session: Session, cluster: str) -> Reading:
    """The devices that the cluster's Azure Monitor workspace knows. cluster: its path. Raises MetricsError, AzureError."""
    account, endpoint = _workspace(session, cluster)
    token = session.token(f"{audience_of(endpoint)}/.default", what="Getting a token for the workspace")
    name = cluster.rpartition("/")[2]
    selector = Selector({"cluster": name, **request.prometheus_labels}, request.pool)
    with closing(QueryClient(Target(endpoint, token.value, account, refusal_of_prometheus), session.wire)) as client:
        return read_prometheus(request, client, selector)


def _workspace(session: Session, cluster: str) -> tuple[str, str]:
    """The cluster's workspace and the endpoint of its queries. Raises MetricsError."""
    found = read_cluster(session, cluster)
    if found is None or not collects_prometheus(found):
        raise _unavailable(PROMETHEUS_OFF, cluster)
    for rule in rules_of(read_associations(session, cluster), METRICS_ASSOCIATION):
        for account in accounts_of(read_rule(session, rule) or {}):
            endpoint = query_endpoint(read_account(session, account) or {})
            if endpoint.startswith("https://"):
                return account, endpoint
    raise _unavailable(PROMETHEUS_UNLINKED, cluster)


def _unavailable(explanation: Explanation, cluster: str) -> MetricsError:
    return MetricsError(f"The cluster {cluster.rpartition('/')[2]} has no managed Prometheus to ask.", **explanation.error_fields())
