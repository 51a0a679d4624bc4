# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query endpoints of Azure Monitor: that of an Azure Monitor workspace, behind which is a real Prometheus, and that of Log Analytics.

Both check the token, its audience and the role first. Log Analytics evaluates the one query that is about GPUs, and refuses all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import web

from tests.lab import devices
from tests.lab.arm.model.monitoring import LOG_READER, METRICS_READER
from tests.lab.arm.state import ArmState
from tests.lab.arm.tokens import TokenIssuer, Verdict
from tests.lab.monitor.prometheus import MonitorPrometheus

LOGS = "/logs"
_METRICS_AUDIENCE = "https://prometheus.monitor.azure.com"
_COLUMNS = {"Name": "string", "Computer": "string", "Vendor": "string", "Container": "string", "TimeGenerated": "datetime", "Val": "real"}
_GPU_QUERY = 'InsightsMetrics | where Namespace == "container.azm.ms/gpu"'


class MonitorEndpoints:
    """Both endpoints as one HTTPS server."""

    def __init__(self, state: ArmState, prometheus: MonitorPrometheus, *, pods: Iterable[Any], nodes: Iterable[Any]) -> None:
        self._state = state
        self._tokens = TokenIssuer(state.principal)
        self._prometheus = prometheus
        self._pods = pods
        self._nodes = nodes

    def application(self) -> web.Application:
        """The server."""
        application = web.Application()
        application.router.add_route("*", "/workspace/{account}/api/v1/{call}", self._metrics)
        application.router.add_post(f"{LOGS}/v1/{{resource:.+}}/query", self._logs)
        return application

    async def _metrics(self, request: web.Request) -> web.Response:
        monitoring = self._state.monitoring
        if not self._is_for(request, _METRICS_AUDIENCE):
            return _refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", "The token is not one for this service.")
        if METRICS_READER not in monitoring.roles:
            return _refusal(HTTPStatus.FORBIDDEN, "Forbidden", "The identity does not have the permission to read metrics.")
        if monitoring.throttled:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "3600"})
        url = f"{self._prometheus.url}/api/v1/{request.match_info['call']}"
        try:
            async with aiohttp.ClientSession() as session, session.post(url, data=dict(await request.post())) as answer:
                body = await answer.json()
                if monitoring.partial:
                    body["warnings"] = ["gpuops.aks lab: a part of the workspace did not answer"]
                return web.json_response(body, status=answer.status)
        except aiohttp.ClientError as error:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", f"gpuops.aks lab: Prometheus is not there: {error}")

    async def _logs(self, request: web.Request) -> web.Response:
        monitoring = self._state.monitoring
        if self._verdict(request) is not Verdict.VALID:
            return _refusal(HTTPStatus.UNAUTHORIZED, "AuthenticationFailed", "The token has expired or is not one.")
        if not self._is_for(request, monitoring.logs_audience or f"{monitoring.url}{LOGS}"):
            inner = {"code": "SignatureVerificationFailed", "message": "Could not validate the request"}
            said = "The provided authentication is not valid for this resource"
            return _refusal(HTTPStatus.FORBIDDEN, "InvalidTokenError", said, innererror=inner)
        if LOG_READER not in monitoring.roles:
            said = "The provided credentials have insufficient access to perform the requested operation"
            return _refusal(HTTPStatus.FORBIDDEN, "InsufficientAccessError", said)
        if monitoring.throttled:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "3600"})
        return self._answered(await request.json())

    def _answered(self, asked: dict[str, str]) -> web.Response:
        monitoring = self._state.monitoring
        if not asked["query"].startswith(_GPU_QUERY):
            return _bad_argument("SyntaxError", "gpuops.aks lab: only the query about GPUs is simulated")
        if monitoring.rows == "none":
            missing = "SEM0100: 'where' operator: Failed to resolve table or column expression named 'InsightsMetrics'"
            return _bad_argument("SemanticError", "A semantic error occurred.", missing)
        shown = monitoring.rows == "now" or (monitoring.rows == "stopped" and asked["timespan"] != "PT30M")
        rows = [[row[name] for name in _COLUMNS] for row in self._rows()] if shown else []
        columns = [{"name": name, "type": kind} for name, kind in _COLUMNS.items()]
        body: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}
        if monitoring.partial:
            body["error"] = {"code": "PartialError", "message": "There were some errors when processing your query."}
        return web.json_response(body)

    def _rows(self) -> Iterable[dict[str, Any]]:
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for node in self._nodes:
            for name, field in (("nodeGpuCapacity", "capacity"), ("nodeGpuAllocatable", "allocatable")):
                number = node["status"].get(field, {}).get(devices.GPU_RESOURCE)
                if number is not None:
                    yield _row(name, node["metadata"]["name"], number, moment, vendor=devices.GPU_RESOURCE)
        for pod in self._pods:
            for container in pod["spec"]["containers"]:
                number = devices.requested(container).get(devices.GPU_RESOURCE)
                for name in ("containerGpuRequests", "containerGpuLimits") if number else ():
                    key = f"{pod['metadata']['uid']}/{container['name']}"
                    yield _row(name, pod["spec"].get("nodeName", ""), number, moment, container=key)

    def _verdict(self, request: web.Request) -> Verdict:
        return self._tokens.verdict(_token(request))

    def _is_for(self, request: web.Request, audience: str) -> bool:
        """Whether the token is valid and for this audience."""
        return self._verdict(request) is Verdict.VALID and self._tokens.claims(_token(request)).get("aud") == audience


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2]


def _row(name: str, node: str, number: object, moment: str, *, vendor: str = "", container: str = "") -> dict[str, Any]:
    value = float(str(number))
    return {"Name": name, "Computer": node, "Vendor": vendor, "Container": container, "TimeGenerated": moment, "Val": value}


def _refusal(status: HTTPStatus, code: str, message: str, **more: Any) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message, **more}}, status=status)


def _bad_argument(code: str, message: str, innermost: str = "") -> web.Response:
    inner = {"code": code, "message": message, **({"innererror": {"code": "SEM0100", "message": innermost}} if innermost else {})}
    error = {"code": "BadArgumentError", "message": "The request had some invalid properties", "innererror": inner}
    return web.json_response({"error": error}, status=HTTPStatus.BAD_REQUEST)
