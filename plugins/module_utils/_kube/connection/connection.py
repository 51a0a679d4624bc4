# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How an API server is reached: its URL, TLS, proxy and the credentials of each request."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Callable, Mapping
from urllib.parse import quote, urlsplit

from ..kubeconfig.context import Section, chosen, invalid_field
from ..limits import limitable
from .certificates import Certificates, pem_of, read_pem, tls_context
from .login import ExecLogin, Header, bearer, header_of
from .proxies import is_host, missing_socks, proxy_of_environment, proxy_sign_in, proxy_url, server_url
from .settings import KubeSettings, require_reachable

try:
    from kubernetes.client import Configuration
    from kubernetes.client.rest import RESTClientObject
    from urllib3 import HTTPHeaderDict, PoolManager
    from urllib3.util import make_headers
except ImportError:  # the entry point reports what is missing
    pass

# A thread each of a wait's watches, a followed log, and those that read many nodes' pods.
_CONNECTIONS = 16
_NOBODY = Section("no user", {}, Path())


@dataclass(frozen=True)
class Connection:
    """How an API server is reached: its URL, the pools of connections to it, and who asks: a header, and in whose place."""

    server: str
    pools: PoolManager
    authorization: Header
    impersonation: tuple[tuple[str, str], ...] = ()

    def headers(self, others: Mapping[str, str]) -> HTTPHeaderDict:
        """The headers of a request. Raises KubernetesError where no credentials can be had."""
        made = HTTPHeaderDict(others)
        for name, value in self.impersonation:
            made.add(name, value)
        authorization = self.authorization()
        if authorization:
            made["Authorization"] = authorization
        return made


def connection(settings: KubeSettings, allowed: Callable[[], float]) -> Connection:
    """The connection for these settings; nothing has been sent yet. allowed: how many seconds a login command may take.

    Raises KubernetesError, InvalidInputError.
    """
    require_reachable(settings)
    if settings.host:
        cluster, user = Section("host", {"server": settings.host}, Path()), _NOBODY
    else:
        cluster, user = chosen(settings.paths, settings.context)
    server = server_url(cluster.text("server"), name="host" if settings.host else f"server of the {cluster.name}")
    authorization, certificates = _credentials(settings, cluster, user, allowed)
    verify = settings.validate_certs and not cluster.body.get("insecure-skip-tls-verify")
    tls = tls_context(certificates, verify=verify) if urlsplit(server).scheme == "https" else None
    pools = _pools(server, _proxy(settings, cluster, server), tls, _server_name(cluster))
    return Connection(server, limitable(pools), authorization, _impersonation(user))


def _server_name(cluster: Section) -> str:
    """The name that the server's certificate is for, "" where it is the server's own."""
    name = cluster.text("tls-server-name")
    if name and not is_host(name):
        raise invalid_field(cluster, "tls-server-name", "is not a host name")
    return name


def _credentials(settings: KubeSettings, cluster: Section, user: Section, allowed: Callable[[], float]) -> tuple[Header, Certificates]:
    """Who asks, by the options and else by the kubeconfig; what a login command gives comes before the kubeconfig's files."""
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
    """The headers by which a user acts as another one (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/)."""
    extra = user.body.get("as-user-extra") or {}
    headers = [
        *(("Impersonate-User", name) for name in [user.text("as")] if name),
        *(("Impersonate-Uid", uid) for uid in [user.text("as-uid")] if uid),
        *(("Impersonate-Group", group) for group in user.body.get("as-groups") or ()),
        *((f"Impersonate-Extra-{quote(name, safe='')}", value) for name, values in extra.items() for value in values),
    ]
    if headers and not user.text("as"):
        raise invalid_field(user, "as", "is missing, while as-uid, as-groups or as-user-extra is there")
    for _name, value in headers:
        if not value.isprintable():
            raise invalid_field(user, "as, as-uid, as-groups or as-user-extra", "holds a control character")
    # A header is sent as Latin-1, and Kubernetes reads UTF-8.
    return tuple((name, value.encode().decode("latin-1")) for name, value in headers)


def _proxy(settings: KubeSettings, cluster: Section, server: str) -> str:
    """The proxy to go through, "" for none: the option's, the kubeconfig's, or the environment's."""
    if settings.proxy:
        return proxy_url(settings.proxy, name="proxy")
    if cluster.text("proxy-url"):
        return proxy_url(cluster.text("proxy-url"), name=f"proxy-url of the {cluster.name}")
    return proxy_of_environment(server, os.environ)


def _pools(server: str, proxy: str, tls: ssl.SSLContext | None, server_name: str) -> PoolManager:
    """The official client's pools of connections, with our TLS: theirs would read the client's key from a file."""
    if proxy.startswith("socks") and find_spec("socks") is None:  # urllib3 would warn on the screen
        raise missing_socks(proxy)
    sign_in = proxy_sign_in(proxy)
    configuration = Configuration()
    configuration.host = server
    configuration.verify_ssl = tls is not None and tls.verify_mode == ssl.CERT_REQUIRED
    configuration.tls_server_name = server_name
    configuration.proxy, configuration.no_proxy = proxy, ""  # whether to take the environment's has been decided
    configuration.proxy_headers = make_headers(proxy_basic_auth=sign_in) if sign_in else None
    configuration.connection_pool_maxsize = _CONNECTIONS
    pools: PoolManager = RESTClientObject(configuration).pool_manager
    pools.connection_pool_kw["ssl_context"] = tls
    return pools
