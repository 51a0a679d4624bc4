# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Check mode for a Job: asks the API server whether it would create it."""

from __future__ import annotations

from http import HTTPStatus

from ..._core.shared.mappings import Json
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import JOBS


def rehearse(manifest: Json, client: KubeClient) -> tuple[str, ...]:
    """A server dry run; that the namespace does not exist yet is a warning, because an earlier step would have created it.

    Raises KubernetesError for every other refusal.
    """
    try:
        client.create(JOBS, manifest, dry_run=True)
    except KubernetesError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return (f"The namespace {manifest['metadata']['namespace']} does not exist yet, so the API server has not validated the Job.",)
    return ()
