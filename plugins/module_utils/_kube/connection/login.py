# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Credentials of a kubeconfig's user: tokens, passwords, certificates and login commands."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Mapping

from ..._errors import KubernetesError
from ..kubeconfig.context import Section, invalid_field
from .certificates import read_pem
from .login_command import LOGIN_SECONDS, LoginCommand

_TOKEN = re.compile(r"[\x21-\x7e]+")
_FRACTION = re.compile(r"\.[0-9]+")
# A credential is renewed a little before it expires: the request that it is for takes its time, too.
_EARLY_SECONDS = 30.0
_EXEC_APIS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_CLUSTER_CONFIG = "client.authentication.k8s.io/exec"
Header = Callable[[], str]


def anonymous() -> str:
    """No credentials."""
    return ""


def bearer(token: str, *, name: str) -> str:
    """The header of a token; blanks around it are not part of it. Raises KubernetesError for what can't be one."""
    stripped = token.strip()
    if not _TOKEN.fullmatch(stripped):
        raise KubernetesError(
            f"{name} can't be used as a token.",
            code="InvalidToken",
            cause="It is empty, or holds a blank, a line break or another character that no token has.",
            remedy=f"Correct {name}.",
        )
    return f"Bearer {stripped}"


def basic(name: str, password: str) -> str:
    """The header of a name and a password."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def header_of(user: Section) -> Header | None:
    """What says who a kubeconfig's user is in each request; None where a command says it. Raises KubernetesError."""
    if user.text("token"):
        fixed = bearer(user.text("token"), name=f"token of the {user.name}")
    elif user.path("tokenFile"):
        return _TokenFile(user)
    elif user.text("username"):
        fixed = basic(user.text("username"), user.text("password"))
    elif user.body.get("exec"):
        return None
    elif user.body.get("auth-provider"):
        fixed = _of_provider(user, user.body["auth-provider"])
    else:
        return anonymous
    return lambda: fixed


class _TokenFile:
    """A token that somebody renews in its file."""

    def __init__(self, user: Section) -> None:
        self._name = f"tokenFile of the {user.name}"
        self._path = user.path("tokenFile") or Path()
        self()  # what can't be read is told at once

    def __call__(self) -> str:
        return bearer(read_pem(self._name, self._path).decode(errors="replace"), name=self._name)


def _of_provider(user: Section, provider: Mapping[str, Any]) -> str:
    """The header of a sign-in that kubectl's clients had built in: its token while it lasts. Raises KubernetesError."""
    config = provider.get("config") or {}
    name = {"oidc": "id-token", "gcp": "access-token"}.get(provider["name"], "")
    token = str(config.get(name) or "")
    if not token:
        raise _provider_failed(provider["name"], "is not supported" if not name else f"has no {name}")
    try:
        expires = _expiry(str(config["expiry"])) if config.get("expiry") else _jwt_expiry(token)
    except ValueError as error:
        raise invalid_field(user, f"auth-provider's expiry ({provider['name']})", "is not a time") from error
    if expires and expires <= time.time():
        raise _provider_failed(provider["name"], "has a token that has expired")
    return bearer(token, name=f"{name} of the {user.name}")


def _provider_failed(name: str, problem: str) -> KubernetesError:
    return KubernetesError(
        f"The kubeconfig's auth-provider {name} {problem}.",
        code="UnsupportedLogin",
        cause="The kubeconfig signs in by a provider inside the client; Kubernetes has replaced them by login commands.",
        remedy="Use a kubeconfig with a login command (aks_credentials with format: exec), or with a token (entra_token: true).",
    )


def _jwt_expiry(token: str) -> float:
    """When a token says that it expires, 0 where it says nothing that can be read."""
    try:
        body = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"])
    except (LookupError, RecursionError, TypeError, ValueError):
        return 0.0


def _expiry(text: str) -> float:
    """Seconds since the epoch of a time as RFC 3339 writes it. Raises ValueError for none."""
    moment = datetime.fromisoformat(_FRACTION.sub("", text.strip().replace("Z", "+00:00").replace("z", "+00:00")))
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except OverflowError as error:
        raise ValueError(text) from error


class ExecLogin:
    """A login command's credentials, asked for anew when they expire. certificate and key are PEM, b"" where it gives a token.

    allowed: how many seconds it may take.
    """

    def __init__(self, user: Section, cluster: Section, allowed: Callable[[], float]) -> None:
        self._user = user
        self._allowed = allowed
        self._version = str(user.body["exec"]["apiVersion"])
        self._command = _command(user, cluster)
        self._renewing = threading.Lock()
        self.certificate = self.key = b""
        self._header, self._expires = self._ask()

    def __call__(self) -> str:
        """The header for a request. Raises KubernetesError."""
        with self._renewing:
            if self._expires and self._expires - _EARLY_SECONDS <= time.time():
                self._header, self._expires = self._ask()
            return self._header

    def _ask(self) -> tuple[str, float]:
        answer = self._command.run(min(LOGIN_SECONDS, self._allowed()))
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(status, dict):
            raise self._command.wrong("is not an ExecCredential")
        if answer.get("apiVersion") != self._version:
            raise self._command.wrong(f"is not of the version {self._version}, which the kubeconfig asks for")
        fields = {name: status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData", "expirationTimestamp")}
        if not all(isinstance(value, str) for value in fields.values()):
            raise self._command.wrong("has fields that are not strings")
        self.certificate, self.key = fields["clientCertificateData"].encode(), fields["clientKeyData"].encode()
        if not fields["token"] and not (self.certificate and self.key):
            raise self._command.wrong("has neither a token nor a certificate with its key")
        try:
            expires = _expiry(fields["expirationTimestamp"]) if fields["expirationTimestamp"] else 0.0
        except ValueError as error:
            raise self._command.wrong("has an expirationTimestamp that is not a time") from error
        header = bearer(fields["token"], name="The token of the kubeconfig's login command") if fields["token"] else ""
        return header, expires


def _command(user: Section, cluster: Section) -> LoginCommand:
    """The command of a kubeconfig's user; a path in it leads from the kubeconfig's directory. Raises KubernetesError."""
    plugin = user.body["exec"]
    version, name = str(plugin["apiVersion"]), str(plugin["command"])
    if version not in _EXEC_APIS:
        raise invalid_field(user, "exec's apiVersion", f"is {version}, not one of {', '.join(_EXEC_APIS)}")
    if plugin.get("interactiveMode") == "Always":
        raise invalid_field(user, "exec's interactiveMode", "is Always, but no person can be asked")
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = _cluster_info(cluster)
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    own = {each["name"]: each["value"] for each in plugin.get("env") or ()}
    return LoginCommand(
        arguments=[str(user.directory / name) if "/" in name else name, *(plugin.get("args") or ())],
        environment={**own, "KUBERNETES_EXEC_INFO": json.dumps(info)},
        directory=user.directory,
        hint=str(plugin.get("installHint") or ""),
    )


def _cluster_info(cluster: Section) -> dict[str, Any]:
    """What a command may know of the cluster that it signs in to."""
    names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
    known = {name: cluster.body[name] for name in names if cluster.body.get(name)}
    config = next((each.get("extension") for each in cluster.body.get("extensions") or () if each.get("name") == _CLUSTER_CONFIG), None)
    return {**known, **({} if config is None else {"config": config})}
