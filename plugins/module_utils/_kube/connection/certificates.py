# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Makes a TLS context from memory, so that no private key outlives the task in a file."""

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
    """What either side of a TLS connection shows, as PEM. authority b"": whom the system trusts; names are for errors."""

    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    names: str = "The kubeconfig's client certificate or key (client_cert, client_key)"


def read_pem(name: str, path: Path) -> bytes:
    """The content of a file that an option or a kubeconfig names. Raises KubernetesError."""
    try:
        return read_file(path)
    except FileNotFoundError as error:
        raise KubernetesError(
            f"{name} names the file {path}, which doesn't exist.",
            code="UnreadableFile",
            cause="A path is looked up on the machine, and in the container, that runs the task.",
            remedy=f"Correct {name}.",
        ) from error
    except OSError as error:
        raise KubernetesError(
            f"{name} names the file {path}, which can't be read: {error.strerror}.",
            code="UnreadableFile",
            cause="The system doesn't let the user who runs the task read the file.",
            remedy="Give the user who runs the task the right to read it.",
        ) from error


def pem_of(section: Section, name: str) -> bytes:
    """A kubeconfig's certificate or key: the data in it, or the file that it names; b"" for neither. Raises KubernetesError."""
    data, path = section.text(f"{name}-data"), section.path(name)
    if data:
        try:
            return base64.b64decode("".join(data.split()), validate=True)
        except ValueError as error:
            raise invalid_field(section, f"{name}-data", "is not base64") from error
    return read_pem(f"{name} of the {section.name}", path) if path else b""


def tls_context(certificates: Certificates, *, verify: bool) -> ssl.SSLContext:
    """A TLS context made from memory: no key is in a file that could outlive the task. Raises KubernetesError."""
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    # What kubectl's library asks for: a cluster's authority needs no key identifiers, and one in the middle of a chain will do.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)  # since Python 3.10
    if verify:
        context.check_hostname = True
        _trust(context, certificates.authority)
    if bool(certificates.certificate) != bool(certificates.key):
        _refuse(certificates.names, "one of the two is missing")
    if certificates.key:
        _show(context, certificates)
    return context


def _trust(context: ssl.SSLContext, authority: bytes) -> None:
    if not authority:
        context.load_default_certs()
        return
    try:
        # A comment in a bundle may be in any language; OpenSSL wants none of it.
        context.load_verify_locations(cadata=authority.decode("ascii", errors="ignore"))
    except (ssl.SSLError, ValueError):
        _refuse("The certificate authority (certificate-authority, ca_cert)", "it holds no certificate")


def _show(context: ssl.SSLContext, certificates: Certificates) -> None:
    """Have the context show the client's certificate. Python takes it from files only, so it gets files that have no name."""
    try:
        with _nameless_file(certificates.certificate) as certificate, _nameless_file(certificates.key) as key:
            context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        _refuse(certificates.names, str(error.reason or error).lower().replace("_", " "))
    except _EncryptedError:
        _refuse(certificates.names, "the key is encrypted, and its password can't be asked for")
    except (OSError, ValueError) as error:
        _refuse(certificates.names, str(error))


class _EncryptedError(Exception):
    """A key that needs a password."""


def _no_password() -> str:
    """OpenSSL would ask for it at the terminal."""
    raise _EncryptedError


def _refuse(names: str, problem: str) -> NoReturn:
    raise KubernetesError(
        f"{names} can't be used: {problem}.",
        code="InvalidCertificate",
        cause="It is damaged, or is none.",
        remedy="Fetch the credentials again with gpuops.aks.aks_credentials.",
    )


@contextmanager
def _nameless_file(content: bytes) -> Iterator[str]:
    """A path that leads to the content in this process alone, while the context lasts; a killed process leaves nothing behind.

    In memory where the system can, which is Linux; else in a file whose name is gone before anything is written.
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
