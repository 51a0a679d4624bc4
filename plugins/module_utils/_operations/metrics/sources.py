# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The sources of metrics that a task can ask, each with the connection that it needs, which is made when it is asked."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Callable, Mapping

from ..._azure.ids import cluster_id
from ..._azure.limits import QUICK_TASK_SECONDS
from ..._azure.session import Session
from ..._azure.sign_in.settings import azure_settings, ca_bundle_of
from ..._azure.transport import Wire
from ..._core.metrics.monitoring import is_azures
from ..._core.metrics.unavailable import NO_CLUSTER, NO_SERIES
from ..._errors import MetricsError
from ..._kube.connection.settings import kube_settings
from ..operation import Run
from ..target_cluster import connected, spoken_to, target_cluster
from .container_insights import read_container_insights
from .exporter import read_exporters
from .prometheus import read_url, read_workspace
from .reading import Reading
from .request import CONTAINER_INSIGHTS, EXPORTER, PROMETHEUS, MetricsRequest


class Sources:
    """Reads each source of one task. All raise GpuopsError if the source cannot be asked, or has nothing."""

    def __init__(self, request: MetricsRequest, params: Mapping[str, Any], run: Run) -> None:
        self._request = request
        self._params = params
        self._run = run
        self._deadline = run.deadline(QUICK_TASK_SECONDS)
        self._sessions: list[Session] = []

    @property
    def must_wait_for_cluster(self) -> bool:
        """Whether this is a check before the cluster exists that the task is to read."""
        asks_kubernetes = self._request.source in (None, EXPORTER)
        return self._run.check_mode and asks_kubernetes and not kube_settings(self._params, self._run.environ).reachable

    def read(self, source: str) -> Reading:
        """What the source tells."""
        readers: Mapping[str, Callable[[], Reading]] = {
            EXPORTER: self._exporter,
            PROMETHEUS: self._prometheus,
            CONTAINER_INSIGHTS: self._container_insights,
        }
        return readers[source]()

    def _exporter(self) -> Reading:
        if self._request.window:
            raise MetricsError("An exporter has no values of the past.", **NO_SERIES.error_fields())
        settings = kube_settings(self._params, self._run.environ)
        with connected(settings, target_cluster(self._params, self._run), self._run, wait_timeout=None) as client:
            reading = read_exporters(self._request.pool, self._request.wanted, client)
            return Reading(reading.nodes, reading.findings, spoken_to(settings, client))

    def _prometheus(self) -> Reading:
        url = self._request.prometheus_url
        if not url:
            return read_workspace(self._request, self._session, self._cluster)
        if is_azures(url) and not self._request.prometheus_token:
            return read_url(self._request, self._session, self._session.wire)
        return read_url(self._request, None, Wire(self._run.clock, self._deadline, ca_bundle_of(self._run.environ)))

    def _container_insights(self) -> Reading:
        if self._request.window:
            raise MetricsError("Container Insights only counts GPUs.", **NO_SERIES.error_fields())
        return read_container_insights(self._request, self._session, self._cluster)

    @cached_property
    def _session(self) -> Session:
        session = Session(azure_settings(self._params, self._run.environ), self._run.clock, self._deadline, self._run.writes)
        self._sessions.append(session)
        return session

    @property
    def _cluster(self) -> str:
        """The path of the cluster that the task names."""
        group, name = self._params["resource_group"], self._params["cluster"]
        if not group or not name:
            raise MetricsError("The task does not name a cluster in Azure.", **NO_CLUSTER.error_fields())
        return cluster_id(self._session.subscription_id, group, name)

    def close(self) -> None:
        """Close the connections to Azure."""
        for session in self._sessions:
            session.close()
