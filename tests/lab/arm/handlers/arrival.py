# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure Resource Manager does around every request below a subscription: the api-version it knows, the headers that it adds.

from __future__ import annotations

import uuid
from collections.abc import Mapping

from tests.lab.arm.errors.location import NoRegisteredProviderFoundError
from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.arm.model.subscription.regions import REGIONS
from tests.lab.arm.routing import Call

_SUBSCRIPTIONS = "/subscriptions"
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
# A minute's worth of a bucket that is full: nobody counts here. Of a subscription, and of all callers together.
_FULL = {"reads": (250, 3750), "writes": (200, 3000), "deletes": (200, 3000)}


def check_version(call: Call) -> None:
    """Reject a retired preview version of the AKS API."""
    version, retired_before = call.query.get("api-version", ""), call.state.era.previews_retired_before
    if not version.endswith("-preview") or version >= retired_before or f"/{NAMESPACE}/".lower() not in call.path.lower():
        return
    cluster = call.state.aks.find(call.params.get("group", ""), call.params.get("cluster", ""))
    group = call.state.groups.find(call.params.get("group", ""))
    location = cluster.location if cluster else call.params.get("location") or (group.location if group else REGIONS[0])
    kind = "managedClusters/agentPools" if "/agentpools" in call.path.lower() else "managedClusters"
    raise NoRegisteredProviderFoundError(location, kind=kind, version=version, supported=call.state.era.api_versions, regions=REGIONS)


def headers(call: Call) -> Mapping[str, str]:
    """The headers of every response about a subscription."""
    if not call.state.era.signs_operations or not call.path.lower().startswith(_SUBSCRIPTIONS):
        return {}
    kind = _KINDS.get(call.method, "writes")
    mine, everybodys = _FULL[kind]
    principal = call.state.principal
    return {
        f"x-ms-ratelimit-remaining-subscription-{kind}": str(mine - 1),
        f"x-ms-ratelimit-remaining-subscription-global-{kind}": str(everybodys - 1),
        "x-ms-operation-identifier": f"tenantId={principal.tenant_id},objectId={principal.client_id}/eastus/{uuid.uuid4()}",
    }
