# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_preflight_info, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..._core.arm.resource_option import facts_of, named_properties
from ..._core.pool.count import is_stopped
from ..._core.pool.machines import sizes_of
from ..._core.pool.options import POOL_OPTIONS
from ..._core.pool.resource_ids import validate_ids
from ..._core.pool.rules import validate_bounds, validate_pool_name
from ..._core.pool.spec import PoolSpec
from ..._core.preflight.quota import surge_nodes
from ..._core.shared.names import CLUSTER, GROUP, LOCATION, checked_name
from ..._core.shared.strings import as_texts
from ..._core.shared.versions import validate_version
from ..._errors import InvalidInputError
from ..arguments import azure_arguments, option_arguments

_PATHS = ("manual_plugin", "dedicated_vhd", "managed", "gpu_operator")
# What is judged of a pool's options; the rest Azure judges in time.
_JUDGED = (
    "vm_size", "count", "enable_auto_scaling", "min_count", "max_count", "availability_zones", "scale_set_priority", "os_type", "os_sku",
    "gpu_driver", "gpu_management_mode", "gpu_instance_profile", "power_state", "os_disk_type", "os_disk_size_gb",
    "capacity_reservation_group_id",
)  # fmt: skip


@dataclass(frozen=True)
class PreflightRequest:
    """What is judged: the pool's parameters as given, and where. fail_on: the least severity that fails, or never.

    create_cluster: whether a later step makes the cluster where it doesn't exist. node_vm_size: of its first pool, "" when Azure chooses.
    """

    resource_group: str
    cluster: str
    location: str
    pool: Mapping[str, Any]
    fail_on: str
    create_cluster: bool = True
    node_vm_size: str = ""


def preflight_arguments() -> dict[str, Any]:
    """Everything that the module takes; the pool's own options come from their table."""
    return {
        **azure_arguments(),
        "resource_group": {"type": "str"},
        "cluster": {"type": "str", "aliases": ["cluster_name"]},
        "location": {"type": "str"},
        "create_cluster": {"type": "bool", "default": True},
        "node_vm_size": {"type": "str"},
        "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
        "name": {"type": "str"},
        "path": {"type": "str", "choices": list(_PATHS)},
        **option_arguments([option for option in POOL_OPTIONS if option.name in _JUDGED]),
        "max_surge": {"type": "str"},
        "custom_headers": {"type": "dict", "default": {}},
        "allow_retired": {"type": "bool", "default": False},
        "kubernetes_version": {"type": "str"},
    }


def preflight_request(params: Mapping[str, Any]) -> PreflightRequest:
    """The request of a task's validated parameters. Raises InvalidInputError for what can't be judged."""
    surge_nodes(params["max_surge"] or "", 1)
    named = named_properties(params, POOL_OPTIONS)
    validate_bounds(named)
    validate_ids(named)
    validate_version("kubernetes_version", params["kubernetes_version"] or None)
    if params["cluster"] is not None or params["resource_group"] is not None:
        checked_name("resource_group", params["resource_group"] or "", GROUP)
    if params["cluster"] is not None:
        checked_name("cluster", params["cluster"], CLUSTER)
    if params["name"] is not None:
        validate_pool_name(params["name"])
    where = {"resource_group", "cluster", "cluster_name", "location", "fail_on", "create_cluster", "node_vm_size"}
    azures = {*azure_arguments(), *where}
    pool = {name: value for name, value in params.items() if name not in azures}
    return PreflightRequest(
        resource_group=params["resource_group"] or "",
        cluster=params["cluster"] or "",
        location=checked_name("location", params["location"], LOCATION) if params["location"] else "",
        pool={**pool, "custom_headers": as_texts("custom_headers", params["custom_headers"])},
        fail_on=params["fail_on"],
        create_cluster=params["create_cluster"],
        node_vm_size=params["node_vm_size"] or "",
    )


def spec_of(request: PreflightRequest, location: str, live: Mapping[str, Any] | None) -> PoolSpec:
    """What is wanted; an existing pool (its REST properties) says what the task doesn't. Raises InvalidInputError without a size."""
    wanted = _completed(request.pool, live)
    if not wanted["vm_size"]:
        raise InvalidInputError(
            "No vm_size is given, and there is no node pool to take it from.",
            code="MissingVmSize",
            cause="A size is what is judged.",
            remedy="Set vm_size, for example Standard_NC4as_T4_v3.",
        )
    autoscaled = bool(wanted["enable_auto_scaling"])
    nodes = wanted["count"] if wanted["count"] is not None else max(1, (wanted["min_count"] or 0) if autoscaled else 0)
    return PoolSpec(
        vm_size=wanted["vm_size"],
        location=location,
        resource_group=request.resource_group,
        cluster=request.cluster,
        makes_cluster=request.create_cluster,
        name=request.pool["name"] or "",
        path=wanted["path"] or "",
        nodes=nodes,
        max_nodes=max(nodes, wanted["max_count"] or 0) if autoscaled else nodes,
        autoscaled=autoscaled,
        max_surge=wanted["max_surge"] or "",
        zones=tuple(wanted["availability_zones"] or ()),
        spot=wanted["scale_set_priority"] == "Spot",
        os_type=wanted["os_type"] or "",
        os_sku=wanted["os_sku"] or "",
        disk_type=wanted["os_disk_type"] or "",
        disk_gib=wanted["os_disk_size_gb"] or 0,
        reserved=bool(wanted["capacity_reservation_group_id"]),
        driver=wanted["gpu_driver"] or "",
        management=wanted["gpu_management_mode"] or "",
        mig_profile=wanted["gpu_instance_profile"] or "",
        power_state=(request.pool["power_state"] or {}).get("code") or "",
        headers=wanted["custom_headers"],
        allow_retired=wanted["allow_retired"],
        kubernetes_version=wanted["kubernetes_version"] or "",
    )


def _completed(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, Any]:
    if live is None:
        return dict(wanted)
    sizes = sizes_of(live)
    facts = {**facts_of(live, POOL_OPTIONS), "vm_size": sizes[0] if sizes else None}
    if is_stopped(live):
        facts["count"] = None  # Azure's 0 is not the number of nodes that a start brings back
    facts["max_surge"] = facts["upgrade_settings"].get("max_surge")
    return {name: facts.get(name) if value is None else value for name, value in wanted.items()}
