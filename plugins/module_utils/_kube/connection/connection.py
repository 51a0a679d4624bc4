# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The connection to an API server: its URL, TLS, proxy and the credentials of each request."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from ..._core.shared.url_passwords import without_password
from ..kubeconfig.context import Section, cluster_and_user, invalid_field
from ..limits import limitable
from .certificates import Certificates, pem_of, read_pem, tls_context
from .login import ExecLogin, Header, bearer, header_of
from .proxies import is_host, missing_socks, proxy_of_environment, proxy_sign_in, proxy_url, server_url
from .settings import KubeSettings, require_reachable

try:
    from urllib3 import HTTPHeaderDict, PoolManager
    from urllib3.util import make_headers

    from .official_client import Configuration, RESTClientObject
except ImportError:  # the entry point reports what is missing
    pass

# Enough for the threads of a wait's watches, of a followed log, and those that read the pods of many nodes.
_CONNECTIONS = 16
_NO_USER = Section("no user", {}, Path())


@dataclass(frozen=True)
class Connection:
    """A connection to an API server.

    server: its URL. pools: the connection pools. authorization: returns the Authorization header. impersonation: headers for another user.
    """

    server: str
    pools: PoolManager
    authorization: Header
    impersonation: tuple[tuple[str, str], ...] = ()

    def headers(self, others: Mapping[str, str]) -> HTTPHeaderDict:
        """The headers of a request, with credentials. Raises KubernetesError if a login command fails."""
        made = HTTPHeaderDict(others)
        for name, value in self.impersonation:
            made.add(name, value)
        authorization = self.authorization()
        if authorization:
            made["Authorization"] = authorization
        return made


def connection(settings: KubeSettings, allowed: Callable[[], float]) -> Connection:
    """The connection for these settings; this sends no request. Raises KubernetesError, InvalidInputError.

    Args:
        settings: how to reach the API server.
        allowed: returns how many seconds a login command may take.
    """
    cluster, user = _cluster_and_user(settings)
    server = _server(settings, cluster)
    authorization, certificates = _credentials(settings, cluster, user, allowed)
    verify = settings.validate_certs and not cluster.body.get("insecure-skip-tls-verify")
    tls = tls_context(certificates, verify=verify) if urlsplit(server).scheme == "https" else None
    pools = _pools(server, _proxy(settings, cluster, server), tls, _server_name(cluster))
    return Connection(server, limitable(pools), authorization, _impersonation(user))


def api_server(settings: KubeSettings) -> str:
    """The URL of the API server, without a password. It is read without credentials. Raises KubernetesError, InvalidInputError."""
    cluster, _user = _cluster_and_user(settings)
    return without_password(_server(settings, cluster))


def _cluster_and_user(settings: KubeSettings) -> tuple[Section, Section]:
    require_reachable(settings)
    if settings.host:
        return Section("host", {"server": settings.host}, Path()), _NO_USER
    return cluster_and_user(settings.paths, settings.context)


def _server(settings: KubeSettings, cluster: Section) -> str:
    return server_url(cluster.string("server") or "", name="host" if settings.host else f"server of the {cluster.name}")


def _server_name(cluster: Section) -> str | None:
    """The name to verify the server's certificate against, if it is not the host in the URL."""
    name = cluster.string("tls-server-name")
    if name and not is_host(name):
        raise invalid_field(cluster, "tls-server-name", "is not a host name")
    return name


def _credentials(settings: KubeSettings, cluster: Section, user: Section, allowed: Callable[[], float]) -> tuple[Header, Certificates]:
    """The client's credentials: options come before the kubeconfig, and a login command's certificate before the kubeconfig's."""
    authority = read_pem("ca_cert", Path(settings.ca_cert)) if settings.ca_cert else pem_of(cluster, "certificate-authority")
    certificate = read_pem("client_cert", Path(settings.client_cert)) if settings.client_cert else pem_of(user, "client-certificate")
    key = read_pem("client_key", Path(settings.client_key)) if settings.client_key else pem_of(user, "client-key")
    if settings.api_key:
        fixed = bearer(settings.api_key, name="api_key")
        return (lambda: fixed), Certificates(authority, certificate, key)
    header = header_of(user)
    if header is None:
        login = ExecLogin(user, cluster, allowed)
        return login, Certificates(authority, login.certificate or certificate, login.key or key)
    return header, Certificates(authority, certificate, key)


def _impersonation(user: Section) -> tuple[tuple[str, str], ...]:
    """The headers for impersonation (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/)."""
    headers = list(_impersonation_headers(user))
    if headers and user.string("as") is None:
        raise invalid_field(user, "as", "is missing, but as-uid, as-groups or as-user-extra is set")
    if not all(value.isprintable() for _header, value in headers):
        raise invalid_field(user, "as, as-uid, as-groups or as-user-extra", "contains a control character")
    # Headers are sent as Latin-1, but Kubernetes reads UTF-8.
    return tuple((header, value.encode().decode("latin-1")) for header, value in headers)


def _impersonation_headers(user: Section) -> Iterator[tuple[str, str]]:
    for header, field in (("Impersonate-User", "as"), ("Impersonate-Uid", "as-uid")):
        value = user.string(field)
        if value is not None:
            yield header, value
    for group in user.body.get("as-groups") or ():
        yield "Impersonate-Group", group
    for key, values in (user.body.get("as-user-extra") or {}).items():
        yield from ((f"Impersonate-Extra-{quote(key, safe='')}", each) for each in values)


def _proxy(settings: KubeSettings, cluster: Section, server: str) -> str | None:
    """The proxy of the option, the kubeconfig or the environment; None to connect directly."""
    if settings.proxy:
        return proxy_url(settings.proxy, name="proxy")
    url = cluster.string("proxy-url")
    if url:
        return proxy_url(url, name=f"proxy-url of the {cluster.name}")
    return proxy_of_environment(server, os.environ)


def _pools(server: str, proxy: str | None, tls: ssl.SSLContext | None, server_name: str | None) -> PoolManager:
    """The connection pools of the official client, with this collection's TLS: the client would read the key from a file."""
    if proxy and proxy.startswith("socks") and find_spec("socks") is None:  # urllib3 would print a warning
        raise missing_socks(proxy)
    sign_in = proxy_sign_in(proxy) if proxy else None
    configuration = Configuration()
    configuration.host = server
    configuration.verify_ssl = tls is not None and tls.verify_mode == ssl.CERT_REQUIRED
    configuration.tls_server_name = server_name
    configuration.proxy, configuration.no_proxy = proxy, None  # the environment has been taken into account already
    configuration.proxy_headers = make_headers(proxy_basic_auth=sign_in) if sign_in else None
    configuration.connection_pool_maxsize = _CONNECTIONS
    pools: PoolManager = RESTClientObject(configuration).pool_manager
    pools.connection_pool_kw["ssl_context"] = tls
    return pools
