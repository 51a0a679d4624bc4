# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks that a decoded file has the structure of a kubeconfig."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional

# A check takes a value and its place in the file, and returns what is wrong with it, if anything. It never quotes the value, which may be
# a credential.
Check = Callable[[Any, str], Optional[str]]


def _of(kind: type, words: str) -> Check:
    def check(value: Any, where: str) -> str | None:
        return None if isinstance(value, kind) else f"{where} is {_kind_of(value)}, not {words}"

    return check


def _list_of(check: Check) -> Check:
    def check_all(value: Any, where: str) -> str | None:
        if not isinstance(value, list):
            return f"{where} is {_kind_of(value)}, not a list"
        return _first(check(each, f"{where}[{number}]") for number, each in enumerate(value))

    return check_all


def _map_of(check: Check) -> Check:
    def check_all(value: Any, where: str) -> str | None:
        if not isinstance(value, dict):
            return f"{where} is {_kind_of(value)}, not a map"
        return _first(_STRING(name, f"a name in {where}") or check(each, f"{where}.{name}") for name, each in value.items())

    return check_all


def _fields(required: tuple[str, ...] = (), **fields: Check) -> Check:
    """A map with these fields, in whose names an underscore stands for a dash. Other fields are ignored; any field may be null."""
    checks = {name.rstrip("_").replace("_", "-"): check for name, check in fields.items()}

    def check_fields(value: Any, where: str) -> str | None:
        if not isinstance(value, dict):
            return f"{where or 'it'} is {_kind_of(value)}, not a map"
        missing = _first(f"{where} has no {name}" for name in required if value.get(name) is None)
        path = f"{where}." if where else ""
        return missing or _first(check(value[name], path + name) for name, check in checks.items() if value.get(name) is not None)

    return check_fields


def _first(problems: Iterable[str | None]) -> str | None:
    return next((problem for problem in problems if problem), None)


def _kind_of(value: Any) -> str:
    kinds: Mapping[type, str] = {bool: "a bool", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
    return "null" if value is None else kinds.get(type(value), "another type")


# The fields that the collection reads, with their types in client-go (tools/clientcmd/api/v1/types.go).
_STRING = _of(str, "a string")
_BOOL = _of(bool, "a bool")
_STRINGS = _list_of(_STRING)
_EXTENSIONS = _list_of(_fields(name=_STRING))
_CLUSTER = _fields(
    server=_STRING,
    tls_server_name=_STRING,
    insecure_skip_tls_verify=_BOOL,
    certificate_authority=_STRING,
    certificate_authority_data=_STRING,
    proxy_url=_STRING,
    extensions=_EXTENSIONS,
)
_EXEC = _fields(
    ("command", "apiVersion"),
    command=_STRING,
    apiVersion=_STRING,
    args=_STRINGS,
    env=_list_of(_fields(("name", "value"), name=_STRING, value=_STRING)),
    installHint=_STRING,
    provideClusterInfo=_BOOL,
)
_USER = _fields(
    client_certificate=_STRING,
    client_certificate_data=_STRING,
    client_key=_STRING,
    client_key_data=_STRING,
    token=_STRING,
    tokenFile=_STRING,
    as_=_STRING,
    as_uid=_STRING,
    as_groups=_STRINGS,
    as_user_extra=_map_of(_STRINGS),
    username=_STRING,
    password=_STRING,
    auth_provider=_fields(("name",), name=_STRING, config=_map_of(_STRING)),
    exec_=_EXEC,
)
_CONTEXT = _fields(cluster=_STRING, user=_STRING, namespace=_STRING, extensions=_EXTENSIONS)
_CONFIG = _fields(
    clusters=_list_of(_fields(("name",), name=_STRING, cluster=_CLUSTER)),
    users=_list_of(_fields(("name",), name=_STRING, user=_USER)),
    contexts=_list_of(_fields(("name",), name=_STRING, context=_CONTEXT)),
    current_context=_STRING,
)


def problem_of(content: Any) -> str | None:
    """Why a decoded file is not a kubeconfig; None if it is one."""
    return _CONFIG(content, "")
