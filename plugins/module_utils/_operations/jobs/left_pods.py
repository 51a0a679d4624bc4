# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes pods that their Jobs have left behind: neither Kubernetes nor the removal of a Job reaches those."""

from __future__ import annotations

from http import HTTPStatus
from typing import Iterable, NamedTuple

from ..._core.shared.explanation import Explanation
from ..._core.shared.mappings import Json
from ..._core.workload.leftovers import why_it_is_kept
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.resources import PODS


class KeptPod(NamedTuple):
    """A pod that the user of the task may not delete, and what the API server says of that."""

    pod: Json
    error: KubernetesError

    @property
    def reason(self) -> str:
        """Why it stays, and which right is missing."""
        return why_it_is_kept(self.pod, Explanation(self.error.code, cause=self.error.cause, remedy=self.error.remedy))


def delete_pods(pods: Iterable[Json], client: KubeClient) -> None:
    """Delete these pods, and no newer ones of their names. Raises KubernetesError."""
    for pod in pods:
        metadata = pod["metadata"]
        client.delete(PODS, metadata["name"], metadata["namespace"], uid=metadata["uid"])


def delete_allowed_pods(pods: Iterable[Json], client: KubeClient) -> list[KeptPod]:
    """Delete those of these pods that the user may delete; the others. Raises KubernetesError for every other failure."""
    kept = []
    for pod in pods:
        try:
            delete_pods([pod], client)
        except KubernetesError as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            kept.append(KeptPod(pod, error))
    return kept
