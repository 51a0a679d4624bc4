# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Server and proxy URLs, and which proxy the environment names for a server."""

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
# PySocks' errors about the proxy itself; what it says of the server behind it is a SOCKS5Error.
_SOCKS_ERRORS = ("ProxyConnectionError", "GeneralProxyError", "SOCKS5AuthError")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def server_url(text: str, *, name: str) -> str:
    """An API server's URL without a slash at its end. name is that of the option or field. Raises InvalidInputError."""
    url = text.strip().rstrip("/")
    problem = _problem(url, _SERVER_SCHEMES)
    if not problem and (urlsplit(url).query or urlsplit(url).fragment):
        problem = "has more to it than a path"
    if problem:
        raise _invalid(name, url, problem, "Give the API server's URL, such as https://mycluster.hcp.eastus.azmk8s.io:443.")
    return url


def proxy_url(text: str, *, name: str) -> str:
    """A proxy's URL. Raises InvalidInputError, and KubernetesError where the package for this kind of proxy is missing."""
    url = text.strip()
    problem = _problem(url, _PROXY_SCHEMES)
    if problem:
        raise _invalid(
            name, url, problem, f"Give the proxy's URL with its scheme ({', '.join(_PROXY_SCHEMES)}), as http://proxy.example:3128."
        )
    if url.lower().startswith("socks5://"):
        url = f"socks5h{url[len('socks5') :]}"  # as kubectl does: the proxy knows private names, and we may not
    return url


def _problem(url: str, schemes: tuple[str, ...]) -> str:
    """What keeps a text from being a URL of these schemes, "" for nothing."""
    if _CONTROL.search(url):
        return "holds a blank or a control character"
    try:
        parsed = parse_url(url)
        port = urlsplit(url).port
        is_name = is_host((parsed.host or "").strip("[]"))
    except (LocationParseError, ValueError):
        return "is no URL"
    if (parsed.scheme or "") not in schemes or "://" not in url:
        return f"has no scheme of {', '.join(schemes)}"
    return "" if is_name and port != 0 else "names no host"


def is_host(name: str) -> bool:
    """Whether a text may be a host's name or address, so that it can be looked for."""
    try:
        return bool(name) and name.isprintable() and " " not in name and bool(name.encode("idna"))
    except UnicodeError:
        return False


def _invalid(name: str, url: str, problem: str, remedy: str) -> InvalidInputError:
    path, mark, _query = without_password(url).partition("?")  # which may hold a token
    shown = f"{path}{mark}{HIDDEN if mark else ''}"
    return InvalidInputError(
        f"{name} is {shown!r}, which {problem}.",
        code="InvalidUrl",
        cause="Nothing can be reached by it.",
        remedy=remedy,
    )


def proxy_of_environment(server: str, environ: Mapping[str, str]) -> str:
    """The proxy that the environment has for a server, "" for none. Raises InvalidInputError.

    As kubectl reads it: one without a scheme is meant to have http, and this machine is never reached through one.
    """
    target = urlsplit(server)
    name = f"{target.scheme}_proxy"
    variable = next((each for each in (name, name.upper()) if environ.get(each)), "")
    host, port = target.hostname or "", target.port or _PORTS[target.scheme]
    if not variable or _is_loopback(host) or _bypassed(host, port, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return ""
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


def _bypassed(host: str, port: int, rules: str) -> bool:
    """Whether NO_PROXY's rules let a host be reached without one: *, a domain, an address or a network, with or without a port."""
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


def proxy_sign_in(url: str) -> str:
    """What a proxy's URL says of who uses it, as "name:password"; "" for nothing."""
    parsed = urlsplit(url)
    return f"{unquote(parsed.username)}:{unquote(parsed.password or '')}" if parsed.username else ""


def of_socks_proxy(error: Exception) -> str:
    """What a SOCKS proxy has to do with a connection that failed, as an HTTP proxy's error would say it; "" for nothing.

    urllib3 tells only what the socket said, as if that were the server's (its contrib/socks.py); the names are those of PySocks.
    """
    cause = error.__context__
    return f"ProxyError: {without_password(str(cause))}" if type(cause).__name__ in _SOCKS_ERRORS else ""


def missing_socks(url: str) -> KubernetesError:
    """The error for a SOCKS proxy where the package for it isn't there."""
    return KubernetesError(
        f"The proxy {without_password(url)} is a SOCKS proxy, which needs the Python package PySocks.",
        code="MissingPackage",
        cause="The Python that runs the task can't import its module socks.",
        remedy="Install it there with 'pip install PySocks', or use an HTTP proxy.",
    )
