# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The GPU pool that preflight judges, as far as it can be known before the pool exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from ..owners.path_fit import WITH_DRIVER_OF_AKS

# An OS SKU of Azure, in lower case → the operating system as the size catalog names it.
_SYSTEMS = {"azurelinux": "AzureLinux", "azurelinux3": "AzureLinux", "cblmariner": "AzureLinux", "mariner": "AzureLinux"}


@dataclass(frozen=True)
class PoolSpec:
    """The GPU pool that someone wants, as far as it can be judged before it exists.

    None leaves a property to Azure's default. location and subscription: a placeholder for commands if they don't matter.
    parameter: the option that sets the size. makes_cluster: whether the cluster is created if it doesn't exist.
    path: how driver and device plugin reach the nodes. operator_driver: who installs the driver on the path gpu_operator, aks or, by
    default, operator. nodes: to begin with. max_nodes: that the autoscaler may reach.
    bounds: the autoscaler's minimum and maximum as they were given, whether or not the pool is scaled.
    disk_gib: the size of the OS disk, 0 for Azure's default. reservation_group: the ID of a capacity reservation group, "" for none.
    mig_profile: of an unmanaged pool; mig_profiles: of a managed one. api_version: of the request that makes the pool.
    power_state: Running or Stopped if the pool should be started or stopped. scale_down_mode: Delete or Deallocate.
    """

    vm_size: str
    location: str = "LOCATION"
    subscription: str = "SUBSCRIPTION"
    resource_group: str | None = None
    cluster: str | None = None
    makes_cluster: bool = True
    parameter: str = "vm_size"
    name: str | None = None
    path: str | None = None
    operator_driver: str | None = None
    nodes: int = 1
    max_nodes: int = 1
    autoscaled: bool = False
    bounds: tuple[Optional[int], Optional[int]] = (None, None)
    max_surge: str | None = None
    zones: tuple[str, ...] = ()
    spot: bool = False
    os_type: str | None = None
    os_sku: str | None = None
    disk_type: str | None = None
    disk_gib: int = 0
    reservation_group: str = ""
    driver: str | None = None
    management: str | None = None
    mig_profile: str | None = None
    driver_mode: str | None = None
    mig_strategy: str | None = None
    mig_profiles: tuple[str, ...] = ()
    api_version: str | None = None
    power_state: str | None = None
    scale_down_mode: str | None = None
    secure_boot: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    allow_retired: bool = False
    kubernetes_version: str | None = None

    @property
    def managed(self) -> bool:
        """Whether AKS is to run the driver and the device plugin."""
        return self.path == "managed" or is_word(self.management, "managed")

    @property
    def reserved(self) -> bool:
        """Whether the nodes come from a capacity reservation group."""
        return bool(self.reservation_group)

    @property
    def divides(self) -> bool:
        """Whether a MIG strategy divides the GPUs of a managed pool."""
        return is_word(self.mig_strategy, "single", "mixed")

    @property
    def own_driver(self) -> bool:
        """Whether something other than AKS is to install the driver."""
        return (self.path == "gpu_operator" and not self.driver_of_aks) or is_word(self.driver, "none")

    @property
    def driver_of_aks(self) -> bool:
        """Whether the GPU Operator is to use the driver that AKS installs."""
        return self.path == "gpu_operator" and self.operator_driver == "aks"

    @property
    def owned_path(self) -> str | None:
        """The path as owners.path_fit names it, which tells the two ways of gpu_operator apart."""
        return WITH_DRIVER_OF_AKS if self.driver_of_aks else self.path

    @property
    def system(self) -> str | None:
        """The nodes' operating system as the size catalog names it; None for one that the catalog doesn't know."""
        sku = (self.os_sku or "Ubuntu").lower()  # AKS' default
        if is_word(self.os_type, "windows") or sku.startswith("windows"):
            return "Windows"
        return "Ubuntu" if sku.startswith("ubuntu") else _SYSTEMS.get(sku)


def is_word(value: str | None, *words: str) -> bool:
    """Whether a property has one of these values, given in lower case; Azure ignores the case of such values."""
    return value is not None and value.lower() in words
