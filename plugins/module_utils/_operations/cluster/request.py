# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of aks_cluster, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..._azure.ids import cluster_id, group_id
from ..._azure.session import Session
from ..._core.arm.resource_option import named_properties
from ..._core.cluster.desired import DesiredCluster
from ..._core.cluster.options import CLUSTER_OPTIONS
from ..._core.shared.names import CLUSTER, GROUP, LOCATION, checked_name, location_name
from ..._core.shared.strings import as_texts
from ..arguments import azure_arguments, option_arguments, state_arguments, wait_arguments, wait_timeout_of

_FIRST_POOL = "nodepool1"


@dataclass(frozen=True)
class ClusterRequest:
    """The cluster that should exist, or should not. wait_timeout is in seconds."""

    desired: DesiredCluster
    absent: bool
    created_only: bool
    wait: bool
    wait_timeout: float

    @property
    def subject(self) -> str:
        """The cluster as messages name it."""
        return f"the cluster {self.desired.name}"

    def group_path(self, session: Session) -> str:
        """Where Azure has the resource group."""
        return group_id(session.subscription_id, self.desired.group)

    def path(self, session: Session) -> str:
        """Where Azure has the cluster."""
        return cluster_id(session.subscription_id, self.desired.group, self.desired.name)


def cluster_arguments() -> dict[str, Any]:
    """Everything that the module takes; the cluster's own options come from their table."""
    return {
        **azure_arguments(),
        **state_arguments(),
        **wait_arguments(timeout=1800),
        "resource_group": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "location": {"type": "str"},
        **option_arguments(CLUSTER_OPTIONS),
        "assign_identity": {"type": "str"},
        "node_pool_name": {"type": "str", "default": _FIRST_POOL},
        "node_vm_size": {"type": "str"},
        "node_count": {"type": "int"},
        "node_availability_zones": {"type": "list", "elements": "str"},
        "node_vnet_subnet_id": {"type": "str"},
        "custom_headers": {"type": "dict", "default": {}},
        "allow_retired": {"type": "bool", "default": False},
    }


def cluster_request(params: Mapping[str, Any]) -> ClusterRequest:
    """The request of a task's validated parameters; an empty string is a parameter that wasn't set. Raises InvalidInputError."""
    given: Mapping[str, Any] = {name: None if value == "" else value for name, value in params.items()}
    first_pool = {
        "name": given["node_pool_name"] or _FIRST_POOL,
        "vmSize": given["node_vm_size"],
        "count": given["node_count"],
        "availabilityZones": given["node_availability_zones"],
        "vnetSubnetID": given["node_vnet_subnet_id"],
    }
    desired = DesiredCluster(
        name=checked_name("name", params["name"], CLUSTER),
        group=checked_name("resource_group", params["resource_group"], GROUP),
        location=location_name(checked_name("location", given["location"], LOCATION)) if given["location"] else None,
        pool={name: value for name, value in first_pool.items() if value is not None},
        named=named_properties(given, CLUSTER_OPTIONS),
        identity=given["assign_identity"],
        headers=as_texts("custom_headers", given["custom_headers"]),
    )
    return ClusterRequest(
        desired,
        absent=given["state"] == "absent",
        created_only=given["created_only"],
        wait=given["wait"],
        wait_timeout=wait_timeout_of(given),
    )
