# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of aks_credentials, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..._core.shared.names import CLUSTER, GROUP, checked_name
from ..._errors import InvalidInputError
from ..arguments import azure_arguments, state_arguments


@dataclass(frozen=True)
class CredentialsRequest:
    """Which cluster's kubeconfig goes to which file.

    merge: keep what else is in the file. makes_current: have the context be the current one, also where another one is.
    overwrite: replace what others wrote under the same names. entra_token: a token in the place of a sign-in by Entra ID.
    query: what Azure is asked for beside that.
    """

    resource_group: str
    cluster: str
    path: Path
    admin: bool
    merge: bool
    makes_current: bool
    overwrite: bool
    context_name: str
    entra_token: bool
    query: Mapping[str, str]
    created_only: bool

    @property
    def context(self) -> str:
        """The context's name, in the Azure CLI's own form unless another was asked for."""
        return self.context_name or (f"{self.cluster}-admin" if self.admin else self.cluster)


def credentials_arguments() -> dict[str, Any]:
    """Everything that the module takes."""
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
    """The request of a task's validated parameters. Raises InvalidInputError."""
    if params["format"] and params["admin"]:
        raise InvalidInputError(
            "format is given for the admin's kubeconfig.",
            code="InvalidFormat",
            cause="It has a certificate, and no sign-in by Entra ID that could have a format.",
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
        context_name=params["context_name"] or "",
        entra_token=params["entra_token"],
        query={name: value for name, value in query.items() if value},
        created_only=params["created_only"],
    )
