# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether a request without a response may have been carried out, by what is known about its attempts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .sign_in.failures import out_of_time_in

try:
    from azure.core.exceptions import IncompleteReadError, ServiceResponseError
    from azure.core.pipeline.policies import RequestHistory
    from azure.core.rest import HttpRequest
except ImportError:  # the entry point reports what is missing
    pass


def is_lost(attempt: RequestHistory[Any, Any]) -> bool:
    """Whether Azure may or may not have carried out this attempt: it did not respond, or with a server error."""
    return attempt.http_response is None or attempt.http_response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def was_sent(failure: BaseException | None) -> bool:
    """Whether a request without a response had reached Azure, so that it may have been carried out."""
    late = out_of_time_in(failure)
    return isinstance(late.failure if late is not None else failure, (ServiceResponseError, IncompleteReadError))


def is_change(request: HttpRequest) -> bool:
    """Whether a request asks for a change: credentials are read by a POST."""
    return request.method != "GET" and "/listCluster" not in request.url
