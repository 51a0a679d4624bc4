# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_credentials: writes the cluster's kubeconfig into a file, or takes it out again."""

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
from ..._kube.kubeconfig.document import LISTS, parse_kubeconfig, shown
from ..._kube.kubeconfig.entra_login import EntraLogin, entra_login, lasting_expiry, with_token
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
    before = read_kubeconfig(request.path)  # what can't be used is refused before Azure is asked
    fetched = _fetch(request, session, check_mode=run.check_mode)
    if fetched is None:
        change = Change(str(request.path), after={"context": request.context, "server": "known when the cluster exists"})
        missing = (
            f"The cluster {request.cluster} does not exist in {request.resource_group} yet; its kubeconfig can be fetched once it does."
        )
        return Outcome(_result(request, server=""), (change,), (missing,))
    named = with_context_name(fetched, request.context, cluster=request.context_name)
    login = entra_login(user_of(named, request.context))
    expires = 0.0
    if login is not None and request.entra_token:
        named, expires = _with_token(request, session, before, named, login)
    with _turn(request.path, run):
        change = _write(request, marked(named), run)
    warnings = _login_warnings(login, run) if login is not None and not expires else ()
    return Outcome(_result(request, server=server_of(named, request.context), expires=expires), (change,), warnings)


def _turn(path: Path, run: Run) -> AbstractContextManager[None]:
    """Between reading the file and replacing it nobody else does; a task that only predicts lets everybody go first."""
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
    """The kubeconfig with a token, and when that expires: the one in the file while it lasts, so that a second run changes nothing."""
    token = str(user_of(existing, request.context).get("token", ""))
    expires = lasting_expiry(token, server=login.server, now=time.time())
    if not expires:
        made = session.token(f"{login.server}/.default", what=f"Signing in to the cluster {request.cluster}")
        token, expires = made.value, float(made.expires_on)
    return with_token(fetched, token), expires


def _login_warnings(login: EntraLogin, run: Run) -> tuple[str, ...]:
    """What will stand in the way of those who use the file: who has no person at hand, and no kubelogin."""
    if not login.command:
        problem = "The kubeconfig signs in by an auth-provider that kubectl has no more since 1.26: use format: exec, or entra_token: true."
        return (problem,)
    warnings = []
    if shutil.which(login.command, path=run.environ.get("PATH")) is None:
        warnings.append(
            f"The kubeconfig signs in with {login.command}, which is not on the PATH here: install it ('az aks install-cli'), "
            "or set entra_token: true to have a token in the file instead."
        )
    if login.mode in ("devicecode", "interactive"):
        warnings.append(
            f"The kubeconfig's sign-in ({login.mode}) asks a person, which no playbook can answer: run 'kubelogin convert-kubeconfig' with "
            "another --login, or set entra_token: true to have a token in the file instead."
        )
    return tuple(warnings)


def _file_change(path: Path, existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> Change:
    """What writing would change: visible content, the hidden credentials, and the rights of a file that others may read."""
    mode = f"{path.stat().st_mode & 0o777:04o}" if existing else ""
    before = {**shown(existing), "mode": mode, "credentials": "as fetched" if wanted == existing else "others"}
    after = {**shown(wanted), "mode": "0600", "credentials": "as fetched"}
    return narrowed(str(path), before if existing else {}, after)


def remove_credentials(request: CredentialsRequest, run: Run) -> Outcome:
    """Take the context out of the file, and the file away when nothing else is in it."""
    if context_named(read_kubeconfig(request.path), request.context) is None:
        return Outcome({**_result(request, server=""), "kept": []})
    with _turn(request.path, run):
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
    change = narrowed(str(request.path), shown(existing), shown(remaining) if used or entry is None else {})
    return Outcome({**_result(request, server=""), "kept": []}, (change,))


def _fetch(request: CredentialsRequest, session: Session, *, check_mode: bool) -> dict[str, Any] | None:
    """The kubeconfig that Azure gives out; None in check mode when there is no cluster yet to ask for."""
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
            f"{what}: Azure hands out none.",
            code="NoKubeconfig",
            cause="The cluster's credentials are not there (yet).",
            remedy="Try again; 'az aks show' tells the cluster's state.",
            retriable=True,
        )
    return _kubeconfig(kubeconfigs, source=f"Azure's answer for {request.cluster}")


def _kubeconfig(kubeconfigs: Any, *, source: str) -> dict[str, Any]:
    """The first of the kubeconfigs in Azure's answer. Raises AzureError where that is none, and InvalidInputError."""
    try:
        text = base64.b64decode(kubeconfigs[0]["value"]).decode()
    except (LookupError, TypeError, ValueError) as error:
        raise _unusable(source) from error
    found = parse_kubeconfig(text, source=source)
    if not all(found.get(name) for name in LISTS) or not found["contexts"][0].get("context"):
        raise _unusable(source)
    return found


def _unusable(source: str) -> AzureError:
    return AzureError(
        f"{source} is no kubeconfig with a cluster, a user and a context.",
        code="NoKubeconfig",
        cause="Azure's answer is damaged, or something on the way to Azure has changed it.",
        remedy="Try again; compare with 'az aks get-credentials --file -'.",
        retriable=True,
    )


def _refuse_to_overwrite(request: CredentialsRequest, existing: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """What others wrote is not replaced unasked: no file that holds more, no entry of the same name. Raises InvalidInputError."""
    others = sorted({entry["name"] for entry in existing.get("contexts") or ()} - {entry["name"] for entry in ours["contexts"]})
    if others and not request.merge:
        raise InvalidInputError(
            f"{request.path} holds other contexts: {', '.join(others)}.",
            code="ForeignKubeconfig",
            cause="Without merge the file would hold this cluster alone.",
            remedy="Set merge: true to add the cluster to the file, or give another path.",
        )
    different = conflicts(existing, ours)
    if different and not request.overwrite:
        raise InvalidInputError(
            f"{request.path} holds other entries of the same names: {', '.join(different)}.",
            code="ConflictingKubeconfig",
            cause="This collection didn't write them; 'az aks get-credentials' would ask before it replaced them.",
            remedy="Set overwrite_existing: true to replace them, or give another context_name or path.",
        )


def _result(request: CredentialsRequest, *, server: str, expires: float = 0.0) -> dict[str, Any]:
    until = datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if expires else ""
    return {"path": str(request.path), "context": request.context, "server": server, "token_expires": until}


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = credentials_request(params)
    if params["state"] == "absent":
        return remove_credentials(request, run)
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(QUICK_TASK_SECONDS), run.writes)) as session:
        return ensure_credentials(request, session, run)


OPERATION = Operation(credentials_arguments(), _run, (*AZURE_LIBRARIES, "yaml"), warm_up=warm_up)
