# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Client assertions: a token that the application signed with its certificate, or one of another issuer that it trusts.

from __future__ import annotations

from collections.abc import Mapping
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
    matching = [credential for credential in trust.federated if credential.issuer == issuer]
    if key is None or not matching:
        raise FederatedCredentialNotFoundError("issuer", issuer)
    subject, audience = str(claims.get("sub")), claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    matching = [credential for credential in matching if credential.subject == subject]
    if not matching:
        raise FederatedCredentialNotFoundError("subject", subject)
    found: FederatedCredential | None = next((credential for credential in matching if credential.audience in audiences), None)
    if found is None:
        raise FederatedCredentialNotFoundError("audience", str(audience))
    _verify(assertion, key, audience=found.audience)


def _verify(assertion: str, key: PublicKey, *, audience: str) -> None:
    try:
        jwt.decode(assertion, key, algorithms=_ALGORITHMS, audience=audience)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise AssertionOutOfTimeError from error
    except jwt.InvalidTokenError as error:
        raise MalformedAssertionError(str(error)) from error
