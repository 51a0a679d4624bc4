# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The GPU pool that preflight judges, as far as it can be known before the pool exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class PoolSpec:
    """The GPU pool that somebody wants, as far as it can be judged before it is made.

    nodes: to begin with. max_nodes: that the autoscaler may make of them. path: who puts driver and plugin on the nodes, "" when not said.
    What is "" is left to Azure's default. disk_gib: the size of the OS disk, 0 when not said. reserved: whether the nodes come from a
    capacity reservation group. makes_cluster: whether the cluster is made where it doesn't exist. parameter: where the user sets the size.
    power_state: Running or Stopped where the pool is to be started or stopped, "" to leave it.
    """

    vm_size: str
    location: str = ""
    resource_group: str = ""
    cluster: str = ""
    makes_cluster: bool = True
    parameter: str = "vm_size"
    name: str = ""
    subscription: str = "SUBSCRIPTION"
    path: str = ""
    nodes: int = 1
    max_nodes: int = 1
    autoscaled: bool = False
    max_surge: str = ""
    zones: tuple[str, ...] = ()
    spot: bool = False
    os_type: str = ""
    os_sku: str = ""
    disk_type: str = ""
    disk_gib: int = 0
    reserved: bool = False
    driver: str = ""
    management: str = ""
    mig_profile: str = ""
    power_state: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    allow_retired: bool = False
    kubernetes_version: str = ""

    @property
    def managed(self) -> bool:
        """Whether AKS is to run driver and device plugin."""
        return self.path == "managed" or self.management.lower() == "managed"

    @property
    def own_driver(self) -> bool:
        """Whether somebody else than AKS is to install the driver."""
        return self.path == "gpu_operator" or self.driver.lower() == "none"

    @property
    def system(self) -> str:
        """The nodes' operating system as the size catalogue names it; Ubuntu is AKS' default, "" is one that the catalogue doesn't know."""
        sku = self.os_sku.lower()
        if self.os_type.lower() == "windows" or sku.startswith("windows"):
            return "Windows"
        names = {"": "Ubuntu", "azurelinux": "AzureLinux", "azurelinux3": "AzureLinux", "cblmariner": "AzureLinux", "mariner": "AzureLinux"}
        return "Ubuntu" if sku.startswith("ubuntu") else names.get(sku, "")
