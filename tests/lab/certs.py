# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificate authority and the certificates that it issues."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import MappingProxyType

import trustme

from tests.lab.config import Layout, write_private

# The Azure names are those that clients reach through the lab's CONNECT proxy.
SERVER_NAMES = (
    "localhost",
    "127.0.0.1",
    "10.0.0.1",
    "kubernetes.default.svc",
    "management.azure.com",
    "login.microsoftonline.com",
    "login.microsoft.com",
    "graph.microsoft.com",
)

_ADMINISTRATORS = "system:masters"

# Certificate → (user name, group). One user a component, so that the audit log tells the lab's own writes from a client's.
# AKS' local accounts, user and admin alike, carry this name and group.
CLIENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "supervisor": ("lab:supervisor", _ADMINISTRATORS),
        "bridge": ("lab:bridge", _ADMINISTRATORS),
        "kubelet": ("lab:kubelet", _ADMINISTRATORS),
        "kwok": ("lab:kwok", _ADMINISTRATORS),
        "gpu-operator": ("lab:gpu-operator", _ADMINISTRATORS),
        "nfd-master": ("lab:nfd-master", _ADMINISTRATORS),
        "kube-controller-manager": ("system:kube-controller-manager", _ADMINISTRATORS),
        "kube-scheduler": ("system:kube-scheduler", _ADMINISTRATORS),
        "kube-apiserver-kubelet-client": ("kube-apiserver-kubelet-client", _ADMINISTRATORS),
        "client": ("lab:client", _ADMINISTRATORS),
        "cluster-user": ("masterclient", _ADMINISTRATORS),
        "cluster-admin": ("masterclient", _ADMINISTRATORS),
    }
)


# The certificate with which the lab's service principal can sign in to Entra; Azure's clients want an RSA key.
SERVICE_PRINCIPAL = "service-principal"


def write_certificates(layout: Layout) -> None:
    """A new authority with one server certificate, a client certificate per component, and a key for service accounts."""
    layout.pki.mkdir(mode=0o700, parents=True)
    # RSA, as in clusters of AKS and kubeadm: the API server verifies a client's certificate anew with each request, and with an ECDSA
    # authority, a request takes it a quarter more processor time.
    authority = trustme.CA(organization_name="gpuops.aks lab", key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(layout.ca)
    _write(layout, "server", authority.issue_cert(*SERVER_NAMES))
    for name, (user, group) in CLIENTS.items():
        # A name of its own although nobody asks for it: trustme would mark an empty list critical, which Go refuses.
        _write(layout, name, authority.issue_cert(f"{name}.invalid", common_name=user, organization_name=group))
    # Signs service account tokens; the API server reads the public key out of the certificate.
    _write(layout, "service-account", authority.issue_cert("service-account.invalid"))
    principal = authority.issue_cert(f"{SERVICE_PRINCIPAL}.invalid", key_type=trustme.KeyType.RSA)
    _write(layout, SERVICE_PRINCIPAL, principal)
    write_private(layout.service_principal, principal.private_key_and_cert_chain_pem.bytes().decode())


def _write(layout: Layout, name: str, certificate: trustme.LeafCert) -> None:
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    layout.certificate(name).write_bytes(chain)
    write_private(layout.key(name), certificate.private_key_pem.bytes().decode())


def server_context(layout: Layout) -> ssl.SSLContext:
    """TLS for the lab's own servers."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(layout.certificate("server"), layout.key("server"))
    return context


def mutual_server_context(layout: Layout) -> ssl.SSLContext:
    """TLS for a server that answers only clients with a certificate of this lab, as a kubelet does."""
    context = server_context(layout)
    context.load_verify_locations(layout.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(layout: Layout, name: str) -> ssl.SSLContext:
    """TLS for a client of the lab's servers, with the named client certificate."""
    context = ssl.create_default_context(cafile=str(layout.ca))
    context.load_cert_chain(layout.certificate(name), layout.key(name))
    return context
