# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.lab.arm.routing import Call, Reply, Route, Router
from tests.lab.arm.tokens import LIFETIME_S, TokenIssuer, Verdict
from tests.unit.lab.arm_lab import PRINCIPAL, Lab

ROUTER = Router(
    [
        Route("GET", "/subscriptions/{subscription}/resourcegroups/{group}", lambda _call: Reply()),
        Route("PUT", "/a.b/{name}", lambda _call: Reply()),
    ]
)


@pytest.mark.parametrize("path", ["/subscriptions/S/resourceGroups/MyGroup", "/SUBSCRIPTIONS/S/RESOURCEGROUPS/MyGroup/"])
def test_paths_match_in_any_case_and_values_keep_theirs(path: str) -> None:
    _route, params = ROUTER.find("GET", path)
    assert params == {"subscription": "S", "group": "MyGroup"}


@pytest.mark.parametrize(("method", "path", "status"), [("PATCH", "/a.b/c", 405), ("GET", "/a.b/c/d", 501), ("GET", "/aXb/c", 501)])
def test_unknown_route_is_refused_with_its_status(method: str, path: str, status: int) -> None:
    with pytest.raises(ArmError) as refusal:
        ROUTER.find(method, path)
    assert refusal.value.status == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_body_that_is_not_a_json_object_is_rejected(body: bytes) -> None:
    lab = Lab()
    call = Call(lab.state, TokenIssuer(PRINCIPAL), method="PUT", path="/", query={}, headers={}, body=body, base_url="https://localhost")
    with pytest.raises(ArmError) as refusal:
        call.json()
    assert (refusal.value.status, refusal.value.code) == (400, "InvalidRequestContent")


class TestTokens:
    """What the lab's access tokens are worth."""

    def test_a_token_holds_for_an_hour(self) -> None:
        token = TokenIssuer(PRINCIPAL, now=lambda: 1000.0).issue(audience="a", issuer="i")
        assert TokenIssuer(PRINCIPAL, now=lambda: 1000.0 + LIFETIME_S - 1).verdict(token) is Verdict.VALID
        assert TokenIssuer(PRINCIPAL, now=lambda: 1000.0 + LIFETIME_S).verdict(token) is Verdict.EXPIRED

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "Zm9v.e30.x", "é.é.é"])
    def test_anything_else_is_unknown(self, token: str) -> None:
        assert TokenIssuer(PRINCIPAL).verdict(token) is Verdict.UNKNOWN

    def test_claims_cannot_be_changed(self) -> None:
        header, _claims, signature = TokenIssuer(PRINCIPAL, now=lambda: 0.0).issue(audience="a", issuer="i").split(".")
        later = base64.urlsafe_b64encode(b'{"exp": 9999999999}').decode().rstrip("=")
        assert TokenIssuer(PRINCIPAL).verdict(f"{header}.{later}.{signature}") is Verdict.UNKNOWN
