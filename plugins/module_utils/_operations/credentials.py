# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import base64
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from .._azure.ids import AKS_API, cluster_id
from .._azure.session import Session, is_missing
from .._azure.settings import azure_settings
from .._errors import AzureError, InvalidInputError
from .._gpu.change import Change, narrowed
from .._kube.kubeconfig import (
    context_named,
    has_entries,
    is_marked_context,
    marked,
    merged,
    parse_kubeconfig,
    read_kubeconfig,
    server_of,
    shown,
    with_context_name,
    without_context,
    write_kubeconfig,
)
from .arguments import AZURE_LIBRARIES, azure_arguments, state_arguments
from .operation import Operation, Outcome, Run

_LISTS = {False: "listClusterUserCredential", True: "listClusterAdminCredential"}


@dataclass(frozen=True)
class CredentialsRequest:
    """Which cluster's kubeconfig goes to which file. merge: keep what else is in the file."""

    resource_group: str
    cluster: str
    path: Path
    admin: bool
    merge: bool
    context_name: str
    marked_only: bool

    @property
    def context(self) -> str:
        """The context's name, in AKS' own form unless another was asked for."""
        return self.context_name or (f"{self.cluster}-admin" if self.admin else self.cluster)


def ensure_credentials(request: CredentialsRequest, session: Session, run: Run) -> Outcome:
    """Write the cluster's kubeconfig unless the file has it already. Raises AzureError, InvalidInputError."""
    existing = read_kubeconfig(request.path)
    fetched = _fetch(request, session, check_mode=run.check_mode)
    if fetched is None:
        change = Change(str(request.path), after={"context": request.context, "server": "known when the cluster exists"})
        return Outcome(_result(request, server=""), (change,))
    ours = marked(with_context_name(fetched, request.context))
    wanted = merged(existing, ours) if request.merge else {"apiVersion": "v1", "kind": "Config", "preferences": {}, **ours}
    if not request.merge:
        _refuse_to_overwrite(request, existing, wanted)
    change = _file_change(request.path, existing, wanted)
    if change.changed and not run.check_mode:
        write_kubeconfig(request.path, wanted)
    return Outcome(_result(request, server=server_of(wanted, request.context)), (change,))


def _file_change(path: Path, existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> Change:
    """What writing would change: visible content, the hidden credentials, and the rights of a file that others may read."""
    mode = f"{path.stat().st_mode & 0o777:04o}" if existing else ""
    before = {**shown(existing), "mode": mode, "credentials": "as fetched" if wanted == existing else "others"}
    after = {**shown(wanted), "mode": "0600", "credentials": "as fetched"}
    return narrowed(str(path), before if existing else {}, after)


def remove_credentials(request: CredentialsRequest, run: Run) -> Outcome:
    """Take the context out of the file, and the file away when nothing else is in it."""
    existing = read_kubeconfig(request.path)
    entry = context_named(existing, request.context)
    if entry is None:
        return Outcome({**_result(request, server=""), "left": []})
    if request.marked_only and not is_marked_context(entry):
        left = [f"context {request.context} in {request.path}: not written by this collection"]
        return Outcome({**_result(request, server=server_of(existing, request.context)), "left": left})
    remaining = without_context(existing, request.context)
    kept = has_entries(remaining)
    if not run.check_mode:
        if kept:
            write_kubeconfig(request.path, remaining)
        else:
            request.path.resolve().unlink()
    change = narrowed(str(request.path), shown(existing), shown(remaining) if kept else {})
    return Outcome({**_result(request, server=""), "left": []}, (change,))


def _fetch(request: CredentialsRequest, session: Session, *, check_mode: bool) -> dict[str, Any] | None:
    """The kubeconfig that Azure gives out; None in check mode when there is no cluster yet to ask for."""
    path = f"{cluster_id(session.subscription_id, request.resource_group, request.cluster)}/{_LISTS[request.admin]}"
    try:
        answer = session.send("POST", path, api=AKS_API, what=f"Fetching the credentials of {request.cluster}")
    except AzureError as error:
        if check_mode and is_missing(error):
            return None
        raise
    text = base64.b64decode(answer.body["kubeconfigs"][0]["value"]).decode()
    return parse_kubeconfig(text, source=f"Azure's answer for {request.cluster}")


def _refuse_to_overwrite(request: CredentialsRequest, existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """A file that holds other contexts is somebody's: never replaced, only merged into. Raises InvalidInputError."""
    others = sorted({entry["name"] for entry in existing.get("contexts") or ()} - {entry["name"] for entry in wanted["contexts"]})
    if others:
        raise InvalidInputError(
            f"{request.path} holds other contexts: {', '.join(others)}.",
            code="ForeignKubeconfig",
            cause="Without merge the file would hold this cluster alone.",
            remedy="Set merge: true to add the cluster to the file, or give another path.",
        )


def _result(request: CredentialsRequest, *, server: str) -> dict[str, Any]:
    return {"path": str(request.path), "context": request.context, "server": server}


def _arguments() -> dict[str, Any]:
    return {
        **azure_arguments(),
        **state_arguments(),
        "resource_group": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "path": {"type": "path", "required": True},
        "admin": {"type": "bool", "default": False},
        "merge": {"type": "bool", "default": False},
        "context_name": {"type": "str"},
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = CredentialsRequest(
        resource_group=params["resource_group"],
        cluster=params["cluster"],
        path=Path(params["path"]),
        admin=params["admin"],
        merge=params["merge"],
        context_name=params["context_name"] or "",
        marked_only=params["marked_only"],
    )
    if params["state"] == "absent":
        return remove_credentials(request, run)
    with closing(Session(azure_settings(params, run.environ), run.clock)) as session:
        return ensure_credentials(request, session, run)


OPERATION = Operation(_arguments(), _run, (*AZURE_LIBRARIES, "yaml"))
