# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Rules for what is new on AKS and does not work everywhere yet: MIG with the autoscaler, Ubuntu 26.04, drivers on their way to a region.

Each has the state of its source, which is dated; path_rules applies them.
"""

from __future__ import annotations

from ..shared.explanation import Explanation
from ..shared.versions import version_key
from ..sizes.sku import SizeView
from .path_rule import PathRule
from .spec import PoolSpec, is_word

_UBUNTU_2604 = "ubuntu2604"
_OLDEST_KUBERNETES = (1, 36)
# The beginnings of the names of regions outside the public cloud.
_SOVEREIGN = ("china", "usgov", "usdod", "ussec", "usnat")
_RTX_PRO = "RTX PRO 6000"


def _mig_autoscaled(spec: PoolSpec, _size: SizeView) -> str | None:
    return f"gpu_instance_profile: {spec.mig_profile} with enable_auto_scaling: true" if spec.mig_profile and spec.autoscaled else None


def _preview_system(spec: PoolSpec, _size: SizeView) -> str | None:
    return f"os_sku: {spec.os_sku}" if is_word(spec.os_sku, _UBUNTU_2604) else None


def _system_too_new(spec: PoolSpec, size: SizeView) -> str | None:
    """Ubuntu 26.04 with a Kubernetes version or a size that it does not support."""
    if not is_word(spec.os_sku, _UBUNTU_2604):
        return None
    if spec.kubernetes_version and version_key(spec.kubernetes_version)[:2] < _OLDEST_KUBERNETES:
        return f"os_sku: {spec.os_sku} with Kubernetes {spec.kubernetes_version}"
    return f"os_sku: {spec.os_sku} on a size with generation 1 only" if size.generations == (1,) else None


def _driver_on_its_way(spec: PoolSpec, size: SizeView) -> str | None:
    known = size.catalog_entry
    return f"the size has {known.gpu_model}" if known and _RTX_PRO in known.gpu_model and not spec.own_driver else None


def _sovereign_driver(spec: PoolSpec, size: SizeView) -> str | None:
    licensed = size.catalog_entry is not None and size.catalog_entry.series.driver == "grid" and not spec.own_driver
    return f"{spec.location}, and the size has a GRID driver" if licensed and spec.location.lower().startswith(_SOVEREIGN) else None


NEW_RULES = (
    # Azure/AgentBaker#9113 (merged on 2026-08-03)
    PathRule(
        Explanation(
            "SovereignDriver",
            cause="Node images before August 2026 download the GRID driver from mcr.microsoft.com in every cloud, which nodes in a "
            "sovereign cloud may not reach. Their setup then ends with exit status 84.",
            remedy="Allow egress from the nodes to mcr.microsoft.com, or use a size with a CUDA driver, such as Standard_NC4as_T4_v3.",
            severity="warning",
        ),
        _sovereign_driver,
    ),
    # Azure/AKS#5161 (2025-07), kubernetes/autoscaler#8095 (open in 2026-01)
    PathRule(
        Explanation(
            "MigAutoscaled",
            cause="The autoscaler counts nodes that offer only nvidia.com/mig-* resources as not ready, and adds no more nodes when too "
            "many of them are.",
            remedy="Set mig_strategy: single for gpuops.aks.nvidia_device_plugin, so that the slices are nvidia.com/gpu, or leave out "
            "enable_auto_scaling.",
            severity="warning",
        ),
        _mig_autoscaled,
    ),
    # Azure/AKS#5905 (2026-08; preview since 2026-09-11)
    PathRule(
        Explanation(
            "SystemTooNew",
            cause="Ubuntu 26.04 needs Kubernetes 1.36 or later and a size with generation 2.",
            remedy="Set os_sku: Ubuntu, or use a newer kubernetes_version and another vm_size.",
        ),
        _system_too_new,
    ),
    PathRule(
        Explanation(
            "SystemInPreview",
            cause="Ubuntu 26.04 is a preview as of September 2026. It needs its feature, and supports neither FIPS nor Trusted Launch.",
            remedy="Register the feature with 'az feature register --namespace Microsoft.ContainerService --name Ubuntu2604Preview', or "
            "set os_sku: Ubuntu.",
            severity="warning",
        ),
        _preview_system,
    ),
    # Azure/AKS#5807 (2026-06, open)
    PathRule(
        Explanation(
            "DriverByRegion",
            cause="The driver for this size comes with the node image, which AKS rolls out region by region, so the image of this region "
            "may still lack it.",
            remedy="If the nodes offer no GPU, upgrade the node image with 'az aks nodepool upgrade --node-image-only', or use another "
            "region.",
            severity="warning",
        ),
        _driver_on_its_way,
    ),
)
