# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Entra ID sign-in in a kubeconfig, and its replacement by a token where kubelogin cannot ask a person."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import dataclass
from typing import Any, Mapping

# The application that every AKS cluster with managed Entra ID is to Entra, in all clouds
# (https://azure.github.io/kubelogin/concepts/aks.html).
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
# A token that lasts for less is renewed: the steps that follow have to come to their end with it.
_ENOUGH_SECONDS = 30 * 60


@dataclass(frozen=True)
class EntraLogin:
    """How a kubeconfig signs in by Microsoft Entra ID.

    server: the application that the token is for. command: what has to be run for it, "" for the old provider in the client itself.
    mode: kubelogin's way to sign in, as devicecode.
    """

    server: str
    command: str
    mode: str


def entra_login(user: Mapping[str, Any]) -> EntraLogin | None:
    """The Entra sign-in of a kubeconfig's user, in either of AKS' formats; None for any other credentials."""
    provider = user.get("auth-provider")
    if isinstance(provider, dict) and provider.get("name") == "azure":
        config = provider.get("config") or {}
        return EntraLogin(str(config.get("apiserver-id") or AKS_SERVER), "", "devicecode")
    plugin = user.get("exec")
    if isinstance(plugin, dict) and "kubelogin" in str(plugin.get("command")):
        arguments = [str(argument) for argument in plugin.get("args") or ()]
        mode = _argument(arguments, "--login") or _argument(arguments, "-l") or "devicecode"
        return EntraLogin(_argument(arguments, "--server-id") or AKS_SERVER, str(plugin["command"]), mode)
    return None


def _argument(arguments: list[str], name: str) -> str:
    """The value that follows an argument, "" when it isn't there."""
    after = arguments[arguments.index(name) + 1 :] if name in arguments else []
    return after[0] if after else ""


def with_token(config: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The fetched kubeconfig with a token in the place of its user's sign-in."""
    result = copy.deepcopy(dict(config))
    result["users"][0]["user"] = {"token": token}
    return result


def lasting_expiry(token: str, *, server: str, now: float) -> float:
    """When a token for the server expires, in seconds since the epoch; 0 where it is for something else, or doesn't last for long."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        expiry, audience = float(claims["exp"]), str(claims["aud"])
    except (LookupError, ValueError, TypeError):
        return 0.0
    return expiry if server in audience and expiry - now >= _ENOUGH_SECONDS else 0.0
