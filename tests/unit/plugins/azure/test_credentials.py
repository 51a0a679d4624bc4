# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that credentials are read from; what Azure says to them is in tests/integration/plugins/test_sign_in.py."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.clouds import find_cloud
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.credentials import make_credential
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._azure.transport import Wire
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from ..builders import assert_explained

PASSWORD = "certificate-passw0rd"
ENCRYPTED = BestAvailableEncryption(PASSWORD.encode())


class Certificate:
    """A self-signed certificate and its key, in the forms in which users have them."""

    def __init__(self, key: Any) -> None:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gpuops")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        self.key = key
        self.certificate = builder.sign(key, hashes.SHA256())
        self.thumbprint = self.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  # how Entra names it
        self.public = self.certificate.public_bytes(Encoding.PEM)

    def private(self, encryption: KeySerializationEncryption) -> bytes:
        """The key alone."""
        content: bytes = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        return content

    def pkcs12(self) -> bytes:
        """Both, with the password."""
        return pkcs12.serialize_key_and_certificates(b"gpuops", self.key, self.certificate, None, ENCRYPTED)


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    """One that Entra would take."""
    return Certificate(rsa.generate_private_key(65537, 2048))


def sign_in(path: Path, **params: str) -> None:
    """Make the credential as a session does; nothing is sent."""
    who = {"subscription_id": "22222222-2222-2222-2222-222222222222", "tenant": "tenant", "client_id": "client"}
    settings = azure_settings({**who, **params}, {"HOME": str(path.parent)})
    wire = Wire(SystemClock(), Deadline(SystemClock(), 60), ca_bundle="")
    with closing(make_credential(settings, find_cloud("AzureCloud", wire), wire)):
        pass


def test_certificate_is_read_from_pem_and_pkcs12(certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "sp.pem"
    path.write_bytes(certificate.private(NoEncryption()) + certificate.public)
    sign_in(path, x509_certificate_path=str(path))
    with_colons = ":".join(certificate.thumbprint[i : i + 2] for i in range(0, 40, 2))
    for thumbprint in (certificate.thumbprint, certificate.thumbprint.lower(), with_colons):
        sign_in(path, x509_certificate_path=str(path), thumbprint=thumbprint)
    path.write_bytes(certificate.private(ENCRYPTED) + certificate.public)
    sign_in(path, x509_certificate_path=str(path), certificate_password=PASSWORD)
    path.write_bytes(certificate.pkcs12())
    sign_in(path, x509_certificate_path=str(path), certificate_password=PASSWORD, thumbprint=certificate.thumbprint)


def refused(path: Path, **params: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        sign_in(path, x509_certificate_path=str(path), **params)
    assert PASSWORD not in str(vars(refusal.value))
    return refusal.value


@pytest.mark.parametrize("thumbprint", [None, "AA"])
@pytest.mark.parametrize(
    ("form", "password"),
    [
        ("encrypted", None),
        ("encrypted", "wrong"),
        ("pkcs12", None),
        ("pkcs12", "wrong"),
        ("key", None),
        ("certificate", None),
        ("text", None),
    ],
)
def test_unusable_certificate_is_explained_without_a_traceback(
    certificate: Certificate, tmp_path: Path, form: str, password: str | None, thumbprint: str | None
) -> None:
    path = tmp_path / "sp.pem"
    forms = {
        "encrypted": certificate.private(ENCRYPTED) + certificate.public,
        "pkcs12": certificate.pkcs12(),
        "key": certificate.private(NoEncryption()),
        "certificate": certificate.public,
        "text": b"not a certificate",
    }
    path.write_bytes(forms[form])
    given = {name: value for name, value in (("certificate_password", password), ("thumbprint", thumbprint)) if value}
    error = refused(path, **given)
    if error.code != "OtherCertificate":  # a thumbprint is compared first, where the certificate can be read
        assert_explained(error, "UnusableCertificate", str(path), "certificate_password")


def test_key_type_that_entra_does_not_accept(tmp_path: Path) -> None:
    odd = Certificate(ec.generate_private_key(ec.SECP256R1()))
    path = tmp_path / "sp.pem"
    path.write_bytes(odd.private(NoEncryption()) + odd.public)
    assert_explained(refused(path), "UnusableCertificate", "RSA")


def test_certificate_that_does_not_match_the_thumbprint_is_rejected(certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "sp.pem"
    path.write_bytes(certificate.private(NoEncryption()) + certificate.public)
    assert_explained(refused(path, thumbprint="AB" * 20), "OtherCertificate", certificate.thumbprint, "AB" * 20)


@pytest.mark.parametrize("parameter", ["x509_certificate_path", "federated_token_file"])
@pytest.mark.parametrize("name", ["missing", "directory"])
def test_unreadable_file_is_reported_before_any_request(tmp_path: Path, parameter: str, name: str) -> None:
    (tmp_path / "directory").mkdir()
    path = tmp_path / name
    with pytest.raises(InvalidInputError) as refusal:
        sign_in(path, **{parameter: str(path)})
    assert_explained(refusal.value, "UnreadableFile", str(path), parameter, "AZURE_")
