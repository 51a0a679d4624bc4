# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Entra ID sign-in of a kubeconfig, and how a token replaces it where no one can sign in interactively."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import dataclass
from typing import Any, Mapping

# The application ID of every AKS cluster with managed Entra ID, in all clouds
# (https://azure.github.io/kubelogin/concepts/aks.html).
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
# A token that expires sooner is renewed, because the following steps need it until they are done.
_MIN_SECONDS_LEFT = 30 * 60


@dataclass(frozen=True)
class EntraLogin:
    """How a kubeconfig signs in with Microsoft Entra ID.

    server: the application ID that the token is for. command: the login command; None for the former auth-provider inside kubectl.
    mode: kubelogin's login mode, such as devicecode.
    """

    server: str
    command: str | None
    mode: str


def entra_login(user: Mapping[str, Any]) -> EntraLogin | None:
    """The Entra ID sign-in of a kubeconfig's user, in either format of AKS; None for any other credentials."""
    provider = user.get("auth-provider")
    if isinstance(provider, dict) and provider.get("name") == "azure":
        config = provider.get("config") or {}
        return EntraLogin(str(config.get("apiserver-id") or AKS_SERVER), None, "devicecode")
    plugin = user.get("exec")
    if isinstance(plugin, dict) and "kubelogin" in str(plugin.get("command")):
        return _kubelogin(str(plugin["command"]), list(map(str, plugin.get("args") or ())))
    return None


def _kubelogin(command: str, arguments: list[str]) -> EntraLogin:
    mode = _argument(arguments, "--login") or _argument(arguments, "-l") or "devicecode"
    return EntraLogin(_argument(arguments, "--server-id") or AKS_SERVER, command, mode)


def _argument(arguments: list[str], name: str) -> str | None:
    """The value that follows an argument; None if there is none."""
    after = arguments[arguments.index(name) + 1 :] if name in arguments else []
    return after[0] if after else None


def with_token(config: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The fetched kubeconfig with a token instead of its user's sign-in."""
    result = copy.deepcopy(dict(config))
    result["users"][0]["user"] = {"token": token}
    return result


def usable_until(token: str, *, server: str, now: float) -> float | None:
    """When a token expires, in seconds since the epoch; None if it expires soon, is for another server or is not a JSON web token.

    Args:
        token: the token.
        server: the application ID that it must be for.
        now: the current time, in seconds since the epoch.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        expiry, audience = float(claims["exp"]), str(claims["aud"])
    except (LookupError, ValueError, TypeError):
        return None
    return expiry if server in audience and expiry - now >= _MIN_SECONDS_LEFT else None
