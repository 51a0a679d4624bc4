# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which endpoints a cloud has: public Azure, a sovereign cloud, or one described by a metadata URL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from ..._core.shared.url_passwords import without_password
from ..._errors import AzureError, InvalidInputError
from ..transport import Wire

try:
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError as CoreError
    from azure.core.exceptions import HttpResponseError
    from azure.core.rest import HttpRequest, HttpResponse
except ImportError:  # the entry point reports what is missing
    pass

METADATA_PATH = "/metadata/endpoints?api-version=2022-09-01"


@dataclass(frozen=True)
class Cloud:
    """The addresses of a cloud's Resource Manager, sign-in and Log Analytics; logs is "" if its metadata do not tell."""

    resource_manager: str
    authority: str
    scope: str
    logs: str


def _named(resource_manager: str, authority: str, logs: str) -> Cloud:
    return Cloud(resource_manager, authority, f"{resource_manager}/.default", logs)


# Log Analytics: https://learn.microsoft.com/azure/azure-monitor/logs/api/overview, and azure-monitor-query for the other clouds.
_CLOUDS = {
    "AzureCloud": _named("https://management.azure.com", "https://login.microsoftonline.com", "https://api.loganalytics.azure.com"),
    "AzureChinaCloud": _named("https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://api.loganalytics.azure.cn"),
    "AzureUSGovernment": _named("https://management.usgovcloudapi.net", "https://login.microsoftonline.us", "https://api.loganalytics.us"),
}


def find_cloud(environment: str, wire: Wire) -> Cloud:
    """The cloud of a name, a Resource Manager URL or a metadata URL; the endpoints of a URL are read from its metadata.

    Raises InvalidInputError, AzureError.
    """
    if environment in _CLOUDS:
        return _CLOUDS[environment]
    if not environment.startswith("https://"):
        raise InvalidInputError(
            f"cloud_environment is '{without_password(environment)}', which is neither a known cloud nor an https URL.",
            code="InvalidCloudEnvironment",
            cause="Only the public clouds have names here.",
            remedy=f"Set it to one of {', '.join(_CLOUDS)}, or the https URL of the cloud's Resource Manager or of its metadata.",
        )
    url = environment if "/metadata/endpoints" in environment else environment.rstrip("/") + METADATA_PATH
    return _cloud_of_metadata(url, _fetch(url, wire))


def _fetch(url: str, wire: Wire) -> bytes:
    # Without retries: this is the first request, and a wrong address should fail at once.
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(base_url=url, transport=wire.transport())
    try:
        with client:
            response = client.send_request(HttpRequest("GET", url))
            response.raise_for_status()
            return response.read()
    except ValueError as error:  # from urllib, for an invalid address
        raise InvalidInputError(
            f"cloud_environment leads to {without_password(url)}, which is not a valid URL.",
            code="InvalidCloudEnvironment",
            cause=f"It can't be parsed: {without_password(str(error))}.",
            remedy="Correct cloud_environment (AZURE_CLOUD_ENVIRONMENT).",
        ) from error
    except CoreError as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: CoreError) -> AzureError:
    """The error for metadata that can't be read. A server that reports that it is busy has the right address."""
    status = error.status_code or 0 if isinstance(error, HttpResponseError) else 0
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    said = without_password(str(error.message)).partition("\n")[0]  # the lines after it repeat it
    message = f"The cloud's metadata at {without_password(url)} can't be read: {f'HTTP {status}: ' if status else ''}{said}"
    if busy:
        return AzureError(
            message,
            code="CloudUnreachable",
            cause="The server, or a proxy on the way, cannot respond at the moment.",
            remedy="Run the same task again.",
            retriable=True,
        )
    return AzureError(
        message,
        code="CloudUnreachable",
        cause="The address or the proxy is wrong, nothing responds there, or the certificate is signed by an unknown CA.",
        remedy="Check cloud_environment and HTTPS_PROXY, and for a private CA REQUESTS_CA_BUNDLE.",
        retriable=True,
    )


def _cloud_of_metadata(url: str, content: bytes) -> Cloud:
    try:
        metadata = json.loads(content)
        first = metadata[0] if isinstance(metadata, list) else metadata
        authentication = first["authentication"]
        return Cloud(
            resource_manager=_https(first["resourceManager"]),
            authority=_https(authentication["loginEndpoint"]),
            scope=f"{authentication['audiences'][0].rstrip('/')}/.default",
            logs=_https(first["logAnalyticsResourceId"]) if first.get("logAnalyticsResourceId") else "",
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise AzureError(
            f"The response from {without_password(url)} does not describe a cloud.",
            code="NoCloudMetadata",
            cause="Something other than a Resource Manager responds at this address.",
            remedy="Set cloud_environment to the https URL of the cloud's Resource Manager or of its metadata.",
        ) from error


def _https(url: str) -> str:
    """An address that is safe to send tokens to. Raises ValueError."""
    if not url.startswith("https://"):
        raise ValueError(f"{url} is not an https URL")
    return url.rstrip("/")
