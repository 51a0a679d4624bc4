# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What each path excludes: the rules that a pool must keep to take that path.

A path is a way for the GPU driver and device plugin to reach a node; preflight reports broken rules and the pool refuses them.
"""

from __future__ import annotations

from typing import Iterator

from ..owners.path_fit import WITH_DRIVER_OF_AKS
from ..shared.explanation import Explanation
from ..shared.findings import Finding
from ..sizes.lookup import has_amd_gpus
from ..sizes.sku import SizeView
from .dedicated_image import DEDICATED_VHD_RETIRED, asks_for_dedicated_image
from .managed_rules import MANAGED_RULES
from .new_rules import NEW_RULES
from .path_rule import PathRule
from .spec import PoolSpec, is_word


def _retired_path(spec: PoolSpec, _size: SizeView) -> str | None:
    dedicated = spec.path == "dedicated_vhd" or asks_for_dedicated_image(spec.headers)
    return f"path dedicated_vhd, retired on {DEDICATED_VHD_RETIRED}" if dedicated and not spec.allow_retired else None


def _managed_autoscaler(spec: PoolSpec, _size: SizeView) -> str | None:
    return "enable_auto_scaling: true on a managed GPU pool" if spec.managed and spec.autoscaled else None


def _ignored_bounds(spec: PoolSpec, _size: SizeView) -> str | None:
    least, most = spec.bounds
    ignored = not spec.autoscaled and least is not None and most is not None and least < most
    return f"min_count: {least} and max_count: {most} on a pool without the autoscaler, with count: {spec.nodes}" if ignored else None


def _managed_without_driver(spec: PoolSpec, _size: SizeView) -> str | None:
    return "gpu_driver: None on a managed GPU pool" if spec.managed and is_word(spec.driver, "none") else None


def _windows(spec: PoolSpec, _size: SizeView) -> str | None:
    return f"os_type: Windows{f', os_sku: {spec.os_sku}' if spec.os_sku else ''}" if spec.system == "Windows" else None


def _not_nvidia(spec: PoolSpec, size: SizeView) -> str | None:
    known = size.catalog_entry
    if known is None:
        return "the size's name is of AMD GPUs" if has_amd_gpus(spec.vm_size) else None
    return f"the size has {known.gpu_model}" if known.series.vendor != "nvidia" else None


def _licensed_driver(spec: PoolSpec, size: SizeView) -> str | None:
    known = size.catalog_entry
    return f"the size's {known.gpu_model} needs a GRID driver" if spec.own_driver and known and known.series.driver == "grid" else None


def _two_drivers(spec: PoolSpec, _size: SizeView) -> str | None:
    both = spec.path == "gpu_operator" and not spec.driver_of_aks and is_word(spec.driver, "install")
    return f"gpu_driver: {spec.driver} with the path gpu_operator" if both else None


def _no_driver(spec: PoolSpec, _size: SizeView) -> str | None:
    driverless = is_word(spec.driver, "none") and spec.owned_path in ("manual_plugin", "dedicated_vhd", WITH_DRIVER_OF_AKS)
    return f"gpu_driver: None with the path {spec.owned_path}" if driverless else None


def _unsupported_driver(spec: PoolSpec, size: SizeView) -> str | None:
    series = size.catalog_entry.series if size.catalog_entry else None
    nothing = series is not None and series.vendor == "nvidia" and series.driver == "none" and not spec.own_driver
    return "AKS installs no driver on this size" if nothing else None


def _system_without_driver(spec: PoolSpec, size: SizeView) -> str | None:
    systems = size.catalog_entry.series.systems if size.catalog_entry else ()
    known = systems and spec.system and spec.system != "Windows"
    return f"os_sku: {spec.os_sku}; AKS installs the size's driver on {', '.join(systems)}" if (
        known and spec.system not in systems and not spec.own_driver
    ) else None  # fmt: skip


def _operator_system(spec: PoolSpec, _size: SizeView) -> str | None:
    return f"os_sku: {spec.os_sku}" if spec.path == "gpu_operator" and is_word(spec.os_sku, "azurelinuxosguard", "flatcar") else None


def _operator_deallocates(spec: PoolSpec, _size: SizeView) -> str | None:
    keeps = spec.path == "gpu_operator" and not spec.driver_of_aks and is_word(spec.scale_down_mode, "deallocate")
    return f"scale_down_mode: {spec.scale_down_mode}" if keeps else None


def _unsigned_driver(spec: PoolSpec, _size: SizeView) -> str | None:
    compiled = spec.path == "gpu_operator" and not spec.driver_of_aks and spec.secure_boot
    return "security_profile.enable_secure_boot: true" if compiled else None


def _unpatched(spec: PoolSpec, _size: SizeView) -> str | None:
    return f"os_sku: {spec.os_sku}" if spec.system == "AzureLinux" else None


def _not_divisible(spec: PoolSpec, size: SizeView) -> str | None:
    known = size.catalog_entry
    if known is None or known.series.mig or not (spec.mig_profile or spec.mig_profiles or spec.divides):
        return None
    profiles = f"gpu_mig_profiles: {', '.join(spec.mig_profiles)}" if spec.mig_profiles else f"gpu_mig_strategy: {spec.mig_strategy}"
    return f"{f'gpu_instance_profile: {spec.mig_profile}' if spec.mig_profile else profiles} on {known.gpu_model}"


def _arm64(_spec: PoolSpec, size: SizeView) -> str | None:
    return "the size's processors are Arm64" if is_word(size.architecture, "arm64") else None


# Sources: the AKS documentation's pages named, and Azure/AKS issues.
PATH_RULES = (
    PathRule(
        Explanation(
            "RetiredPath",
            cause="Azure blocks new node pools with the dedicated GPU image, see https://github.com/Azure/AKS/issues/4472.",
            remedy="Use the path manual_plugin. If the image is still available, set allow_retired: true.",
        ),
        _retired_path,
    ),
    PathRule(
        Explanation(
            "ManagedAutoscaler",
            cause="AKS does not support the cluster autoscaler on managed GPU pools (aks-managed-gpu-nodes).",
            remedy="Set enable_auto_scaling: false with a fixed count, or use the path manual_plugin.",
        ),
        _managed_autoscaler,
    ),
    PathRule(
        Explanation(
            "BoundsIgnored",
            cause="Without the autoscaler, the number of nodes is fixed. AKS does not support it on managed GPU pools "
            "(aks-managed-gpu-nodes).",
            remedy="Set count to the number of nodes, and leave out min_count and max_count (in the roles gpu_node_count, gpu_min_count "
            "and gpu_max_count). For a pool that scales, set enable_auto_scaling: true, on another path than managed.",
            severity="warning",
        ),
        _ignored_bounds,
    ),
    PathRule(
        Explanation(
            "DriverIgnored",
            cause="AKS installs its driver on a managed GPU pool regardless of gpu_driver (aks-managed-gpu-nodes).",
            remedy="Leave out gpu_driver, or use the path gpu_operator.",
        ),
        _managed_without_driver,
    ),
    PathRule(
        Explanation(
            "WindowsNotSupported",
            cause="No path supports Windows nodes: another device plugin offers their GPUs as microsoft.com/directx (use-windows-gpu).",
            remedy="Use a Linux pool.",
        ),
        _windows,
    ),
    PathRule(
        Explanation(
            "NotNvidia",
            cause="All paths support only NVIDIA GPUs. AMD GPUs need AMD's own operator (use-amd-gpus).",
            remedy="Set vm_size to a size with NVIDIA GPUs.",
        ),
        _not_nvidia,
    ),
    PathRule(
        Explanation(
            "LicensedDriver",
            cause="Only AKS provides the licensed driver for this GPU, see https://github.com/Azure/AKS/issues/5860.",
            remedy="Leave the driver to AKS: use the path manual_plugin, or gpu_operator with gpu_operator_driver: aks. Or use a size with "
            "a full data-center GPU, such as Standard_NC4as_T4_v3.",
        ),
        _licensed_driver,
    ),
    PathRule(
        Explanation(
            "TwoDriverOwners",
            cause="AKS and the GPU Operator would both install a driver (nvidia-gpu-operator).",
            remedy="Set gpu_driver: None, or gpu_operator_driver: aks to let the operator use the driver of AKS.",
        ),
        _two_drivers,
    ),
    PathRule(
        Explanation(
            "NoDriver",
            cause="The pool would have no driver, and the device plugin finds no GPU without one.",
            remedy="Set gpu_driver: Install, or use the path gpu_operator without gpu_operator_driver: aks.",
        ),
        _no_driver,
    ),
    PathRule(
        Explanation(
            "DriverNotInstalled",
            cause="This size needs a signed driver, which the GPU Operator installs (use-confidential-gpus).",
            remedy="Use the path gpu_operator with gpu_driver: None and without gpu_operator_driver: aks, or another size.",
        ),
        _unsupported_driver,
    ),
    PathRule(
        Explanation(
            "SystemNotSupported",
            cause="AKS has no driver for this size and operating system (karpenter-provider-azure's supported-gpus.yaml of August 2026).",
            remedy="Set os_sku: Ubuntu, or use another size.",
        ),
        _system_without_driver,
    ),
    PathRule(
        Explanation(
            "SystemNotSupported",
            cause="The GPU Operator does not support this operating system (nvidia-gpu-operator).",
            remedy="Set os_sku: Ubuntu.",
        ),
        _operator_system,
    ),
    PathRule(
        Explanation(
            "DeallocatedDriver",
            cause="The GPU Operator's driver stays broken on a machine that was deallocated and started again (NVIDIA/gpu-operator#729).",
            remedy="Set scale_down_mode: Delete, or use the driver of AKS (gpu_operator_driver: aks).",
            severity="warning",
        ),
        _operator_deallocates,
    ),
    PathRule(
        Explanation(
            "SecureBootRejectsDriver",
            cause="With Secure Boot, the kernel of the nodes rejects a driver that the GPU Operator compiles, because it is not signed "
            "(NVIDIA/gpu-operator#1726).",
            remedy="Leave out security_profile.enable_secure_boot, leave the driver to AKS (gpu_operator_driver: aks), or use precompiled, "
            "signed drivers (driver.usePrecompiled in the chart's values).",
            severity="warning",
        ),
        _unsigned_driver,
    ),
    PathRule(
        Explanation(
            "SystemNotPatched",
            cause="AKS does not apply automatic security patches to Azure Linux nodes with GPUs (use-nvidia-gpu).",
            remedy="Upgrade the node image yourself, or set os_sku: Ubuntu.",
            severity="warning",
        ),
        _unpatched,
    ),
    PathRule(
        Explanation(
            "MigNotSupported",
            cause="This GPU does not support MIG on AKS: only A100, H100 and H200 do (gpu-multi-instance).",
            remedy="Leave out the option, or use a size with one of these GPUs.",
        ),
        _not_divisible,
    ),
    PathRule(
        Explanation(
            "Arm64Nodes",
            cause="Images that are built only for amd64, such as the MNIST sample, do not start on Arm64 nodes.",
            remedy="Set gpu_workload_image to an image that is built for arm64.",
            severity="warning",
        ),
        _arm64,
    ),
)


def path_findings(spec: PoolSpec, size: SizeView) -> Iterator[Finding]:
    """Every rule of the paths and of managed pools that the pool breaks."""
    for rule in (*PATH_RULES, *MANAGED_RULES, *NEW_RULES):
        evidence = rule.broken(spec, size)
        if evidence:
            yield Finding(rule.explanation, (spec.vm_size,), evidence)
