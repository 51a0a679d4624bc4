# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The options of a node pool, one row per option; the module's arguments, the request, the comparison and the facts follow it."""

from __future__ import annotations

from typing import Any, Mapping

from ..arm.resource_option import CASELESS, DURATION, EXACT, SEQUENCE, TAINTS, ResourceOption, by_path
from .node_config import KUBELET_CONFIG, KUBELET_DEFAULTS, LINUX_OS_CONFIG, SYSCTLS


def _members(types: Mapping[str, str], defaults: Mapping[str, Any]) -> tuple[ResourceOption, ...]:
    """Options whose REST names follow from their own, as in cpu_cfs_quota_period → cpuCfsQuotaPeriod."""
    return tuple(
        ResourceOption(
            name,
            _camel_case(name),
            type=kind.partition(" ")[0],
            elements=kind.partition(" ")[2] or None,
            compare=DURATION if name.endswith("_period") else EXACT,
            default=defaults.get(name),
        )
        for name, kind in types.items()
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join("MB" if word == "mb" else word.capitalize() for word in others)


_UPGRADE = (
    ResourceOption("max_surge", "maxSurge"),
    ResourceOption("max_unavailable", "maxUnavailable"),
    ResourceOption("drain_timeout_in_minutes", "drainTimeoutInMinutes", "int", default=30),
    ResourceOption("node_soak_duration_in_minutes", "nodeSoakDurationInMinutes", "int", default=0),
    ResourceOption("undrainable_node_behavior", "undrainableNodeBehavior", choices=("Cordon", "Schedule"), default="Schedule"),
)
_POWER = (ResourceOption("code", "code", choices=("Running", "Stopped"), default="Running"),)
_SECURITY = (
    ResourceOption("enable_vtpm", "enableVTPM", "bool", default=False),
    ResourceOption("enable_secure_boot", "enableSecureBoot", "bool", default=False),
    ResourceOption("ssh_access", "sshAccess", compare=CASELESS, default="LocalUser"),
)
MIG_PROFILES = ("MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g")
_LINUX = (*_members(LINUX_OS_CONFIG, {}), ResourceOption("sysctls", "sysctls", "dict", options=_members(SYSCTLS, {})))

# Names as in azure.azcollection's azure_rm_aksagentpool, where that has the option. What is fixed, and the defaults, are in the AKS
# documentation (create-node-pools, spot-node-pool, aks-managed-gpu-nodes, gpu-multi-instance) and in the descriptions of the REST API;
# what those leave open is left to Azure to refuse. A FIPS image and the OS SKU can be changed since 2024 (Azure/AKS#4265).
# What only previews have is from azure-mgmt-containerservice 41.9.0b1; that a pool without a driver mode has the device plugin is inferred.
POOL_OPTIONS = (
    ResourceOption("vm_size", "vmSize", fixed=True, compare=CASELESS),
    ResourceOption("count", "count", "int"),
    ResourceOption("enable_auto_scaling", "enableAutoScaling", "bool", default=False),
    ResourceOption("min_count", "minCount", "int"),
    ResourceOption("max_count", "maxCount", "int"),
    ResourceOption("power_state", "powerState", "dict", options=_POWER),
    ResourceOption("scale_down_mode", "scaleDownMode", choices=("Delete", "Deallocate"), default="Delete"),
    ResourceOption("node_taints", "nodeTaints", "list", "str", compare=TAINTS, default=()),
    ResourceOption("node_labels", "nodeLabels", "dict", texts=True, default={}),
    ResourceOption("tags", "tags", "dict", texts=True, default={}),
    ResourceOption("mode", "mode", choices=("User", "System"), default="User"),
    ResourceOption("os_type", "osType", choices=("Linux", "Windows"), fixed=True, default="Linux"),
    ResourceOption("os_sku", "osSKU", compare=CASELESS, default="Ubuntu"),
    ResourceOption("orchestrator_version", "orchestratorVersion"),
    ResourceOption("os_disk_size_gb", "osDiskSizeGB", "int", fixed=True),
    ResourceOption("os_disk_type", "osDiskType", choices=("Managed", "Ephemeral"), fixed=True),
    ResourceOption("kubelet_disk_type", "kubeletDiskType", choices=("OS", "Temporary"), default="OS"),
    ResourceOption("max_pods", "maxPods", "int", fixed=True),
    ResourceOption("availability_zones", "availabilityZones", "list", "str", fixed=True),
    ResourceOption("vnet_subnet_id", "vnetSubnetID", fixed=True, compare=CASELESS),
    ResourceOption("pod_subnet_id", "podSubnetID", fixed=True, compare=CASELESS),
    ResourceOption("enable_node_public_ip", "enableNodePublicIP", "bool", default=False),
    ResourceOption("node_public_ip_prefix_id", "nodePublicIPPrefixID", compare=CASELESS),
    ResourceOption("gpu_driver", "gpuProfile.driver", choices=("Install", "None"), fixed=True, default="Install"),
    ResourceOption(
        "gpu_management_mode", "gpuProfile.nvidia.managementMode", choices=("Unmanaged", "Managed"), fixed=True, default="Unmanaged"
    ),
    ResourceOption("gpu_instance_profile", "gpuInstanceProfile", choices=MIG_PROFILES, fixed=True),
    ResourceOption(
        "gpu_driver_mode",
        "gpuProfile.nvidia.driverMode",
        choices=("DevicePlugin", "DRA"),
        fixed=True,
        default="DevicePlugin",
        preview=True,
    ),
    ResourceOption(
        "gpu_mig_strategy", "gpuProfile.nvidia.migStrategy", choices=("None", "Single", "Mixed"), fixed=True, default="None", preview=True
    ),
    ResourceOption(
        "gpu_mig_profiles",
        "gpuProfile.nvidia.migProfiles",
        "list",
        "str",
        choices=MIG_PROFILES,
        fixed=True,
        compare=SEQUENCE,
        preview=True,
    ),
    ResourceOption("scale_set_priority", "scaleSetPriority", choices=("Regular", "Spot"), fixed=True, default="Regular"),
    ResourceOption("scale_set_eviction_policy", "scaleSetEvictionPolicy", choices=("Delete", "Deallocate"), fixed=True, default="Delete"),
    ResourceOption("spot_max_price", "spotMaxPrice", "float", fixed=True, default=-1.0),
    ResourceOption("upgrade_settings", "upgradeSettings", "dict", options=_UPGRADE),
    ResourceOption("security_profile", "securityProfile", "dict", options=_SECURITY),
    ResourceOption("enable_encryption_at_host", "enableEncryptionAtHost", "bool", fixed=True, default=False),
    ResourceOption("enable_ultra_ssd", "enableUltraSSD", "bool", fixed=True, default=False),
    ResourceOption("enable_fips", "enableFIPS", "bool", default=False),
    ResourceOption("enable_artifact_streaming", "artifactStreamingProfile.enabled", "bool", default=False),
    ResourceOption("proximity_placement_group_id", "proximityPlacementGroupID", compare=CASELESS),
    ResourceOption("capacity_reservation_group_id", "capacityReservationGroupID", fixed=True, compare=CASELESS),
    ResourceOption("host_group_id", "hostGroupID", fixed=True, compare=CASELESS),
    ResourceOption("snapshot_id", "creationData.sourceResourceId", compare=CASELESS),
    ResourceOption("kubelet_config", "kubeletConfig", "dict", fixed=True, options=_members(KUBELET_CONFIG, KUBELET_DEFAULTS)),
    ResourceOption("linux_os_config", "linuxOSConfig", "dict", fixed=True, options=_LINUX),
)


_BY_PATH = by_path(POOL_OPTIONS)


def option_at(path: tuple[str, ...]) -> ResourceOption | None:
    """The option that a REST property belongs to; None for one that has none."""
    found = _BY_PATH.get(path)
    return found[1] if found else None


def is_fixed(path: tuple[str, ...]) -> bool:
    """Whether Azure takes a REST property, or what it is in, only when the pool is created."""
    options = (option_at(path[:depth]) for depth in range(1, len(path) + 1))
    return any(option.fixed for option in options if option is not None)


def name_at(path: tuple[str, ...]) -> str:
    """The name by which the user knows a REST property: an option's, or where extra_properties has it."""
    found = _BY_PATH.get(path)
    if found:
        return found[0]
    above = _BY_PATH.get(path[:-1])
    return f"{above[0]}.{path[-1]}" if above else f"extra_properties.{'.'.join(path)}"
