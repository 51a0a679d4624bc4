# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The credentials of a kubeconfig's user: tokens, passwords, certificates and login commands."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

from ..._errors import KubernetesError
from ..kubeconfig.context import Section, invalid_field
from .certificates import read_pem
from .login_command import LOGIN_SECONDS, LoginCommand

_TOKEN = re.compile(r"[\x21-\x7e]+")
_FRACTION = re.compile(r"\.[0-9]+")
# A credential is renewed this long before it expires, so that it is still valid when the request arrives.
_EARLY_SECONDS = 30.0
_EXEC_APIS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_CREDENTIAL_FIELDS = ("token", "clientCertificateData", "clientKeyData", "expirationTimestamp")
_CLUSTER_CONFIG = "client.authentication.k8s.io/exec"
Header = Callable[[], Optional[str]]  # returns the Authorization header; None for none


def anonymous() -> None:
    """No Authorization header."""


def bearer(token: str, *, name: str) -> str:
    """The header for a token, without surrounding whitespace. Raises KubernetesError if it cannot be a token.

    Args:
        token: the token.
        name: where it comes from, for error messages.
    """
    stripped = token.strip()
    if not _TOKEN.fullmatch(stripped):
        raise KubernetesError(
            f"{name} is not a valid token.",
            code="InvalidToken",
            cause="It is empty, or contains a space, a line break or another character that a token cannot contain.",
            remedy=f"Correct {name}.",
        )
    return f"Bearer {stripped}"


def basic(name: str, password: str) -> str:
    """The header for a user name and password."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def header_of(user: Section) -> Header | None:
    """The source of a user's Authorization header; None if a login command provides it. Raises KubernetesError."""
    token, token_file, username = user.string("token"), user.path("tokenFile"), user.string("username")
    if token:
        fixed = bearer(token, name=f"token of the {user.name}")
    elif token_file:
        return _TokenFile(token_file, name=f"tokenFile of the {user.name}")
    elif username:
        fixed = basic(username, user.string("password") or "")
    elif user.body.get("exec"):
        return None
    elif user.body.get("auth-provider"):
        fixed = _auth_provider_header(user, user.body["auth-provider"])
    else:
        return anonymous
    return lambda: fixed


