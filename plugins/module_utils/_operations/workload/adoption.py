# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Creates the Job or takes over the one that another run created, and refuses a Job that is another workload."""

from __future__ import annotations

from http import HTTPStatus

from ..._core.shared.explanation import Explanation
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_going, manager_of
from ..._core.workload.leftovers import name_taken
from ..._core.workload.match import differences, stand_in
from ..._errors import InvalidInputError, KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import JOBS
from .request import JobRequest

_PROVES_NOTHING = "the end of another workload proves nothing about this one."


def refuse_other(request: JobRequest, live: Json, manifest: Json, client: KubeClient) -> None:
    """Refuse a Job of this name with another template, because Kubernetes cannot change it. Raises InvalidInputError.

    A dry run shows the Job as the API server would create it, so that its defaults and the cluster's policies do not count as differences.

    Args:
        request: What is requested.
        live: The Job that exists.
        manifest: The Job as it would be created.
        client: The API server.
    """
    try:
        wanted = client.create(JOBS, stand_in(manifest, live), dry_run=True)
    except KubernetesError as error:
        error.message = f"{request.subject} exists, and comparing it with the request takes a dry run that failed. {error.message}"
        raise
    for name, (found, asked) in differences(live, wanted).items():
        message = f"{request.subject} exists with other settings: {name} is {found}, not {asked}."
        raise InvalidInputError(message, **_differs(manager_of(live)).error_fields())


def _differs(manager: str) -> Explanation:
    """What to do about a Job that is another one: that of another tool is not for this task to delete."""
    if manager:
        return Explanation("JobDiffers", cause=f"The Job belongs to {manager}, and {_PROVES_NOTHING}", remedy="Use another name.")
    return Explanation(
        "JobDiffers",
        cause=f"Kubernetes cannot change the pod template of a Job, and {_PROVES_NOTHING}",
        remedy="Use another name, delete the Job first (state: absent), or set rerun: always once it has ended.",
    )


def create_or_adopt(request: JobRequest, manifest: Json, client: KubeClient) -> tuple[Json, bool]:
    """The Job, and whether this task created it: another may have been faster, a response may be lost. Raises KubernetesError."""
    try:
        return client.create(JOBS, manifest), True
    except KubernetesError as error:
        if error.status not in (0, HTTPStatus.CONFLICT) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        live = _find(request, client)
        if live is None:
            raise
        if is_going(live):
            taken = name_taken(error.code, live)
            error.cause, error.remedy = taken.cause, taken.remedy
            raise
        answered = error.status == HTTPStatus.CONFLICT
    refuse_other(request, live, manifest, client)
    return live, not answered


def _find(request: JobRequest, client: KubeClient) -> Json | None:
    """The Job, None also if it cannot be read: then the first error is the one to report."""
    try:
        return client.find(JOBS, request.settings.name, request.settings.namespace)
    except KubernetesError:
        return None
