# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .pool_node_config import KUBELET_CONFIG, LINUX_OS_CONFIG, SYSCTLS

# How Azure's echo of a value may differ from what was asked for.
EXACT, CASELESS, UNORDERED = "exact", "caseless", "unordered"


@dataclass(frozen=True)
class PoolOption:
    """One option of an agent pool: the user's name for it, and where and how Azure keeps it.

    field: the REST property below the pool's properties, dotted. type, elements and choices: as an Ansible argument spec has them.
    fixed: Azure takes it only when the pool is created. default: what it is where Azure's answer leaves it out.
    texts: a dict whose values are texts. options: the members of a dict, their fields relative to this one.
    """

    name: str
    field: str
    type: str = "str"
    elements: str = ""
    choices: tuple[str, ...] = ()
    fixed: bool = False
    compare: str = EXACT
    default: Any = None
    texts: bool = False
    options: tuple[PoolOption, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The field, in its parts."""
        return tuple(self.field.split("."))


def _members(types: Mapping[str, str]) -> tuple[PoolOption, ...]:
    """Options whose REST names follow from their own, as in cpu_cfs_quota_period → cpuCfsQuotaPeriod."""
    return tuple(
        PoolOption(name, _camel_case(name), type=kind.partition(" ")[0], elements=kind.partition(" ")[2]) for name, kind in types.items()
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join("MB" if word == "mb" else word.capitalize() for word in others)


_UPGRADE = (
    PoolOption("max_surge", "maxSurge"),
    PoolOption("max_unavailable", "maxUnavailable"),
    PoolOption("drain_timeout_in_minutes", "drainTimeoutInMinutes", "int", default=30),
    PoolOption("node_soak_duration_in_minutes", "nodeSoakDurationInMinutes", "int", default=0),
    PoolOption("undrainable_node_behavior", "undrainableNodeBehavior", choices=("Cordon", "Schedule"), default="Schedule"),
)
_POWER = (PoolOption("code", "code", choices=("Running", "Stopped"), default="Running"),)
_SECURITY = (
    PoolOption("enable_vtpm", "enableVTPM", "bool", default=False),
    PoolOption("enable_secure_boot", "enableSecureBoot", "bool", default=False),
    PoolOption("ssh_access", "sshAccess", choices=("LocalUser", "Disabled", "EntraId"), default="LocalUser"),
)
_LINUX = (*_members(LINUX_OS_CONFIG), PoolOption("sysctls", "sysctls", "dict", options=_members(SYSCTLS)))

# Names as in azure.azcollection's azure_rm_aksagentpool, where that has the option. What is fixed, and the defaults, are in the AKS
# documentation (create-node-pools, spot-node-pool, aks-managed-gpu-nodes, gpu-multi-instance) and in the descriptions of the REST API;
# what those leave open is left to Azure to refuse. A FIPS image and the OS SKU can be changed since 2024 (Azure/AKS#4265).
POOL_OPTIONS = (
    PoolOption("vm_size", "vmSize", fixed=True, compare=CASELESS),
    PoolOption("count", "count", "int"),
    PoolOption("enable_auto_scaling", "enableAutoScaling", "bool", default=False),
    PoolOption("min_count", "minCount", "int"),
    PoolOption("max_count", "maxCount", "int"),
    PoolOption("power_state", "powerState", "dict", options=_POWER),
    PoolOption("scale_down_mode", "scaleDownMode", choices=("Delete", "Deallocate"), default="Delete"),
    PoolOption("node_taints", "nodeTaints", "list", "str", compare=UNORDERED, default=()),
    PoolOption("node_labels", "nodeLabels", "dict", texts=True, default={}),
    PoolOption("tags", "tags", "dict", texts=True, default={}),
    PoolOption("mode", "mode", choices=("User", "System"), compare=CASELESS, default="User"),
    PoolOption("os_type", "osType", choices=("Linux", "Windows"), fixed=True, compare=CASELESS, default="Linux"),
    PoolOption("os_sku", "osSKU", compare=CASELESS, default="Ubuntu"),
    PoolOption("orchestrator_version", "orchestratorVersion"),
    PoolOption("os_disk_size_gb", "osDiskSizeGB", "int", fixed=True),
    PoolOption("os_disk_type", "osDiskType", choices=("Managed", "Ephemeral"), fixed=True, compare=CASELESS),
    PoolOption("kubelet_disk_type", "kubeletDiskType", choices=("OS", "Temporary"), default="OS"),
    PoolOption("max_pods", "maxPods", "int", fixed=True),
    PoolOption("availability_zones", "availabilityZones", "list", "str", fixed=True, compare=UNORDERED),
    PoolOption("vnet_subnet_id", "vnetSubnetID", fixed=True, compare=CASELESS),
    PoolOption("pod_subnet_id", "podSubnetID", fixed=True, compare=CASELESS),
    PoolOption("enable_node_public_ip", "enableNodePublicIP", "bool", default=False),
    PoolOption("node_public_ip_prefix_id", "nodePublicIPPrefixID", compare=CASELESS),
    PoolOption("gpu_driver", "gpuProfile.driver", choices=("Install", "None"), fixed=True, default="Install"),
    PoolOption(
        "gpu_management_mode", "gpuProfile.nvidia.managementMode", choices=("Unmanaged", "Managed"), fixed=True, default="Unmanaged"
    ),
    PoolOption("gpu_instance_profile", "gpuInstanceProfile", choices=("MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g"), fixed=True),
    PoolOption("scale_set_priority", "scaleSetPriority", choices=("Regular", "Spot"), fixed=True, default="Regular"),
    PoolOption("scale_set_eviction_policy", "scaleSetEvictionPolicy", choices=("Delete", "Deallocate"), fixed=True, default="Delete"),
    PoolOption("spot_max_price", "spotMaxPrice", "float", fixed=True, default=-1.0),
    PoolOption("upgrade_settings", "upgradeSettings", "dict", options=_UPGRADE),
    PoolOption("security_profile", "securityProfile", "dict", options=_SECURITY),
    PoolOption("enable_encryption_at_host", "enableEncryptionAtHost", "bool", default=False),
    PoolOption("enable_ultra_ssd", "enableUltraSSD", "bool", default=False),
    PoolOption("enable_fips", "enableFIPS", "bool", default=False),
    PoolOption("enable_artifact_streaming", "artifactStreamingProfile.enabled", "bool", default=False),
    PoolOption("proximity_placement_group_id", "proximityPlacementGroupID", compare=CASELESS),
    PoolOption("capacity_reservation_group_id", "capacityReservationGroupID", compare=CASELESS),
    PoolOption("host_group_id", "hostGroupID", fixed=True, compare=CASELESS),
    PoolOption("snapshot_id", "creationData.sourceResourceId", compare=CASELESS),
    PoolOption("kubelet_config", "kubeletConfig", "dict", options=_members(KUBELET_CONFIG)),
    PoolOption("linux_os_config", "linuxOSConfig", "dict", options=_LINUX),
)


def by_path(options: Sequence[PoolOption], name: str = "", above: tuple[str, ...] = ()) -> dict[tuple[str, ...], tuple[str, PoolOption]]:
    """Every option with its full name, by the path of its REST property."""
    found: dict[tuple[str, ...], tuple[str, PoolOption]] = {}
    for option in options:
        path, full_name = (*above, *option.path), f"{name}{option.name}"
        found[path] = (full_name, option)
        found.update(by_path(option.options, f"{full_name}.", path))
    return found


_BY_PATH = by_path(POOL_OPTIONS)


def option_at(path: tuple[str, ...]) -> PoolOption | None:
    """The option that a REST property belongs to; None for one that has none."""
    found = _BY_PATH.get(path)
    return found[1] if found else None


def name_at(path: tuple[str, ...]) -> str:
    """The name by which the user knows a REST property: an option's, or where extra_properties has it."""
    found = _BY_PATH.get(path)
    if found:
        return found[0]
    above = _BY_PATH.get(path[:-1])
    return f"{above[0]}.{path[-1]}" if above else f"extra_properties.{'.'.join(path)}"


def named_properties(params: Mapping[str, Any], options: Sequence[PoolOption] = POOL_OPTIONS) -> dict[str, Any]:
    """The REST properties that a task's parameters name; None is a parameter that wasn't given."""
    properties: dict[str, Any] = {}
    for option in options:
        value = params.get(option.name)
        if value is None:
            continue
        if option.options:
            value = named_properties(value, option.options)
        elif option.texts:
            value = texts(value)
        *parents, last = option.path
        inside = properties
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside[last] = value
    return properties


def texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Labels and tags as Azure wants them: YAML makes true and 1 of what a user means as text. None stays, it takes one away."""
    return {
        str(name): value if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def facts_of(properties: Mapping[str, Any], options: Sequence[PoolOption] = POOL_OPTIONS) -> dict[str, Any]:
    """A live pool's properties under the options' names, with the value that a property has where Azure leaves it out."""
    return {option.name: _fact(properties, option) for option in options}


def _fact(properties: Mapping[str, Any], option: PoolOption) -> Any:
    value: Any = properties
    for part in option.path:
        value = (value or {}).get(part)
    if option.options:
        return {name: member for name, member in facts_of(value or {}, option.options).items() if member is not None} if value else {}
    value = option.default if value is None else value
    return list(value) if isinstance(value, (list, tuple)) else dict(value) if isinstance(value, Mapping) else value
