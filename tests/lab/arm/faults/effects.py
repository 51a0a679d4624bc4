# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a fault does to a request. Each effect is given the request and the way to answer it as if there were no fault.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.lab.arm.errors.gateway import ArmError, AuthenticationError, GatewayError, challenge
from tests.lab.arm.model.operations.timeline import Fate, failure
from tests.lab.arm.routing import Call, Reply

Answer = Callable[[], Reply]
Values = Mapping[str, str]


class ConnectionCutError(Exception):
    """The connection is closed without a response."""


class NoAnswerError(Exception):
    """The connection stays open without a response."""


class Effect(Protocol):
    """What happens instead of, or in addition to, a normal response."""

    async def apply(self, call: Call, answer: Answer, values: Values) -> Reply:
        """Answer the request, refuse it or cut it off; `values` fill the texts."""


def _filled(text: str, values: Values) -> str:
    return text.format_map(values)


@dataclass(frozen=True)
class Refuse:
    """Answer with an error. gateway: in Azure Resource Manager's shape, entra: in the token endpoint's, else in that of the AKS service."""

    status: int
    code: str
    message: str
    gateway: bool = False
    entra: bool = False
    target: str | None = None
    retry_after: bool = False
    challenge: bool = False

    @classmethod
    def like(cls, error: type[ArmError], text: str, *, target: str | None = None, retry_after: bool = False) -> Refuse:
        """Respond as the simulator does when it raises the error; text is the error's message."""
        return cls(
            error.status,
            error.code,
            text,
            gateway=issubclass(error, GatewayError),
            target=target,
            retry_after=retry_after,
            challenge=issubclass(error, AuthenticationError),
        )

    async def apply(self, call: Call, _answer: Answer, values: Values) -> Reply:
        status = int(values.get("status", self.status))
        code, message = values.get("code", self.code), _filled(values.get("message", self.message), values)
        headers = {"Retry-After": values["retry_after_s"]} if self.retry_after else {}
        if self.challenge:
            headers["WWW-Authenticate"] = challenge(f"{call.base_url}/{call.state.principal.tenant_id}", message)
        if self.entra:
            return Reply(status, {"error": code, "error_description": message}, headers)
        if self.gateway:
            return Reply(status, {"error": {"code": code, "message": message}}, {**headers, "x-ms-failure-cause": "gateway"})
        body: dict[str, Any] = {"code": code, "details": None, "message": message, "subcode": ""}
        return Reply(status, body if self.target is None else {**body, "target": _filled(self.target, values)}, headers)


@dataclass(frozen=True)
class FailLater:
    """Accept the request; its operation fails. part: the share of the new nodes that is there by then. inner: the scale set's code.

    unless: a query parameter that spares the request. shown: what the operation says; the resource alone keeps the error.
    """

    code: str
    message: str
    inner: str | None = None
    part: float = 0.0
    unless: str = ""
    shown: Mapping[str, str] | None = None

    async def apply(self, call: Call, answer: Answer, values: Values) -> Reply:
        if self.unless and call.query.get(self.unless, "").lower() == "true":
            return answer()
        fate = Fate(error=self._error(values), part=float(values.get("part", self.part)), shown=self.shown)
        with call.state.operations.doomed(fate):
            return answer()

    def _error(self, values: Values) -> dict[str, Any]:
        code, message = values.get("code", self.code), _filled(values.get("message", self.message), values)
        return failure(code, message, inner=self.inner)


@dataclass(frozen=True)
class NeverEnd:
    """Accept the request; its operation never ends. With a code, it shows that error meanwhile."""

    async def apply(self, call: Call, answer: Answer, values: Values) -> Reply:
        interim = {"code": values["code"], "message": _filled(values.get("message", ""), values)} if "code" in values else None
        with call.state.operations.doomed(Fate(never=True, interim=interim)):
            return answer()


@dataclass(frozen=True)
class CancelLater:
    """Accept the request; its operation is aborted."""

    async def apply(self, call: Call, answer: Answer, _values: Values) -> Reply:
        with call.state.operations.doomed(Fate(canceled=True)):
            return answer()


@dataclass(frozen=True)
class Stumble:
    """Accept the request; its operation shows an error but continues. sticks: it still shows it after it has succeeded."""

    async def apply(self, call: Call, answer: Answer, values: Values) -> Reply:
        interim = {"code": values["code"], "message": _filled(values["message"], values)}
        with call.state.operations.doomed(Fate(interim=interim, interim_sticks=values["sticks"] == "true")):
            return answer()


@dataclass(frozen=True)
class LeaveOut:
    """Respond without these headers, or without this member of the properties."""

    headers: tuple[str, ...] = ()
    member: str = ""

    async def apply(self, _call: Call, answer: Answer, _values: Values) -> Reply:
        reply = answer()
        body = reply.body
        if self.member and isinstance(body, dict):
            body = {**body, "properties": {name: value for name, value in body["properties"].items() if name != self.member}}
        kept = {name: value for name, value in reply.headers.items() if name.lower() not in self.headers}
        return replace(reply, body=body, headers=kept)


@dataclass(frozen=True)
class Reword:
    """Respond with another word for a state, wherever it occurs."""

    async def apply(self, _call: Call, answer: Answer, values: Values) -> Reply:
        reply = answer()
        return replace(reply, body=_reworded(reply.body, values["state"], values["word"])) if reply.body else reply


def _reworded(value: Any, state: str, word: str) -> Any:
    if isinstance(value, dict):
        return {
            name: word if name in ("status", "provisioningState") and each == state else _reworded(each, state, word)
            for name, each in value.items()
        }
    return [_reworded(each, state, word) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Trickle:
    """Send the response byte by byte, this many real seconds apart."""

    async def apply(self, _call: Call, answer: Answer, values: Values) -> Reply:
        return replace(answer(), byte_every_s=float(values["seconds"]))


@dataclass(frozen=True)
class Silence:
    """Accept the request and never respond."""

    async def apply(self, _call: Call, _answer: Answer, _values: Values) -> Reply:
        raise NoAnswerError


@dataclass(frozen=True)
class Cut:
    """Close the connection without a response, before or after the request has taken effect."""

    after: bool

    async def apply(self, _call: Call, answer: Answer, _values: Values) -> Reply:
        if self.after:
            answer()
        raise ConnectionCutError


@dataclass(frozen=True)
class Slow:
    """Respond late, in real seconds, because the client's timeout is in real time."""

    async def apply(self, _call: Call, answer: Answer, values: Values) -> Reply:
        await asyncio.sleep(float(values["seconds"]))
        return answer()
