# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_credentials: writes the cluster's kubeconfig to a file, or removes it from there."""

from __future__ import annotations

import base64
import shutil
import time
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Mapping

from ..._azure.ids import AKS_API, cluster_id
from ..._azure.limits import QUICK_TASK_SECONDS
from ..._azure.session import Session, is_missing
from ..._azure.sign_in.settings import azure_settings
from ..._azure.warm_up import warm_up
from ..._core.shared.change import Change, narrowed
from ..._errors import AzureError, InvalidInputError
from ..._kube.kubeconfig.document import LISTS, parse_kubeconfig, redacted
from ..._kube.kubeconfig.entra_login import EntraLogin, entra_login, usable_until, with_token
from ..._kube.kubeconfig.file import locked, read_kubeconfig, remove_kubeconfig, write_kubeconfig
from ..._kube.kubeconfig.merge import (
    conflicts,
    context_named,
    has_entries,
    is_marked_context,
    marked,
    merged,
    same_named,
    server_of,
    user_of,
    with_context_name,
    without_context,
)
from ..arguments import AZURE_LIBRARIES
from ..operation import Operation, Outcome, Run
from .request import CredentialsRequest, credentials_arguments, credentials_request

_LISTS = {False: "listClusterUserCredential", True: "listClusterAdminCredential"}


def ensure_credentials(request: CredentialsRequest, session: Session, run: Run) -> Outcome:
    """Write the cluster's kubeconfig unless the file has it already. Raises AzureError, InvalidInputError."""
    before = read_kubeconfig(request.path)  # an invalid file is refused before any request to Azure
    fetched = _fetch(request, session, check_mode=run.check_mode)
    if fetched is None:
        change = Change(str(request.path), after={"context": request.context, "server": "known when the cluster exists"})
        missing = (
            f"The cluster {request.cluster} does not exist in {request.resource_group} yet; its kubeconfig can be fetched once it does."
        )
        return Outcome(_result(request), (change,), (missing,))
    named = with_context_name(fetched, request.context, cluster=request.context_name)
    login = entra_login(user_of(named, request.context))
    expires: float | None = None
    if login is not None and request.entra_token:
        named, expires = _with_token(request, session, before, named, login)
    with _lock(request.path, run):
        change = _write(request, marked(named), run)
    warnings = _login_warnings(login, run) if login is not None and expires is None else ()
    return Outcome(_result(request, server=server_of(named, request.context), expires=expires), (change,), warnings)


def _lock(path: Path, run: Run) -> AbstractContextManager[None]:
    """A lock on the file from reading to replacing it; check mode takes none."""
    return nullcontext() if run.check_mode else locked(path, run.clock)


def _write(request: CredentialsRequest, ours: Mapping[str, Any], run: Run) -> Change:
    existing = read_kubeconfig(request.path)
    _refuse_to_overwrite(request, existing, ours)
    wanted = merged(existing if request.merge else same_named(existing, ours), ours, current=request.makes_current)
    change = _file_change(request.path, existing, wanted)
    if change.changed and not run.check_mode:
        write_kubeconfig(request.path, wanted)
    return change


def _with_token(
    request: CredentialsRequest, session: Session, existing: Mapping[str, Any], fetched: Mapping[str, Any], login: EntraLogin
) -> tuple[dict[str, Any], float]:
    """The kubeconfig with a token, and when the token expires.

    A token in the file is kept while it is usable, so that a second run changes nothing.

    Args:
        request: the cluster and file.
        session: the session with Azure, for a new token.
        existing: the kubeconfig in the file.
        fetched: the kubeconfig from Azure, with the requested names.
        login: its Entra ID sign-in.
    """
    token = str(user_of(existing, request.context).get("token", ""))
    expires = usable_until(token, server=login.server, now=time.time())
    if expires is None:
        new = session.token(f"{login.server}/.default", what=f"Signing in to the cluster {request.cluster}")
        token, expires = new.value, float(new.expires_on)
    return with_token(fetched, token), expires


def _login_warnings(login: EntraLogin, run: Run) -> tuple[str, ...]:
    """Warnings about a sign-in that will not work in a playbook: a removed auth-provider, a missing program, an interactive login."""
    if login.command is None:
        return ("The kubeconfig uses an auth-provider that kubectl 1.26 and later do not support: set format: exec, or entra_token: true.",)
    warnings = []
    if shutil.which(login.command, path=run.environ.get("PATH")) is None:
        warnings.append(
            f"The kubeconfig signs in with {login.command}, which is not on the PATH of this task: install it ('az aks install-cli'), "
            "or set entra_token: true to write a token instead."
        )
    if login.mode in ("devicecode", "interactive"):
        warnings.append(
            f"The kubeconfig's sign-in is interactive ({login.mode}), which does not work in a playbook: "
            "run 'kubelogin convert-kubeconfig' with another --login, or set entra_token: true to write a token instead."
        )
    return tuple(warnings)


