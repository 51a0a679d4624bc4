# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Creates a TLS context from memory, so that no private key outlives the task in a file."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, NoReturn

from ..._errors import KubernetesError
from ..kubeconfig.context import Section, invalid_field
from ..kubeconfig.file import read_file

try:
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:  # the entry point reports what is missing
    pass


@dataclass(frozen=True)
class Certificates:
    """The certificates and key of a TLS connection, as PEM.

    authority: the server's certificate authority; None for those that the system trusts. certificate, key: the client's, if any.
    names: what to call the client's certificate and key in error messages.
    """

    authority: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    names: str = "The kubeconfig's client certificate or key (client_cert, client_key)"


def read_pem(name: str, path: Path) -> bytes:
    """The content of a file. Raises KubernetesError.

    Args:
        name: the option or field that names the file, for error messages.
        path: the file.
    """
    try:
        return read_file(path)
    except FileNotFoundError as error:
        raise KubernetesError(
            f"{name} names the file {path}, which does not exist.",
            code="UnreadableFile",
            cause="The path must exist on the machine, or in the container, that runs the task.",
            remedy=f"Correct {name}.",
        ) from error
    except OSError as error:
        raise KubernetesError(
            f"{name} names the file {path}, which cannot be read: {error.strerror}.",
            code="UnreadableFile",
            cause="The user that runs the task may not read the file.",
            remedy="Give the user that runs the task permission to read it.",
        ) from error


def pem_of(section: Section, name: str) -> bytes | None:
    """A certificate or key of a kubeconfig, inline or in the file that it names; None if it has neither. Raises KubernetesError."""
    data, path = section.string(f"{name}-data"), section.path(name)
    if data:
        try:
            return base64.b64decode("".join(data.split()), validate=True)
        except ValueError as error:
            raise invalid_field(section, f"{name}-data", "is not base64") from error
    return read_pem(f"{name} of the {section.name}", path) if path else None


def tls_context(certificates: Certificates, *, verify: bool) -> ssl.SSLContext:
    """A TLS context for these certificates. verify: whether to verify the server's certificate. Raises KubernetesError."""
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    # As kubectl's TLS library does: accept an authority without key identifiers, and an intermediate certificate as authority.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)  # since Python 3.10
    if verify:
        context.check_hostname = True
        _trust(context, certificates.authority)
    if bool(certificates.certificate) != bool(certificates.key):
        _refuse(certificates.names, "one of the two is missing")
    if certificates.certificate and certificates.key:
        _load_client_certificate(context, certificates.certificate, certificates.key, certificates.names)
    return context


def _trust(context: ssl.SSLContext, authority: bytes | None) -> None:
    if not authority:
        context.load_default_certs()
        return
    try:
        # Comments in a bundle may be in any language, but OpenSSL takes ASCII only.
        context.load_verify_locations(cadata=authority.decode("ascii", errors="ignore"))
    except (ssl.SSLError, ValueError):
        _refuse("The certificate authority (certificate-authority, ca_cert)", "it does not contain a certificate")


def _load_client_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes, names: str) -> None:
    """Load the client's certificate into the context. Python reads it from files only, so the files have no name."""
    try:
        with _unnamed_file(certificate) as certificate_file, _unnamed_file(key) as key_file:
            context.load_cert_chain(certificate_file, key_file, password=_no_password)
    except ssl.SSLError as error:
        _refuse(names, str(error.reason or error).lower().replace("_", " "))
    except _EncryptedKeyError:
        _refuse(names, "the key is encrypted, and there is no option for its password")
    except (OSError, ValueError) as error:
        _refuse(names, str(error))


class _EncryptedKeyError(Exception):
    """The key is protected by a password."""


def _no_password() -> str:
    """Keep OpenSSL from asking for the password at the terminal."""
    raise _EncryptedKeyError


def _refuse(names: str, problem: str) -> NoReturn:
    raise KubernetesError(
        f"{names} cannot be used: {problem}.",
        code="InvalidCertificate",
        cause="The certificate or key is damaged or incomplete.",
        remedy="Fetch the credentials again with gpuops.aks.aks_credentials.",
    )


@contextmanager
def _unnamed_file(content: bytes) -> Iterator[str]:
    """A path to the content that only this process can open; nothing is left behind, even if the process is killed.

    On Linux the file is in memory; elsewhere it is a file that is unlinked before anything is written.
    """
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("gpuops-aks"), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield f"/dev/fd/{file.fileno()}"
