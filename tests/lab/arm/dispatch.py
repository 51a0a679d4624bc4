# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from tests.lab.arm import control, control_devices, control_settings
from tests.lab.arm.errors.aks import ThrottledError
from tests.lab.arm.errors.gateway import (
    ArmError,
    AuthenticationFailedError,
    ExpiredAuthenticationTokenError,
    InvalidAuthenticationTokenError,
    LoopbackOnlyError,
    MissingApiVersionParameterError,
    SubscriptionNotFoundError,
)
from tests.lab.arm.faults.armed import answered
from tests.lab.arm.handlers import (
    arrival,
    clusters,
    compute,
    credentials,
    entra,
    groups,
    identity,
    metadata,
    monitoring,
    operations,
    pools,
    providers,
    reservations,
)
from tests.lab.arm.routing import Call, Reply, Route, Router
from tests.lab.arm.state import ArmState
from tests.lab.arm.tokens import Verdict

_SERVICES = (
    control,
    control_devices,
    control_settings,
    metadata,
    entra,
    identity,
    groups,
    providers,
    reservations,
    monitoring,
    operations,
    clusters,
    pools,
    credentials,
    compute,
)
_READS = frozenset({"GET", "HEAD"})


class Dispatcher:
    """Passes each request to its handler: after limits and faults, it checks who is calling and then what is requested."""

    def __init__(self, state: ArmState) -> None:
        self._state = state
        self._router = Router(route for service in _SERVICES for route in service.ROUTES)

    async def reply(self, call: Call, *, remote: str | None) -> Reply:
        """The answer, refusals included; ConnectionCutError where a fault leaves none."""
        call = replace(call, state=self._state.subscription_at(call.path))
        try:
            reply = await self._reply(call, remote=remote)
        except ArmError as error:
            reply = Reply(status=error.status, body=error.body(), headers=error.headers())
        return replace(reply, headers={**arrival.headers(call), **reply.headers})

    async def _reply(self, call: Call, *, remote: str | None) -> Reply:
        if call.path.startswith(control.PREFIX):
            _require_loopback(remote)
            return self._answer(call)
        call.state.settle()
        wait_s = call.state.throttle.retry_after_s(call.method, call.path)
        if wait_s is not None:
            raise ThrottledError(retry_after_s=wait_s)
        return await answered(call, partial(self._answer, call), call.state.faults)

    def _answer(self, call: Call) -> Reply:
        route, params = self._router.find(call.method, call.path)
        call = replace(call, params=params)
        call.state.settle()
        _authorize(call, route)
        reply = route.handler(call)
        if call.method not in _READS:
            call.state.changed()
        return reply


def _require_loopback(remote: str | None) -> None:
    if remote is None or not ipaddress.ip_address(remote).is_loopback:
        raise LoopbackOnlyError


def _authorize(call: Call, route: Route) -> None:
    """In Azure's order: authenticate the caller, check that the request is complete, and check the subscription."""
    if route.public:
        return
    _check_token(call)
    if "api-version" not in call.query:
        raise MissingApiVersionParameterError
    subscription = call.params.get("subscription")
    arrival.check_version(call)
    if subscription is not None and subscription.lower() != call.state.principal.subscription_id.lower():
        raise SubscriptionNotFoundError(subscription)


def _check_token(call: Call) -> None:
    authority = f"{call.base_url}/{call.state.principal.tenant_id}"
    scheme, _unused, token = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AuthenticationFailedError(authority=authority)
    verdict = call.tokens.verdict(token)
    if verdict is Verdict.UNKNOWN:
        raise InvalidAuthenticationTokenError(authority=authority)
    if verdict is Verdict.EXPIRED:
        expired = datetime.fromtimestamp(call.tokens.expiry(token), UTC)
        raise ExpiredAuthenticationTokenError(
            authority=authority, expired=f"{expired:%m/%d/%Y %H:%M:%S}", now=f"{datetime.now(UTC):%m/%d/%Y %H:%M:%S}"
        )
