# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Sends queries to a Prometheus or to Log Analytics, over the same transport as the requests to the Resource Manager.

azure-monitor-query would be a second SDK for one POST request, with retries that know no deadline of a task, and cannot ask a Prometheus.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Callable, Mapping, TypeVar
from urllib.parse import urlencode, urlsplit

from .._core.shared.explanation import Explanation
from .._core.shared.unexpected_response import response_summary
from .._core.shared.url_passwords import without_password
from .._errors import MetricsError
from .limits import OutOfTimeError
from .transport import Wire

try:
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.pipeline import policies
    from azure.core.rest import HttpRequest, HttpResponse
except ImportError:  # the entry point reports what is missing
    pass

T = TypeVar("T")
_LONGEST_TEXT = 300
_UNREACHABLE = Explanation(
    "QueryEndpointUnreachable",
    cause="The address cannot be reached from here, nothing responds there, a proxy is wrong, or the certificate is signed by an unknown "
    "CA.",
    remedy="Check the address, HTTPS_PROXY and NO_PROXY, and for a private CA REQUESTS_CA_BUNDLE. A workspace may only allow queries from "
    "its private endpoint.",
    retriable=True,
)
_UNEXPECTED = Explanation(
    "UnexpectedAnswer",
    cause="Something other than the query API responded, such as a proxy or its sign-in page.",
    remedy="Check the address, HTTPS_PROXY and NO_PROXY.",
)
Refusal = Callable[[int, str], Explanation]


@dataclass(frozen=True)
class Target:
    """Where queries go. token: "" for none. scope: the resource to which a role is granted. refusal: what a refusal means."""

    endpoint: str
    token: str
    scope: str
    refusal: Refusal


class QueryClient:
    """Queries of one task to one endpoint."""

    def __init__(self, target: Target, wire: Wire) -> None:
        """Nothing is sent yet."""
        self._target = target
        headers = policies.HeadersPolicy({"Authorization": f"Bearer {target.token}"} if target.token else {})
        agent = policies.UserAgentPolicy(sdk_moniker="gpuops.aks")
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            base_url=target.endpoint,
            policies=[headers, agent, policies.ProxyPolicy(), policies.RetryPolicy()],
            transport=wire.transport(),
        )

    def form(self, path: str, fields: Mapping[str, str], decode: Callable[[bytes], T], *, what: str) -> T:
        """The answer to a form, as Prometheus takes a query. Raises MetricsError."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._decoded(HttpRequest("POST", self._target.endpoint + path, headers=kind, content=urlencode(fields)), decode, what)

    def json(self, path: str, body: Mapping[str, Any], decode: Callable[[bytes], T], *, what: str) -> T:
        """The answer to a JSON document. Raises MetricsError."""
        return self._decoded(HttpRequest("POST", self._target.endpoint + path, json=body), decode, what)

    def _decoded(self, request: HttpRequest, decode: Callable[[bytes], T], what: str) -> T:
        """The decoded answer; decode raises ValueError for one of another API."""
        response = self._response(request, what)
        status, kind, content = response.status_code, response.headers.get("Content-Type", ""), response.read()
        del response  # it would keep the content, of megabytes, while that is decoded
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(status, content.decode(errors="replace"), what)
        try:
            return decode(content)
        except (ValueError, RecursionError) as error:
            raise self._unexpected(response_summary(status, kind, content), what) from error

    def _response(self, request: HttpRequest, what: str) -> HttpResponse:
        try:
            return self._client.send_request(request)
        except (OutOfTimeError, CoreError) as error:
            late = error if isinstance(error, OutOfTimeError) else None
            if late is not None and late.answer is not None:
                raise self._refused(late.answer.status_code, "", what) from error
            said = without_password(str(error)).partition("\n")[0] or "no answer in time"
            raise MetricsError(f"{what}: no answer from {self.host}: {said}", **_UNREACHABLE.error_fields()) from error

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self._target.endpoint).netloc.rpartition("@")[2]

    def _refused(self, status: int, text: str, what: str) -> MetricsError:
        fields = self._target.refusal(status, text).error_fields()
        fields["remedy"] = fields["remedy"].replace("{scope}", self._target.scope)
        said = " ".join(text.split())[:_LONGEST_TEXT]
        return MetricsError(f"{what}: {self.host} returned HTTP {status}{f': {said}' if said else ''}", **fields)

    def _unexpected(self, summary: str, what: str) -> MetricsError:
        return MetricsError(f"{what}: unexpected response from {self.host}: {summary}", **_UNEXPECTED.error_fields())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