def _file_change(path: Path, existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> Change:
    """What writing changes: the visible content, whether the credentials differ, and the file's permissions."""
    mode = f"{path.stat().st_mode & 0o777:04o}" if existing else ""
    before = {**redacted(existing), "mode": mode, "credentials": "as fetched" if wanted == existing else "others"}
    after = {**redacted(wanted), "mode": "0600", "credentials": "as fetched"}
    return narrowed(str(path), before if existing else {}, after)


def remove_credentials(request: CredentialsRequest, run: Run) -> Outcome:
    """Remove the context from the file, and the file if nothing else is in it."""
    if context_named(read_kubeconfig(request.path), request.context) is None:
        return Outcome({**_result(request), "kept": []})
    with _lock(request.path, run):
        return _remove(request, run)


def _remove(request: CredentialsRequest, run: Run) -> Outcome:
    existing = read_kubeconfig(request.path)
    entry = context_named(existing, request.context)
    if entry is not None and request.created_only and not is_marked_context(entry):
        kept = [f"context {request.context} in {request.path}: not written by this collection"]
        return Outcome({**_result(request, server=server_of(existing, request.context)), "kept": kept})
    remaining = without_context(existing, request.context)
    used = has_entries(remaining)
    if entry is not None and not run.check_mode:
        if used:
            write_kubeconfig(request.path, remaining)
        else:
            remove_kubeconfig(request.path)
    change = narrowed(str(request.path), redacted(existing), redacted(remaining) if used or entry is None else {})
    return Outcome({**_result(request), "kept": []}, (change,))


def _fetch(request: CredentialsRequest, session: Session, *, check_mode: bool) -> dict[str, Any] | None:
    """The kubeconfig from Azure; None in check mode if the cluster does not exist yet."""
    path = f"{cluster_id(session.subscription_id, request.resource_group, request.cluster)}/{_LISTS[request.admin]}"
    what = f"Fetching the credentials of {request.cluster}"
    try:
        answer = session.send("POST", path, api=AKS_API, what=what, query=request.query)
    except AzureError as error:
        if check_mode and is_missing(error):
            return None
        raise
    kubeconfigs = answer.body.get("kubeconfigs") or ()
    if not kubeconfigs:
        raise AzureError(
            f"{what}: Azure returned no kubeconfig.",
            code="NoKubeconfig",
            cause="The cluster's credentials may not be ready yet.",
            remedy="Run the task again later; check the cluster's state with 'az aks show'.",
            retriable=True,
        )
    return _kubeconfig(kubeconfigs, source=f"Azure's response for {request.cluster}")


def _kubeconfig(kubeconfigs: Any, *, source: str) -> dict[str, Any]:
    """The first kubeconfig in Azure's response. Raises AzureError, InvalidInputError."""
    try:
        text = base64.b64decode(kubeconfigs[0]["value"]).decode()
    except (LookupError, TypeError, ValueError) as error:
        raise _incomplete(source) from error
    found = parse_kubeconfig(text, source=source)
    if not all(found.get(name) for name in LISTS) or not found["contexts"][0].get("context"):
        raise _incomplete(source)
    return found


def _incomplete(source: str) -> AzureError:
    return AzureError(
        f"{source} is not a kubeconfig with a cluster, a user and a context.",
        code="NoKubeconfig",
        cause="The response is damaged, or a proxy has changed it.",
        remedy="Run the task again; compare with 'az aks get-credentials --file -'.",
        retriable=True,
    )


def _refuse_to_overwrite(request: CredentialsRequest, existing: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse to replace what others wrote unless the options allow it. Raises InvalidInputError."""
    others = sorted({entry["name"] for entry in existing.get("contexts") or ()} - {entry["name"] for entry in ours["contexts"]})
    if others and not request.merge:
        raise InvalidInputError(
            f"{request.path} has other contexts: {', '.join(others)}.",
            code="ForeignKubeconfig",
            cause="Without merge, they would be lost, because the file would hold this cluster only.",
            remedy="Set merge: true to add the cluster to the file, or set another path.",
        )
    different = conflicts(existing, ours)
    if different and not request.overwrite:
        raise InvalidInputError(
            f"{request.path} has different entries with the same names: {', '.join(different)}.",
            code="ConflictingKubeconfig",
            cause="This collection did not write them; 'az aks get-credentials' would ask before replacing them.",
            remedy="Set overwrite_existing: true to replace them, or set another context_name or path.",
        )


def _result(request: CredentialsRequest, *, server: str | None = None, expires: float | None = None) -> dict[str, Any]:
    until = "" if expires is None else datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"path": str(request.path), "context": request.context, "server": server or "", "token_expires": until}


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = credentials_request(params)
    if params["state"] == "absent":
        return remove_credentials(request, run)
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(QUICK_TASK_SECONDS), run.writes)) as session:
        return ensure_credentials(request, session, run)


OPERATION = Operation(credentials_arguments(), _run, (*AZURE_LIBRARIES, "yaml"), warm_up=warm_up)