class _TokenFile:
    """A token in a file, which is read for each request because another program renews it."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._name = name
        self()  # a file that cannot be read is an error now

    def __call__(self) -> str:
        return bearer(read_pem(self._name, self._path).decode(errors="replace"), name=self._name)


def _auth_provider_header(user: Section, provider: Mapping[str, Any]) -> str:
    """The header for the token of an auth-provider that kubectl used to have built in. Raises KubernetesError."""
    config = provider.get("config") or {}
    name = {"oidc": "id-token", "gcp": "access-token"}.get(provider["name"])
    if name is None:
        raise _unusable_provider(provider["name"], "is not supported")
    token = str(config.get(name) or "")
    if not token:
        raise _unusable_provider(provider["name"], f"has no {name}")
    try:
        expires = _expiry(str(config["expiry"])) if config.get("expiry") else _jwt_expiry(token)
    except ValueError as error:
        raise invalid_field(user, f"auth-provider's expiry ({provider['name']})", "is not a time") from error
    if expires is not None and expires <= time.time():
        raise _unusable_provider(provider["name"], "has an expired token")
    return bearer(token, name=f"{name} of the {user.name}")


def _unusable_provider(name: str, problem: str) -> KubernetesError:
    return KubernetesError(
        f"The kubeconfig's auth-provider {name} {problem}.",
        code="UnsupportedLogin",
        cause="Kubernetes has replaced auth-providers, which were part of the client, by login commands.",
        remedy="Use a kubeconfig with a login command (aks_credentials with format: exec) or with a token (entra_token: true).",
    )


def _jwt_expiry(token: str) -> float | None:
    """When a JSON web token expires, in seconds since the epoch; None for any other token."""
    try:
        body = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"])
    except (LookupError, RecursionError, TypeError, ValueError):
        return None


def _expiry(text: str) -> float:
    """The seconds since the epoch of a time in RFC 3339 format. Raises ValueError."""
    moment = datetime.fromisoformat(_FRACTION.sub("", text.strip().replace("Z", "+00:00").replace("z", "+00:00")))
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except OverflowError as error:
        raise ValueError(text) from error


class ExecLogin:
    """The credentials from a login command, which runs again when they expire.

    certificate, key: the client's, as PEM, if the command returns them.

    Args:
        user: the kubeconfig's user that has the command.
        cluster: the cluster to sign in to.
        allowed: returns how many seconds the command may take.
    """

    def __init__(self, user: Section, cluster: Section, allowed: Callable[[], float]) -> None:
        self._user = user
        self._allowed = allowed
        self._version = str(user.body["exec"]["apiVersion"])
        self._command = _command(user, cluster)
        self._renewing = threading.Lock()
        self.certificate: bytes | None = None
        self.key: bytes | None = None
        self._header, self._expires = self._sign_in()

    def __call__(self) -> str | None:
        """The header for a request. Raises KubernetesError."""
        with self._renewing:
            if self._expires is not None and self._expires - _EARLY_SECONDS <= time.time():
                self._header, self._expires = self._sign_in()
            return self._header

    def _sign_in(self) -> tuple[str | None, float | None]:
        """Run the command; return the header and when the credentials expire."""
        credential = self._credential(self._command.run(min(LOGIN_SECONDS, self._allowed())))
        token, expiry = credential["token"], credential["expirationTimestamp"]
        self.certificate, self.key = credential["clientCertificateData"].encode(), credential["clientKeyData"].encode()
        if not token and not (self.certificate and self.key):
            raise self._command.invalid_output("has neither a token nor a certificate with its key")
        try:
            expires = _expiry(expiry) if expiry else None
        except ValueError as error:
            raise self._command.invalid_output("has an expirationTimestamp that is not a time") from error
        return (bearer(token, name="The token of the kubeconfig's login command") if token else None), expires

    def _credential(self, output: Any) -> dict[str, str]:
        """The fields of an ExecCredential; those that are missing are empty. Raises KubernetesError."""
        status = output.get("status") if isinstance(output, dict) else None
        if not isinstance(status, dict):
            raise self._command.invalid_output("is not an ExecCredential")
        if output.get("apiVersion") != self._version:
            raise self._command.invalid_output(f"does not have the apiVersion of the kubeconfig, {self._version}")
        fields = {name: status.get(name) or "" for name in _CREDENTIAL_FIELDS}
        if not all(isinstance(value, str) for value in fields.values()):
            raise self._command.invalid_output("has fields that are not strings")
        return fields


def _command(user: Section, cluster: Section) -> LoginCommand:
    """The login command of a kubeconfig's user; paths are relative to the kubeconfig's directory. Raises KubernetesError."""
    plugin = user.body["exec"]
    version, name = str(plugin["apiVersion"]), str(plugin["command"])
    if version not in _EXEC_APIS:
        raise invalid_field(user, "exec's apiVersion", f"is {version}, not one of {', '.join(_EXEC_APIS)}")
    if plugin.get("interactiveMode") == "Always":
        raise invalid_field(user, "exec's interactiveMode", "is Always, but a task cannot ask for input")
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = _cluster_info(cluster)
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    own = {each["name"]: each["value"] for each in plugin.get("env") or ()}
    return LoginCommand(
        arguments=[str(user.directory / name) if "/" in name else name, *(plugin.get("args") or ())],
        environment={**own, "KUBERNETES_EXEC_INFO": json.dumps(info)},
        directory=user.directory,
        hint=plugin.get("installHint"),
    )


def _cluster_info(cluster: Section) -> dict[str, Any]:
    """The cluster's data that a login command receives."""
    names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
    known = {name: cluster.body[name] for name in names if cluster.body.get(name)}
    config = next((each.get("extension") for each in cluster.body.get("extensions") or () if each.get("name") == _CLUSTER_CONFIG), None)
    return {**known, **({} if config is None else {"config": config})}
