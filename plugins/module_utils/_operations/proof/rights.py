# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The rights that a proof uses after its first write, which it checks before that, because their lack would cost what it has found."""

from __future__ import annotations

from ..._kube.client import KubeClient
from ..._kube.resources import CONFIG_MAPS, JOBS, PODS
from ..._kube.rights import Right, require_rights

_REMOVAL = (
    Right(JOBS, "watch"),
    Right(JOBS, "deletecollection"),
    Right(PODS, "watch"),
    Right(CONFIG_MAPS, "list"),
    Right(CONFIG_MAPS, "delete"),
)
_PROOF = (
    Right(JOBS, "create"),
    Right(PODS, "get", part="log"),
    Right(CONFIG_MAPS, "create"),
    Right(CONFIG_MAPS, "patch"),
)


def require_proof_rights(namespace: str, client: KubeClient) -> None:
    """Raise KubernetesError if a right for the proof is missing."""
    require_rights(client, namespace, (*_PROOF, *_REMOVAL))


def require_removal_rights(namespace: str, client: KubeClient) -> None:
    """Raise KubernetesError if a right for the removal is missing."""
    require_rights(client, namespace, _REMOVAL)
