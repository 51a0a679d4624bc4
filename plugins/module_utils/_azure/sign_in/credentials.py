# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Makes the credential of azure-identity that the settings ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ..._errors import InvalidInputError
from ..transport import Wire
from .clouds import Cloud
from .discovery import answer_discovery
from .settings import AzureSettings

try:
    from azure.identity import (
        AzureCliCredential,
        CertificateCredential,
        ClientAssertionCredential,
        ClientSecretCredential,
        ManagedIdentityCredential,
    )
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:  # the entry point reports what is missing
    pass

if TYPE_CHECKING:
    from typing import Protocol

    from azure.core.credentials import AccessToken

    class Credential(Protocol):
        """What azure-identity's credentials have in common."""

        def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
            """A token for one scope."""

        def close(self) -> None:
            """Close the connections."""


# 'az' takes half a second on an idle machine; azure-identity's 10 s are short for a busy one.
_CLI_SECONDS = 60


def make_credential(settings: AzureSettings, cloud: Cloud, wire: Wire) -> Credential:
    """The credential that the settings ask for; nothing is sent yet. Raises InvalidInputError.

    azure-identity gets as arguments what it would otherwise read from os.environ. It has no argument for the address of a managed
    identity's endpoint (IDENTITY_ENDPOINT, MSI_ENDPOINT, …), the proxies, and everything that 'az' reads.
    """
    if settings.auth_method == "cli":
        return _by_cli(settings, wire)
    transport = wire.transport()
    answer_discovery(transport, cloud.authority, settings.tenant)
    # MSAL would ask public Azure whether an authority is one of Azure's; ours is named here or by the metadata of the user's cloud.
    entra = {"authority": cloud.authority, "disable_instance_discovery": True, "transport": transport}
    return _CREDENTIAL_FACTORIES[settings.auth_method](settings, entra)


def _by_secret(settings: AzureSettings, entra: Mapping[str, Any]) -> Credential:
    return ClientSecretCredential(settings.tenant, settings.client_id, settings.secret, **entra)


def _by_certificate(settings: AzureSettings, entra: Mapping[str, Any]) -> Credential:
    path = settings.x509_certificate_path
    password = settings.certificate_password
    content = _content(path, parameter="x509_certificate_path (AZURE_X509_CERTIFICATE_PATH)")
    try:
        _refuse_other_thumbprint(path, content, password, settings.thumbprint)
        return CertificateCredential(settings.tenant, settings.client_id, certificate_data=content, password=password or None, **entra)
    except (ValueError, TypeError) as error:  # from cryptography, for an unusable file or a missing password
        raise InvalidInputError(
            f"The certificate {path} can't be used: {error}",
            code="UnusableCertificate",
            cause="The file must contain the certificate and its RSA key, as PEM or PKCS12; its password may be wrong or missing.",
            remedy="Check the file (openssl pkey -in FILE -noout), and certificate_password (AZURE_CLIENT_CERTIFICATE_PASSWORD).",
        ) from error


def _by_federated_token(settings: AzureSettings, entra: Mapping[str, Any]) -> Credential:
    def token() -> str:
        """Read each time, because Kubernetes renews it."""
        content = _content(settings.federated_token_file, parameter="federated_token_file (AZURE_FEDERATED_TOKEN_FILE)")
        return content.decode("ascii", "replace").strip()

    token()  # report a missing file before anything is sent
    return ClientAssertionCredential(settings.tenant, settings.client_id, token, **entra)


def _by_managed_identity(settings: AzureSettings, entra: Mapping[str, Any]) -> Credential:
    return ManagedIdentityCredential(client_id=settings.client_id or None, transport=entra["transport"])


def _by_cli(settings: AzureSettings, wire: Wire) -> Credential:
    # 'az' accepts only one of the two; it finds the tenant of a subscription.
    subscription = None if settings.tenant else settings.subscription_id
    seconds = int(min(_CLI_SECONDS, max(1.0, wire.deadline.remaining)))
    return AzureCliCredential(tenant_id=settings.tenant, subscription=subscription, process_timeout=seconds)


_CREDENTIAL_FACTORIES: Mapping[str, Callable[[AzureSettings, Mapping[str, Any]], Credential]] = {
    "secret": _by_secret,
    "certificate": _by_certificate,
    "workload_identity": _by_federated_token,
    "msi": _by_managed_identity,
}


def _content(path: str, *, parameter: str) -> bytes:
    """The content of a credential's file. Raises InvalidInputError."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path} can't be read: {error.strerror}.",
            code="UnreadableFile",
            cause=f"{parameter} is not a file that the user who runs the task can read.",
            remedy="Check the path and its permissions on the machine, or in the container, that runs the task.",
        ) from error


def _refuse_other_thumbprint(path: str, content: bytes, password: str, thumbprint: str) -> None:
    """azure.azcollection signs with the given thumbprint; here the certificate's own is used, and a given one must match it."""
    if not thumbprint:
        return
    certificate: x509.Certificate | None
    if b"-----BEGIN" in content:
        certificate = x509.load_pem_x509_certificate(content)
    else:
        _unused, certificate, _others = pkcs12.load_key_and_certificates(content, password.encode() or None)
        if certificate is None:
            raise ValueError("it does not contain a certificate")
    found = certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303  # identifies the certificate to Entra, protects nothing
    if found != thumbprint.replace(":", "").replace(" ", "").lower():
        raise InvalidInputError(
            f"The certificate {path} has the thumbprint {found.upper()}, not {thumbprint}.",
            code="OtherCertificate",
            cause="The file contains a certificate other than the one that is registered with the application.",
            remedy="Correct x509_certificate_path or thumbprint (AZURE_THUMBPRINT); without thumbprint, the file's own is used.",
        )
