# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lab.arm.state import Principal

LIFETIME_S = 3599  # what Entra ID answers for client_credentials


class Verdict(Enum):
    """The result of checking a bearer token."""

    VALID = "valid"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class TokenIssuer:
    """Issues and checks the lab's access tokens: JWTs signed with a key derived from the client secret, so that they survive a restart.

    They expire in real time, because clients compare `expires_in` with their own clocks.
    """

    def __init__(self, principal: Principal, *, now: Callable[[], float] = time.time) -> None:
        self._principal = principal
        self._now = now
        self._key = hashlib.sha256(f"{principal.client_id}:{principal.secret}".encode()).digest()

    def issue(self, *, audience: str, issuer: str) -> str:
        """An access token for the lab's principal that is valid from now on for an hour."""
        issued = int(self._now())
        claims = {
            "aud": audience,
            "iss": issuer,
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME_S,
            "appid": self._principal.client_id,
            "oid": self._principal.client_id,
            "tid": self._principal.tenant_id,
            "ver": "1.0",
        }
        signed = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def verdict(self, token: str) -> Verdict:
        """Whether the token was made by this lab and still holds."""
        signed, _unused, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return Verdict.UNKNOWN
        return Verdict.VALID if self.expiry(token) > self._now() else Verdict.EXPIRED

    def expiry(self, token: str) -> float:
        """The token's `exp` in seconds since the epoch; 0 where it has none that can be read."""
        return float(self.claims(token).get("exp", 0))

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of the token; empty if it cannot be parsed. Check its verdict first."""
        parts = token.split(".")
        try:
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        except (IndexError, ValueError, binascii.Error):
            return {}
        return claims if isinstance(claims, dict) else {}

    def _signature(self, signed: str) -> str:
        return _base64url(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def _encoded(value: object) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
