# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Client assertions: a token that the application signed with its certificate, or one of another issuer that it trusts.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jwt

from tests.lab.arm.errors.entra import (
    AssertionOutOfTimeError,
    CertificateNotRegisteredError,
    FederatedCredentialNotFoundError,
    MalformedAssertionError,
)
from tests.lab.arm.model.trust import FederatedCredential, PublicKey, Trust

if TYPE_CHECKING:
    from tests.lab.arm.state import Principal

_ALGORITHMS = ["RS256", "PS256", "ES256"]


def check_assertion(assertion: str, *, principal: Principal, trust: Trust, endpoint: str) -> None:
    """Reject an assertion that is not the principal's."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise MalformedAssertionError(str(error)) from error
    issuer = str(claims.get("iss"))
    if issuer.lower() == principal.client_id.lower():
        _check_own(assertion, header, trust=trust, endpoint=endpoint)
    else:
        _check_federated(assertion, claims, issuer=issuer, trust=trust)


def _check_own(assertion: str, header: Mapping[str, Any], *, trust: Trust, endpoint: str) -> None:
    thumbprint = str(header.get("x5t#S256") or header.get("x5t") or "")
    key = trust.certificate(thumbprint)
    if key is None:
        raise CertificateNotRegisteredError(thumbprint)
    _verify(assertion, key, audience=endpoint)


def _check_federated(assertion: str, claims: Mapping[str, Any], *, issuer: str, trust: Trust) -> None:
    key = trust.issuer(issuer)
    if key is None:
        raise FederatedCredentialNotFoundError("issuer", issuer)
    credential = _federated_credential(claims, trust.federated, issuer=issuer)
    _verify(assertion, key, audience=credential.audience)


def _federated_credential(claims: Mapping[str, Any], registered: Sequence[FederatedCredential], *, issuer: str) -> FederatedCredential:
    """The registered credential that the claims match. Raises FederatedCredentialNotFoundError with the first claim that rules out all."""
    for claim, value in (("issuer", issuer), ("subject", str(claims.get("sub"))), ("audience", claims.get("aud"))):
        accepted = value if isinstance(value, list) else [value]
        registered = [credential for credential in registered if getattr(credential, claim) in accepted]
        if not registered:
            raise FederatedCredentialNotFoundError(claim, str(value))
    return registered[0]


def _verify(assertion: str, key: PublicKey, *, audience: str) -> None:
    try:
        jwt.decode(assertion, key, algorithms=_ALGORITHMS, audience=audience)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise AssertionOutOfTimeError from error
    except jwt.InvalidTokenError as error:
        raise MalformedAssertionError(str(error)) from error
