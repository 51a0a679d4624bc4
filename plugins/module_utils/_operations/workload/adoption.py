# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Creates the Job or takes over the one that another run created, and refuses a Job that is another workload."""

from __future__ import annotations

from http import HTTPStatus

from ..._core.shared.mappings import Json
from ..._core.workload.match import differences, stand_in
from ..._errors import InvalidInputError, KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import JOBS
from .request import JobRequest


def refuse_other(request: JobRequest, live: Json, manifest: Json, client: KubeClient) -> None:
    """A Job's template can't be changed; another Job of this name is not the wanted one. Raises InvalidInputError.

    The API server says what it would make of the wanted one: its defaults and the cluster's policies are no difference.
    """
    wanted = client.create(JOBS, stand_in(manifest, live), dry_run=True)
    for name, (found, asked) in differences(live, wanted).items():
        raise InvalidInputError(
            f"{request.subject} exists with other settings: {name} is {found}, not {asked}.",
            code="JobDiffers",
            cause="Kubernetes can't change the pod template of a Job, and another workload's end proves nothing of this one.",
            remedy="Use another name, remove the Job first (state: absent), or set rerun: always once it has ended.",
        )


def create_or_adopt(request: JobRequest, manifest: Json, client: KubeClient) -> tuple[Json, bool]:
    """The Job, and whether this task has made it: another may have been quicker, an answer may get lost. Raises KubernetesError."""
    try:
        return client.create(JOBS, manifest), True
    except KubernetesError as error:
        if error.status not in (0, HTTPStatus.CONFLICT) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        live = _find(request, client)
        if live is None:
            raise
        answered = error.status == HTTPStatus.CONFLICT
    refuse_other(request, live, manifest, client)
    return live, not answered


def _find(request: JobRequest, client: KubeClient) -> Json | None:
    """The Job, None also where that can't be found out: then it is the first error that tells why."""
    try:
        return client.find(JOBS, request.settings.name, request.settings.namespace)
    except KubernetesError:
        return None
