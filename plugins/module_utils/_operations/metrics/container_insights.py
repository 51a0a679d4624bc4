# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The source container_insights: the rows about GPUs in the table InsightsMetrics, which only count them."""

from __future__ import annotations

from contextlib import closing
from typing import Iterator

from ..._azure.monitor import read_associations, read_cluster, read_rule
from ..._azure.query import QueryClient, Target
from ..._azure.session import Session
from ..._core.metrics.causes import NO_ROWS, ROWS_STOPPED, about, partial
from ..._core.metrics.logs import EARLIER, LATELY, LogsAnswer, counts, decoded_answer, gpu_rows_query
from ..._core.metrics.monitoring import LOGS_ASSOCIATION, collects_gpu_rows, collects_logs, rules_of, streams_of
from ..._core.metrics.refusals import refusal_of_logs
from ..._core.metrics.result import counted_facts
from ..._core.metrics.unavailable import LOGS_OFF, WITHOUT_GPU_ROWS
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding
from ..._errors import MetricsError
from .reading import Reading
from .request import MetricsRequest

_WHAT = "Querying Log Analytics"


def read_container_insights(request: MetricsRequest, session: Session, cluster: str) -> Reading:
    """How many GPUs the nodes have and have given away. cluster: its path. Raises MetricsError, AzureError."""
    _require_rows(session, cluster)
    endpoint = session.logs_endpoint
    token = session.token(f"{endpoint}/.default", what="Getting a token for Log Analytics")
    with closing(QueryClient(Target(endpoint, token.value, cluster, refusal_of_logs), session.wire)) as client:
        answer = _asked(client, cluster, LATELY)
        resources = counts(answer, request.pool)
        missing = [] if resources else list(_missing(client, request, cluster))
    findings = [*missing, *partial(client.host, [answer.partial] if answer.partial else [])]
    return Reading(counted_facts(resources, {}), findings)


def _require_rows(session: Session, cluster: str) -> None:
    """Raises MetricsError if Container Insights is off, or collects no rows about GPUs."""
    found = read_cluster(session, cluster)
    if found is None or not collects_logs(found):
        raise _unavailable(LOGS_OFF, cluster, "it is not enabled")
    rules = [read_rule(session, rule) or {} for rule in rules_of(read_associations(session, cluster), LOGS_ASSOCIATION)]
    if rules and not any(map(collects_gpu_rows, rules)):  # an agent of old, without a rule, collects everything
        streams = ", ".join(stream for rule in rules for stream in streams_of(rule))
        raise _unavailable(WITHOUT_GPU_ROWS, cluster, f"it collects {streams or 'nothing'}")


def _unavailable(explanation: Explanation, cluster: str, evidence: str) -> MetricsError:
    return MetricsError(
        f"Container Insights of the cluster {cluster.rpartition('/')[2]} has no rows about GPUs: {evidence}.", **explanation.error_fields()
    )


def _asked(client: QueryClient, cluster: str, timespan: str) -> LogsAnswer:
    """The answer of the cluster's logs, which need no workspace to be found."""
    body = {"query": gpu_rows_query(cluster), "timespan": timespan}
    return client.json(f"/v1{cluster}/query", body, decoded_answer, what=_WHAT)


def _missing(client: QueryClient, request: MetricsRequest, cluster: str) -> Iterator[Finding]:
    """Why there is no row: there has never been one, or there is none any more."""
    where = f"pool {request.pool}" if request.pool else cluster.rpartition("/")[2]
    earlier = counts(_asked(client, cluster, EARLIER), request.pool)
    yield (
        about(ROWS_STOPPED, where, "rows in the last 7 days, none in the last 30 minutes")
        if earlier
        else about(NO_ROWS, where, "no row in the last 7 days")
    )
