# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every refusal of the simulator with its wire form. Where a text comes from, and which ones are the lab's own: ../FIDELITY.md.

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar


class ArmError(ABC, Exception):
    """A refusal: an HTTP status, a code and a message; subclasses give the JSON around them."""

    status: ClassVar[int] = 400
    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @abstractmethod
    def body(self) -> dict[str, object]:
        """The response's JSON."""

    def headers(self) -> Mapping[str, str]:
        """Additional response headers."""
        return {}


class GatewayError(ArmError):
    """A refusal by Azure Resource Manager itself, before a resource provider saw the request."""

    def body(self) -> dict[str, object]:
        return {"error": {"code": self.code, "message": self.message}}

    def headers(self) -> Mapping[str, str]:
        return {"x-ms-failure-cause": "gateway"}


class AuthenticationError(GatewayError):
    """A request without a bearer token that is known and not expired."""

    status = 401

    def __init__(self, message: str, *, authority: str) -> None:
        super().__init__(message)
        self._authority = authority

    def headers(self) -> Mapping[str, str]:
        return {**super().headers(), "WWW-Authenticate": challenge(self._authority, self.message)}


def challenge(authority: str, message: str) -> str:
    """The WWW-Authenticate header of a 401."""
    return f'Bearer authorization_uri="{authority}", error="invalid_token", error_description="{message}"'


class AuthenticationFailedError(AuthenticationError):
    """No Authorization header, or none with a bearer token."""

    code = "AuthenticationFailed"

    def __init__(self, *, authority: str) -> None:
        super().__init__("Authentication failed. The 'Authorization' header is missing.", authority=authority)


class InvalidAuthenticationTokenError(AuthenticationError):
    """A bearer token that this lab's token endpoint did not issue."""

    code = "InvalidAuthenticationToken"
    text = "The access token is invalid."

    def __init__(self, *, authority: str) -> None:
        super().__init__(self.text, authority=authority)


class ExpiredAuthenticationTokenError(AuthenticationError):
    """An expired bearer token."""

    code = "ExpiredAuthenticationToken"
    text = "The access token expiry UTC time '{expired}' is earlier than current UTC time '{now}'."

    def __init__(self, *, authority: str, expired: str, now: str) -> None:
        super().__init__(self.text.format(expired=expired, now=now), authority=authority)


class SubscriptionNotFoundError(GatewayError):
    """Another subscription than the lab's."""

    status = 404
    code = "SubscriptionNotFound"
    text = "The subscription '{subscription}' could not be found."

    def __init__(self, subscription: str) -> None:
        super().__init__(self.text.format(subscription=subscription))


class MissingApiVersionParameterError(GatewayError):
    """A request without api-version."""

    code = "MissingApiVersionParameter"

    def __init__(self) -> None:
        super().__init__("The api-version query parameter (?api-version=) is required for all requests.")


class InvalidRequestContentError(GatewayError):
    """A body that is not a JSON object."""

    code = "InvalidRequestContent"

    def __init__(self, detail: str) -> None:
        super().__init__(f"The request content was invalid and could not be deserialized: '{detail}'.")


class InvalidFilterError(GatewayError):
    """A $filter that the list does not know."""

    code = "BadRequest"

    def __init__(self, expression: str) -> None:
        super().__init__(f"Invalid filter expression '{expression}'. Only filter \"location eq '<location>'\" is supported.")


class InvalidSkipTokenError(GatewayError):
    """A $skipToken that the lab did not issue."""

    code = "InvalidSkipToken"

    def __init__(self, token: str) -> None:
        super().__init__(f"The skip token '{token}' is invalid.")


class MethodNotAllowedError(GatewayError):
    """A known path with a method that it does not have."""

    status = 405
    code = "HttpMethodNotSupported"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"The HTTP method '{method}' is not supported at '{path}'.")


class NotSimulatedError(GatewayError):
    """An Azure API that the lab does not simulate; 501, which clients do not retry and Azure never returns."""

    status = 501
    code = "NotSimulated"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"gpuops.aks lab: '{method} {path}' is not part of this simulator.")


class LabControlError(GatewayError):
    """An invalid request to the lab's own interface."""

    code = "LabControl"

    def __init__(self, reason: str) -> None:
        super().__init__(f"gpuops.aks lab: {reason}")


class LoopbackOnlyError(GatewayError):
    """The lab's own interface, called from another machine."""

    status = 403
    code = "LoopbackOnly"

    def __init__(self) -> None:
        super().__init__("gpuops.aks lab: /_lab answers on the loopback interface only.")
