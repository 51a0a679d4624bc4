# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the lab's application accepts instead of its secret: certificates, and tokens of issuers that it trusts.

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

AUDIENCE = "api://AzureADTokenExchange"
PublicKey = RSAPublicKey | EllipticCurvePublicKey


@dataclass(frozen=True)
class FederatedCredential:
    """Whose tokens are accepted for the application: issuer, subject and audience must match exactly."""

    issuer: str
    subject: str
    audience: str = AUDIENCE


class Trust:
    """The application's certificates and federated credentials, and the keys of the issuers."""

    def __init__(self) -> None:
        self._certificates: dict[str, PublicKey] = {}
        self._issuers: dict[str, PublicKey] = {}
        self.federated: list[FederatedCredential] = []

    def add_certificate(self, pem: bytes) -> None:
        """Register a certificate; assertions name it by the digest of its DER, SHA-1 or SHA-256."""
        certificate = x509.load_pem_x509_certificate(pem)
        for algorithm in (hashes.SHA1(), hashes.SHA256()):  # noqa: S303 - the thumbprint of Azure's older clients
            digest = base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode()
            self._certificates[digest] = public_key(pem)

    def certificate(self, thumbprint: str) -> PublicKey | None:
        """The key of the certificate of that thumbprint, base64url."""
        return self._certificates.get(thumbprint.rstrip("="))

    def add_issuer(self, issuer: str, certificate_pem: bytes) -> None:
        """Add an issuer and the key that its tokens are signed with, which Entra would fetch from its discovery document."""
        self._issuers[issuer] = public_key(certificate_pem)

    def issuer(self, issuer: str) -> PublicKey | None:
        """The key of an issuer."""
        return self._issuers.get(issuer)


def public_key(pem: bytes) -> PublicKey:
    """The key of a certificate."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        message = f"a certificate with an RSA or EC key is needed, not {type(key).__name__}"
        raise TypeError(message)
    return key
