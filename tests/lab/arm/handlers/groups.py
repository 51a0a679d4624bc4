# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from tests.lab.arm.errors.resource import LocationRequiredError
from tests.lab.arm.handlers.operations import group_deletion_location, unfinished_pace
from tests.lab.arm.model.clusters.cluster import cluster_id
from tests.lab.arm.model.resources import NAMESPACE, ResourceGroup
from tests.lab.arm.paging import page
from tests.lab.arm.routing import Call, Reply, Route


def _resource(call: Call, group: ResourceGroup) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{call.state.principal.subscription_id}/resourceGroups/{group.name}",
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": dict(group.tags),
        "properties": {"provisioningState": group.state},
    }


def list_groups(call: Call) -> Reply:
    """Every resource group."""
    return Reply(body={"value": [_resource(call, group) for group in call.state.groups.all()]})


def get(call: Call) -> Reply:
    """One resource group."""
    group = call.state.groups.get(call.params["group"])
    return Reply(body=_resource(call, group), headers=unfinished_pace(call.state, group.state))


def exists(call: Call) -> Reply:
    """204 or 404, without a body."""
    call.state.groups.get(call.params["group"])
    return Reply(status=204)


def put(call: Call) -> Reply:
    """Create (201) or replace the tags of (200) a resource group."""
    location = call.json().get("location")
    if not isinstance(location, str) or not location:
        raise LocationRequiredError
    group, created = call.state.groups.put(call.params["group"], location=location, tags=call.json_object("tags"))
    return Reply(status=201 if created else 200, body=_resource(call, group))


def patch(call: Call) -> Reply:
    """Replace the tags where the body has any."""
    group = call.state.groups.writable(call.params["group"])
    if "tags" in call.json():
        group.tags = call.json_object("tags")
    return Reply(body=_resource(call, group))


def delete(call: Call) -> Reply:
    """Start the deletion of the group and its clusters; its outcome is available at Location only."""
    operation = call.state.delete_group(call.params["group"])
    return Reply(status=202, headers={"Location": group_deletion_location(call, operation)})


def list_resources(call: Call) -> Reply:
    """The resources in the group: clusters, in the short form without properties."""
    state = call.state
    found = state.aks.clusters(state.groups.get(call.params["group"]))
    entries = [
        {
            "id": cluster_id(cluster, subscription=state.principal.subscription_id),
            "name": cluster.name,
            "type": f"{NAMESPACE}/managedClusters",
            "location": cluster.location,
            "tags": cluster.document.get("tags"),
        }
        for cluster in found
    ]
    return page(call, [{key: value for key, value in entry.items() if value is not None} for entry in entries])


_GROUP = "/subscriptions/{subscription}/resourcegroups/{group}"

ROUTES = (
    Route("GET", "/subscriptions/{subscription}/resourcegroups", list_groups),
    Route("GET", _GROUP, get),
    Route("HEAD", _GROUP, exists),
    Route("PUT", _GROUP, put),
    Route("PATCH", _GROUP, patch),
    Route("DELETE", _GROUP, delete),
    Route("GET", f"{_GROUP}/resources", list_resources),
)
