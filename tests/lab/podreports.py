# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kubelet tells the API server about one pod, repeated until it is heard."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp

from tests.lab.kubeapi import ApiError, KubeApi, Object

_RETRY_S = 0.5

_log = logging.getLogger(__name__)


class PodReports:
    """The reports on one pod."""

    def __init__(self, api: KubeApi, pod: Object) -> None:
        metadata = pod["metadata"]
        self._api = api
        self._namespace: str = metadata["namespace"]
        self._node: str = pod["spec"]["nodeName"]
        self._uid: str = metadata["uid"]
        self._name: str = metadata["name"]
        self._path = f"/api/v1/namespaces/{self._namespace}/pods/{self._name}"
        self._told: set[tuple[str, str]] = set()

    async def status(self, status: Object) -> None:
        """Merge this into the pod's status."""
        patch = {"metadata": {"uid": self._uid}, "status": status}
        await _until_heard(lambda: self._api.merge_by_key(f"{self._path}/status", patch))

    async def removed(self) -> None:
        """The pod has ended and can go."""
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self._uid}}
        await _until_heard(lambda: self._api.delete(self._path, options))

    async def warning(self, reason: str, message: str) -> None:
        """An event, once however often it happens."""
        if (reason, message) in self._told:
            return
        self._told.add((reason, message))
        body = self._event(reason, message)
        await _until_heard(lambda: self._api.create(f"/api/v1/namespaces/{self._namespace}/events", body))

    def _event(self, reason: str, message: str) -> Object:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{self._name}.{uuid.uuid4().hex[:16]}", "namespace": self._namespace},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": self._namespace, "name": self._name, "uid": self._uid},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "source": {"component": "kubelet", "host": self._node},
            "reportingComponent": "kubelet",
            "reportingInstance": self._node,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }


async def _until_heard(request: Callable[[], Awaitable[object]]) -> None:
    """Repeats a report until the API server has taken it, or says that the pod is gone or another one by now."""
    while True:
        try:
            await request()
            return
        except ApiError as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR and error.status != HTTPStatus.TOO_MANY_REQUESTS:
                _log.info("report dropped: %s", error)
                return
        except aiohttp.ClientError as error:
            _log.info("API server away: %s", error)
        await asyncio.sleep(_RETRY_S)
