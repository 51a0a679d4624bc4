# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks the URLs of servers and proxies, and finds the environment's proxy for a server."""

from __future__ import annotations

import ipaddress
import re
from typing import Mapping
from urllib.parse import unquote, urlsplit

from ..._core.shared.url_passwords import HIDDEN, without_password
from ..._errors import InvalidInputError, KubernetesError

try:
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url
except ImportError:  # the entry point reports what is missing
    pass

_SERVER_SCHEMES = ("https", "http")
_PORTS = {"http": 80, "https": 443}
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
# PySocks' errors about the proxy itself; one about the server behind it is a SOCKS5Error.
_SOCKS_ERRORS = ("ProxyConnectionError", "GeneralProxyError", "SOCKS5AuthError")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def server_url(text: str, *, name: str) -> str:
    """An API server's URL without a trailing slash. name: the option or field that has it. Raises InvalidInputError."""
    url = text.strip().rstrip("/")
    problem = _problem(url, _SERVER_SCHEMES)
    if problem is None and (urlsplit(url).query or urlsplit(url).fragment):
        problem = "has a query or fragment"
    if problem is not None:
        raise _invalid(name, url, problem, "Set the URL of the API server, such as https://mycluster.hcp.eastus.azmk8s.io:443.")
    return url


def proxy_url(text: str, *, name: str) -> str:
    """A proxy's URL. name: the option, field or variable that has it. Raises InvalidInputError."""
    url = text.strip()
    problem = _problem(url, _PROXY_SCHEMES)
    if problem is not None:
        schemes = ", ".join(_PROXY_SCHEMES)
        raise _invalid(name, url, problem, f"Set the URL of the proxy with its scheme ({schemes}), such as http://proxy.example:3128.")
    if url.lower().startswith("socks5://"):
        url = f"socks5h{url[len('socks5') :]}"  # as kubectl does: the proxy resolves names, which may be private
    return url


def _problem(url: str, schemes: tuple[str, ...]) -> str | None:
    """Why a string is not a URL with one of these schemes; None if it is one."""
    if _CONTROL.search(url):
        return "contains a space or a control character"
    try:
        parsed = parse_url(url)
        port = urlsplit(url).port
        is_name = is_host((parsed.host or "").strip("[]"))
    except (LocationParseError, ValueError):
        return "is not a URL"
    if (parsed.scheme or "") not in schemes or "://" not in url:
        return f"does not begin with one of {', '.join(f'{scheme}://' for scheme in schemes)}"
    return None if is_name and port != 0 else "does not have a valid host and port"


def is_host(name: str) -> bool:
    """Whether a string may be the name or address of a host."""
    try:
        return bool(name) and name.isprintable() and " " not in name and bool(name.encode("idna"))
    except UnicodeError:
        return False


def _invalid(name: str, url: str, problem: str, remedy: str) -> InvalidInputError:
    path, mark, _query = without_password(url).partition("?")  # the query may contain a token
    safe_url = f"{path}{mark}{HIDDEN if mark else ''}"
    return InvalidInputError(
        f"{name} is {safe_url!r}, which {problem}.",
        code="InvalidUrl",
        cause="The URL is incomplete, misspelled or of another kind.",
        remedy=remedy,
    )


def proxy_of_environment(server: str, environ: Mapping[str, str]) -> str | None:
    """The environment's proxy for a server; None if it has none. Raises InvalidInputError.

    As in kubectl, a proxy without a scheme is an HTTP proxy, and loopback addresses are never reached through a proxy.
    """
    target = urlsplit(server)
    name = f"{target.scheme}_proxy"
    variable = next((each for each in (name, name.upper()) if environ.get(each)), None)
    host, port = target.hostname or "", target.port or _PORTS[target.scheme]
    if variable is None or _is_loopback(host) or _bypassed(host, port, environ):
        return None
    text = environ[variable].strip()
    return proxy_url(text if "://" in text else f"http://{text}", name=variable)


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _bypassed(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Whether a host matches NO_PROXY: *, a domain, an address or a network; all but a network may have a port."""
    rules = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_matches(host.lower(), port, rule.strip().lower()) for rule in rules.split(",") if rule.strip())


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    address = _address(host)
    if address is not None and "/" in rule:
        try:
            return address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, _colon, wanted = rule.rpartition(":") if rule.count(":") == 1 else (rule, "", "")
    if wanted and wanted != str(port):
        return False
    domain = (name or rule).lstrip("*").lstrip(".").strip("[]")
    return host == domain or host.endswith(f".{domain}")


def proxy_sign_in(url: str) -> str | None:
    """The credentials in a proxy's URL as "name:password"; None if it has none."""
    parsed = urlsplit(url)
    return f"{unquote(parsed.username)}:{unquote(parsed.password or '')}" if parsed.username else None


def socks_proxy_problem(error: Exception) -> str | None:
    """The problem with a SOCKS proxy that made a connection fail, in the form of urllib3's ProxyError; None for any other failure.

    urllib3 (contrib/socks.py) reports it like a failure of the server; PySocks' own error is its context.
    """
    cause = error.__context__
    return f"ProxyError: {without_password(str(cause))}" if type(cause).__name__ in _SOCKS_ERRORS else None


def missing_socks(url: str) -> KubernetesError:
    """The error for a SOCKS proxy without the package PySocks."""
    return KubernetesError(
        f"The proxy {without_password(url)} is a SOCKS proxy, which needs the Python package PySocks.",
        code="MissingPackage",
        cause="The Python that runs the task cannot import the module socks.",
        remedy="Install the package with 'pip install PySocks', or use an HTTP proxy.",
    )
