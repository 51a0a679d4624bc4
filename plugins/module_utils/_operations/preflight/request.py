# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_preflight_info, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ..._core.arm.resource_option import facts_of, inside, named_properties
from ..._core.gpu_operator.facts import AKS, OPERATOR
from ..._core.pool.count import is_stopped
from ..._core.pool.machines import sizes_of
from ..._core.pool.options import POOL_OPTIONS
from ..._core.pool.passthrough import validate_api_version
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
    "gpu_driver", "gpu_management_mode", "gpu_instance_profile", "gpu_driver_mode", "gpu_mig_strategy", "gpu_mig_profiles", "power_state",
    "scale_down_mode", "os_disk_type", "os_disk_size_gb", "capacity_reservation_group_id", "security_profile",
)  # fmt: skip
# The options that describe the pool; the others say where it is, and what fails.
_POOL = (*_JUDGED, "name", "path", "gpu_operator_driver", "max_surge", "allow_retired", "kubernetes_version", "api_version")


@dataclass(frozen=True)
class PreflightRequest:
    """What is judged: the pool's parameters as given, and where. fail_on: the lowest severity that fails, or never.

    create_cluster: whether a later step creates the cluster if it doesn't exist. node_vm_size: of its first pool, None if Azure chooses.
    operator_pools: other pools that the same GPU Operator serves. plugin_pools: to which the device plugin is restricted, () for all.
    """

    resource_group: str | None
    cluster: str | None
    location: str | None
    pool: Mapping[str, Any]
    fail_on: str
    create_cluster: bool = True
    node_vm_size: str | None = None
    operator_pools: Sequence[str] = ()
    plugin_pools: Sequence[str] = ()


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
        "gpu_operator_driver": {"type": "str", "choices": [OPERATOR, AKS], "default": OPERATOR},
        "operator_pools": {"type": "list", "elements": "str", "default": []},
        "plugin_pools": {"type": "list", "elements": "str", "default": []},
        **option_arguments([option for option in POOL_OPTIONS if option.name in _JUDGED]),
        "max_surge": {"type": "str"},
        "custom_headers": {"type": "dict", "default": {}},
        "allow_retired": {"type": "bool", "default": False},
        "kubernetes_version": {"type": "str"},
        "api_version": {"type": "str"},
    }


def preflight_request(params: Mapping[str, Any]) -> PreflightRequest:
    """The request of a task's validated parameters. Raises InvalidInputError for parameters that can't be checked."""
    _validate(params)
    location = params["location"]
    return PreflightRequest(
        resource_group=params["resource_group"],
        cluster=params["cluster"],
        location=checked_name("location", location, LOCATION) if location else None,
        pool={**{name: params[name] for name in _POOL}, "custom_headers": as_texts("custom_headers", params["custom_headers"])},
        fail_on=params["fail_on"],
        create_cluster=params["create_cluster"],
        node_vm_size=params["node_vm_size"],
        operator_pools=tuple(params["operator_pools"]),
        plugin_pools=tuple(params["plugin_pools"]),
    )


def _validate(params: Mapping[str, Any]) -> None:
    surge_nodes(params["max_surge"], 1)
    named = named_properties(params, POOL_OPTIONS)
    validate_bounds(named)
    validate_ids(named)
    if params["api_version"]:
        validate_api_version(params["api_version"])
    validate_version("kubernetes_version", params["kubernetes_version"] or None)
    if params["cluster"] is not None or params["resource_group"] is not None:
        checked_name("resource_group", params["resource_group"], GROUP)
    if params["cluster"] is not None:
        checked_name("cluster", params["cluster"], CLUSTER)
    if params["name"] is not None:
        validate_pool_name(params["name"])


def spec_of(request: PreflightRequest, location: str, live: Mapping[str, Any] | None) -> PoolSpec:
    """What is wanted; an existing pool (its REST properties) says what the task doesn't. Raises InvalidInputError without a size."""
    wanted = _completed(request.pool, live)
    if wanted["vm_size"] is None:
        raise InvalidInputError(
            "vm_size is not set, and no node pool exists to take it from.",
            code="MissingVmSize",
            cause="Preflight judges a size.",
            remedy="Set vm_size, for example Standard_NC4as_T4_v3.",
        )
    nodes, max_nodes = _node_counts(wanted)
    return PoolSpec(
        vm_size=wanted["vm_size"],
        location=location,
        resource_group=request.resource_group,
        cluster=request.cluster,
        makes_cluster=request.create_cluster,
        name=request.pool["name"],
        path=wanted["path"],
        operator_driver=wanted["gpu_operator_driver"],
        nodes=nodes,
        max_nodes=max_nodes,
        autoscaled=bool(wanted["enable_auto_scaling"]),
        bounds=(wanted["min_count"], wanted["max_count"]),
        max_surge=wanted["max_surge"],
        zones=tuple(wanted["availability_zones"] or ()),
        spot=wanted["scale_set_priority"] == "Spot",
        **_system_options(wanted),
        reservation_group=wanted["capacity_reservation_group_id"] or "",
        **_gpu_options(wanted),
        api_version=wanted["api_version"],
        power_state=inside(request.pool, "power_state.code"),
        scale_down_mode=wanted["scale_down_mode"],
        headers=wanted["custom_headers"],
        allow_retired=wanted["allow_retired"],
        kubernetes_version=wanted["kubernetes_version"],
    )


def _system_options(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is wanted of the operating system and its disk, by the names of PoolSpec."""
    return {
        "os_type": wanted["os_type"],
        "os_sku": wanted["os_sku"],
        "disk_type": wanted["os_disk_type"],
        "disk_gib": wanted["os_disk_size_gb"] or 0,
        "secure_boot": bool(inside(wanted, "security_profile.enable_secure_boot")),
    }


def _gpu_options(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is wanted of the GPUs, by the names of PoolSpec."""
    return {
        "driver": wanted["gpu_driver"],
        "management": wanted["gpu_management_mode"],
        "mig_profile": wanted["gpu_instance_profile"],
        "driver_mode": wanted["gpu_driver_mode"],
        "mig_strategy": wanted["gpu_mig_strategy"],
        "mig_profiles": tuple(wanted["gpu_mig_profiles"] or ()),
    }


def _node_counts(wanted: Mapping[str, Any]) -> tuple[int, int]:
    """The nodes to begin with, and the most that the pool may have."""
    if not wanted["enable_auto_scaling"]:
        nodes = 1 if wanted["count"] is None else wanted["count"]
        return nodes, nodes
    nodes = max(1, wanted["min_count"] or 0) if wanted["count"] is None else wanted["count"]
    return nodes, max(nodes, wanted["max_count"] or 0)


def _completed(wanted: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, Any]:
    """The pool's parameters, completed from the existing pool; an empty string sets nothing, and asks for Azure's default."""
    facts = {} if live is None else _facts(live)
    completed = {name: facts.get(name) if value is None else value for name, value in wanted.items()}
    return {name: None if value == "" else value for name, value in completed.items()}


def _facts(live: Mapping[str, Any]) -> dict[str, Any]:
    sizes = sizes_of(live)
    facts = {**facts_of(live, POOL_OPTIONS), "vm_size": sizes[0] if sizes else None}
    if is_stopped(live):
        facts["count"] = None  # Azure's 0 is not the number of nodes that a start brings back
    facts["max_surge"] = facts["upgrade_settings"].get("max_surge")
    return facts
