# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of aks_credentials, and the typed request made from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..._core.shared.names import CLUSTER, GROUP, checked_name
from ..._errors import InvalidInputError
from ..arguments import azure_arguments, state_arguments


@dataclass(frozen=True)
class CredentialsRequest:
    """Which cluster's kubeconfig is written to which file.

    merge: keep the file's other entries. makes_current: make the context the current one even if there is one.
    overwrite: replace entries of the same names that others wrote. entra_token: write a token instead of an Entra ID sign-in.
    query: the query parameters of the request to Azure.
    """

    resource_group: str
    cluster: str
    path: Path
    admin: bool
    merge: bool
    makes_current: bool
    overwrite: bool
    context_name: str | None
    entra_token: bool
    query: Mapping[str, str]
    created_only: bool

    @property
    def context(self) -> str:
        """The name of the context: the Azure CLI's default unless context_name is set."""
        return self.context_name or (f"{self.cluster}-admin" if self.admin else self.cluster)


def credentials_arguments() -> dict[str, Any]:
    """The argument specification of the module."""
    return {
        **azure_arguments(),
        **state_arguments(),
        "resource_group": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "path": {"type": "path", "required": True},
        "admin": {"type": "bool", "default": False},
        "format": {"type": "str", "choices": ["azure", "exec"]},
        "entra_token": {"type": "bool", "default": False, "no_log": False},
        "public_fqdn": {"type": "bool", "default": False},
        "merge": {"type": "bool", "default": False},
        "set_current_context": {"type": "bool", "default": False},
        "overwrite_existing": {"type": "bool", "default": False},
        "context_name": {"type": "str"},
    }


def credentials_request(params: Mapping[str, Any]) -> CredentialsRequest:
    """The request for a task's validated parameters. Raises InvalidInputError."""
    if params["format"] and params["admin"]:
        raise InvalidInputError(
            "format cannot be combined with admin: true.",
            code="InvalidFormat",
            cause="The admin's kubeconfig signs in with a certificate, so that the format of an Entra ID sign-in does not apply.",
            remedy="Leave format out, or set admin: false.",
        )
    query = {"format": params["format"], "server-fqdn": "public" if params["public_fqdn"] else None}
    return CredentialsRequest(
        resource_group=checked_name("resource_group", params["resource_group"], GROUP),
        cluster=checked_name("cluster", params["cluster"], CLUSTER),
        path=Path(params["path"]),
        admin=params["admin"],
        merge=params["merge"],
        makes_current=params["set_current_context"],
        overwrite=params["overwrite_existing"],
        context_name=params["context_name"],
        entra_token=params["entra_token"],
        query={name: value for name, value in query.items() if value},
        created_only=params["created_only"],
    )
