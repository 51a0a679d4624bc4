# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Which Kubernetes versions go together, and from which to which one can go.

from __future__ import annotations

from tests.lab.arm.errors.aks import UpgradeNotAllowedError
from tests.lab.arm.errors.pool import NodePoolVersionError
from tests.lab.arm.model.resources import Json
from tests.lab.eras import Era, version_key


def upgrades(era: Era, version: str) -> list[str]:
    """The versions that a control plane can be upgraded to: newer patches of its minor version and of the next."""
    start = version_key(version)
    return [v for v in era.kubernetes_versions if version_key(v) > start and version_key(v)[1] - start[1] <= 1]


def check_cluster_upgrade(old: str, new: str, *, era: Era) -> None:
    """Refuse to upgrade a control plane by more than one minor version, or to downgrade it."""
    allowed = upgrades(era, old)
    if new != old and new not in allowed:
        raise UpgradeNotAllowedError(old=old, new=new, allowed=allowed)


def check_skew(pool: str, control_plane: str, *, era: Era) -> None:
    """Refuse a pool that is newer than its control plane, or too many minor versions older."""
    if version_key(pool) > version_key(control_plane):
        raise NodePoolVersionError.newer(pool=pool, control_plane=control_plane)
    behind = version_key(control_plane)[1] - version_key(pool)[1]
    if behind > era.pool_versions_behind:
        raise NodePoolVersionError.older(pool=pool, control_plane=control_plane, most=era.pool_versions_behind)


def check_pool_upgrade(old: Json, new: Json, *, era: Era) -> None:
    """Refuse to downgrade a pool."""
    before, after = old["currentOrchestratorVersion"], new["currentOrchestratorVersion"]
    if version_key(after) < version_key(before):
        newer = [v for v in era.kubernetes_versions if version_key(v) > version_key(before)]
        raise UpgradeNotAllowedError(old=before, new=after, allowed=newer)
