# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks that a decoded file has the form of a kubeconfig."""

from __future__ import annotations

from typing import Any, Callable, Mapping

# The fields that we read, and their types in kubernetes' client-go (tools/clientcmd/api/v1/types.go). A field may be missing or null.
Check = Callable[[Any, str], str]


def _of(kind: type, words: str) -> Check:
    def check(value: Any, where: str) -> str:
        return "" if isinstance(value, kind) else f"{where} is {_kind_of(value)}, not {words}"

    return check


def _list_of(check: Check) -> Check:
    def check_all(value: Any, where: str) -> str:
        if not isinstance(value, list):
            return f"{where} is {_kind_of(value)}, not a list"
        return next((problem for number, each in enumerate(value) for problem in [check(each, f"{where}[{number}]")] if problem), "")

    return check_all


def _map_of(check: Check) -> Check:
    def check_all(value: Any, where: str) -> str:
        if not isinstance(value, dict):
            return f"{where} is {_kind_of(value)}, not a map"
        problems = (_TEXT(name, f"a name in {where}") or check(each, f"{where}.{name}") for name, each in value.items())
        return next((problem for problem in problems if problem), "")

    return check_all


def _fields(required: tuple[str, ...] = (), **fields: Check) -> Check:
    """A map with these fields, an underscore standing for a dash; what else it holds is of no concern."""
    checks = {name.rstrip("_").replace("_", "-"): check for name, check in fields.items()}

    def check_fields(value: Any, where: str) -> str:
        if not isinstance(value, dict):
            return f"{where or 'it'} is {_kind_of(value)}, not a map"
        missing = next((f"{where} has no {name}" for name in required if value.get(name) is None), "")
        path = f"{where}." if where else ""
        problems = (check(value[name], path + name) for name, check in checks.items() if value.get(name) is not None)
        return missing or next((problem for problem in problems if problem), "")

    return check_fields


def _kind_of(value: Any) -> str:
    kinds: Mapping[type, str] = {bool: "a bool", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
    return "nothing" if value is None else kinds.get(type(value), "something else")


_TEXT = _of(str, "a string")
_BOOL = _of(bool, "a bool")
_TEXTS = _list_of(_TEXT)
_EXTENSIONS = _list_of(_fields(name=_TEXT))
_CLUSTER = _fields(
    server=_TEXT,
    tls_server_name=_TEXT,
    insecure_skip_tls_verify=_BOOL,
    certificate_authority=_TEXT,
    certificate_authority_data=_TEXT,
    proxy_url=_TEXT,
    extensions=_EXTENSIONS,
)
_EXEC = _fields(
    ("command", "apiVersion"),
    command=_TEXT,
    apiVersion=_TEXT,
    args=_TEXTS,
    env=_list_of(_fields(("name", "value"), name=_TEXT, value=_TEXT)),
    installHint=_TEXT,
    provideClusterInfo=_BOOL,
)
_USER = _fields(
    client_certificate=_TEXT,
    client_certificate_data=_TEXT,
    client_key=_TEXT,
    client_key_data=_TEXT,
    token=_TEXT,
    tokenFile=_TEXT,
    as_=_TEXT,
    as_uid=_TEXT,
    as_groups=_TEXTS,
    as_user_extra=_map_of(_TEXTS),
    username=_TEXT,
    password=_TEXT,
    auth_provider=_fields(("name",), name=_TEXT, config=_map_of(_TEXT)),
    exec_=_EXEC,
)
_CONTEXT = _fields(cluster=_TEXT, user=_TEXT, namespace=_TEXT, extensions=_EXTENSIONS)
_CONFIG = _fields(
    clusters=_list_of(_fields(("name",), name=_TEXT, cluster=_CLUSTER)),
    users=_list_of(_fields(("name",), name=_TEXT, user=_USER)),
    contexts=_list_of(_fields(("name",), name=_TEXT, context=_CONTEXT)),
    current_context=_TEXT,
)


def problem_of(content: Any) -> str:
    """What keeps a decoded text from being a kubeconfig, "" for nothing. No value is told, since it may be a credential."""
    return _CONFIG(content, "")
