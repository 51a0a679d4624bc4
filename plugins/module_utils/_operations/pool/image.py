# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Upgrades the nodes of a pool to the newest node image."""

from __future__ import annotations

from ..._azure.polling import send_when_free, wait_for_resource
from ..._azure.session import Session
from ..._clock import Deadline
from ..._core.arm.resource_option import inside
from ..._core.pool.plan import PoolPlan
from ..._core.shared.change import Change, narrowed
from ..._core.shared.mappings import Json
from .request import PoolRequest


def plan_image(request: PoolRequest, session: Session, plan: PoolPlan) -> tuple[Change, ...]:
    """The change to the newest node image, where the user wants that; a new pool and a new Kubernetes version bring it themselves."""
    if not request.upgrade_node_image or plan.live is None or "orchestratorVersion" in plan.change.after:
        return ()
    name = request.desired.name
    profile = session.send(
        "GET", f"{request.path(session)}/upgradeProfiles/default", api=request.api, what=f"Reading the upgrades of {request.subject}"
    ).body
    latest = str((profile.get("properties") or {}).get("latestNodeImageVersion") or "").replace(":", "-")  # 2021 wrote it with colons
    current = str(inside(plan.live, "properties.nodeImageVersion") or "")
    return (narrowed(f"node image of agent pool {name}", {"nodeImageVersion": current}, {"nodeImageVersion": latest or current}),)


def upgrade_image(request: PoolRequest, session: Session, deadline: Deadline) -> Json:
    """Replace the pool's nodes by ones of the newest image; the pool after it, or as it is at once where the user doesn't wait."""
    path, what = request.path(session), f"Upgrading the node image of {request.subject}"
    url = f"{path}/upgradeNodeImageVersion"
    accepted = send_when_free(session, lambda: session.send("POST", url, api=request.api, what=what), path=path, deadline=deadline)
    if request.wait:
        return wait_for_resource(session, accepted, path=path, api=request.api, what=what, subject=request.subject, deadline=deadline)
    return session.send("GET", path, api=request.api, what=f"Reading {request.subject}").body
