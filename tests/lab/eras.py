# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tests.lab import mig


@dataclass(frozen=True)
class VmSize:
    """A virtual machine size as its era offers it; the GPU model is spelled as the NVIDIA driver prints it.

    family: whose quota its vCPUs count against, spelled as Microsoft.Compute does, which has no rule for it. ephemeral_gib: the largest
    OS disk that its cache or temporary disk holds, 0 where AKS puts none there.
    """

    name: str
    family: str
    cpus: int
    memory_gib: float
    generations: tuple[int, ...]
    gpus: int = 0
    gpu_model: str | None = None
    ephemeral_gib: int = 0
    retired: bool = False

    @property
    def mig(self) -> bool:
        """Whether its GPUs can be divided."""
        return mig.divides(self.gpu_model)


@dataclass(frozen=True)
class NodeImage:
    """How the names of a line of node images are made: AKSUbuntu-1804 [gen2] [gpu] containerd-2021.07.10."""

    prefix: str
    runtime: str
    release: str

    def version(self, *, generation: int, dedicated_gpu: bool) -> str:
        """The nodeImageVersion of a pool on this image."""
        return f"{self.prefix}{'gen2' if generation == 2 else ''}{'gpu' if dedicated_gpu else ''}{self.runtime}-{self.release}"


@dataclass(frozen=True)
class Era:
    """What Azure offered at one time; the rules of the simulator read from here whatever changed over the years."""

    name: str
    kubernetes_versions: tuple[str, ...]
    default_version: str
    default_vm_size: str
    default_network_plugin: str
    cluster_sku: str
    sizes: Mapping[str, VmSize]
    images: Mapping[str, NodeImage]
    features: frozenset[str]
    dedicated_image_offered: bool
    taints_mutable: bool
    generation2_by_default: bool
    checks_generation: bool
    default_max_surge: str
    pool_versions_behind: int
    names_running_operations: bool
    signs_operations: bool
    previews_retired_before: str
    api_versions: tuple[str, ...]
    fills_in_upgrades: bool
    overlay_by_default: bool
    restricts_system_taints: bool

    def size(self, name: str) -> VmSize | None:
        """The size of that name in any letter case, retired ones included; None where the era doesn't know it."""
        return self.sizes.get(name.lower())

    def generation(self, size: VmSize, *, generation2_asked: bool) -> int:
        """The virtual machine generation that a new pool of this size gets.

        2021 takes the header's word for it even on sizes without generation 2, because its article did that with Standard_NC6.
        """
        if generation2_asked or 1 not in size.generations:
            return 2
        return 2 if self.generation2_by_default and 2 in size.generations else 1

    def resolve_version(self, asked: str) -> str | None:
        """The patch version for `1.34` or `1.34.6`; the default for an empty string; None where it isn't offered."""
        if not asked:
            return self.default_version
        if asked in self.kubernetes_versions:
            return asked
        patches = [version for version in self.kubernetes_versions if version.rpartition(".")[0] == asked]
        return max(patches, key=version_key) if patches else None


def version_key(version: str) -> tuple[int, ...]:
    """Orders `1.9.0` before `1.10.0`."""
    return tuple(int(part) for part in version.split("."))


_NC, _NCV2, _NCV3 = "standardNCFamily", "standardNCSv2Family", "standardNCSv3Family"
_T4, _A10 = "Standard NCASv3_T4 Family", "StandardNVADSA10v5Family"
_A100, _A100_SXM = "StandardNCADSA100v4Family", "Standard NDASv4_A100 Family"
_H100, _H100_SXM = "standardNCadsH100v5Family", "standardNDSH100v5Family"

_CATALOGUE = (
    VmSize("Standard_D2_v2", "standardDv2Family", 2, 7, (1,)),
    VmSize("Standard_DS2_v2", "standardDSv2Family", 2, 7, (1, 2), ephemeral_gib=86),
    VmSize("Standard_D2s_v3", "standardDSv3Family", 2, 8, (1, 2), ephemeral_gib=50),
    VmSize("Standard_D4s_v5", "standardDSv5Family", 4, 16, (1, 2)),
    VmSize("Standard_NC6", _NC, 6, 56, (1,), 1, "Tesla K80"),
    VmSize("Standard_NC12", _NC, 12, 112, (1,), 2, "Tesla K80"),
    VmSize("Standard_NC6s_v2", _NCV2, 6, 112, (1, 2), 1, "Tesla P100-PCIE-16GB"),
    VmSize("Standard_NC6s_v3", _NCV3, 6, 112, (1, 2), 1, "Tesla V100-PCIE-16GB"),
    VmSize("Standard_NC4as_T4_v3", _T4, 4, 28, (1, 2), 1, "Tesla T4", ephemeral_gib=144),
    VmSize("Standard_NC8as_T4_v3", _T4, 8, 56, (1, 2), 1, "Tesla T4", ephemeral_gib=288),
    VmSize("Standard_NC16as_T4_v3", _T4, 16, 110, (1, 2), 1, "Tesla T4", ephemeral_gib=288),
    VmSize("Standard_NC64as_T4_v3", _T4, 64, 440, (1, 2), 4, "Tesla T4", ephemeral_gib=2304),
    VmSize("Standard_NC24ads_A100_v4", _A100, 24, 220, (2,), 1, "NVIDIA A100 80GB PCIe", ephemeral_gib=64),
    VmSize("Standard_ND96asr_v4", _A100_SXM, 96, 900, (2,), 8, "NVIDIA A100-SXM4-40GB", ephemeral_gib=6000),
    VmSize("Standard_NC40ads_H100_v5", _H100, 40, 320, (2,), 1, "NVIDIA H100 NVL", ephemeral_gib=128),
    VmSize("Standard_ND96isr_H100_v5", _H100_SXM, 96, 1900, (2,), 8, "NVIDIA H100 80GB HBM3", ephemeral_gib=1000),
    VmSize("Standard_NV6ads_A10_v5", _A10, 6, 55, (1, 2), 1, "NVIDIA A10-4Q", ephemeral_gib=180),
)

_NOT_YET_IN_2021 = frozenset(
    {"Standard_D4s_v5", "Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5", "Standard_ND96isr_H100_v5", "Standard_NV6ads_A10_v5"}
)
_RETIRED_IN_2026 = frozenset({"Standard_NC6", "Standard_NC12", "Standard_NC6s_v2", "Standard_NC6s_v3"})


def _sizes(*, absent: frozenset[str] = frozenset(), retired: frozenset[str] = frozenset()) -> Mapping[str, VmSize]:
    offered = (replace(size, retired=size.name in retired) for size in _CATALOGUE if size.name not in absent)
    return MappingProxyType({size.name.lower(): size for size in offered})


_ERA_2021 = Era(
    name="2021",
    kubernetes_versions=("1.19.11", "1.20.5", "1.20.7", "1.21.1"),
    default_version="1.20.7",
    default_vm_size="Standard_DS2_v2",
    default_network_plugin="kubenet",
    cluster_sku="Basic",
    sizes=_sizes(absent=_NOT_YET_IN_2021),
    images=MappingProxyType({"Ubuntu": NodeImage("AKSUbuntu-1804", "containerd", "2021.07.10")}),
    features=frozenset({"GPUDedicatedVHDPreview"}),
    dedicated_image_offered=True,
    taints_mutable=False,
    generation2_by_default=False,
    checks_generation=False,
    default_max_surge="1",
    pool_versions_behind=2,
    names_running_operations=False,
    signs_operations=False,
    previews_retired_before="",
    api_versions=(),
    fills_in_upgrades=False,
    overlay_by_default=False,
    restricts_system_taints=False,
)

_ERA_2026 = Era(
    name="2026",
    kubernetes_versions=("1.33.12", "1.34.8", "1.35.5", "1.36.2"),
    default_version="1.34.8",
    default_vm_size="Standard_D4s_v5",
    default_network_plugin="azure",
    cluster_sku="Base",
    sizes=_sizes(retired=_RETIRED_IN_2026),
    images=MappingProxyType(
        {
            "Ubuntu": NodeImage("AKSUbuntu-2204", "containerd", "202610.15.0"),
            "Ubuntu2204": NodeImage("AKSUbuntu-2204", "containerd", "202610.15.0"),
            "Ubuntu2404": NodeImage("AKSUbuntu-2404", "containerd", "202610.15.0"),
            "AzureLinux": NodeImage("AKSAzureLinux-V3", "", "202610.15.0"),
            "AzureLinux3": NodeImage("AKSAzureLinux-V3", "", "202610.15.0"),
            "AzureLinuxOSGuard": NodeImage("AKSAzureLinuxOSGuard-OSGuardV3", "", "202610.15.0"),
            "AzureLinux3OSGuard": NodeImage("AKSAzureLinuxOSGuard-OSGuardV3", "", "202610.15.0"),
            "AzureContainerLinux": NodeImage("AKSAzureContainerLinux-V3", "", "202610.15.0"),
            "CBLMariner": NodeImage("AKSCBLMariner-V2", "", "202610.15.0"),
            "Mariner": NodeImage("AKSCBLMariner-V2", "", "202610.15.0"),
            "Flatcar": NodeImage("AKSFlatcar-flatcar", "", "202610.15.0"),
        }
    ),
    features=frozenset({"GPUDedicatedVHDPreview", "ManagedGPUExperiencePreview"}),
    dedicated_image_offered=False,
    taints_mutable=True,
    generation2_by_default=True,
    checks_generation=True,
    default_max_surge="10%",
    pool_versions_behind=3,
    names_running_operations=True,
    signs_operations=True,
    previews_retired_before="2025-10",
    api_versions=("2024-08-01", "2025-03-01", "2026-03-01", "2026-06-01", "2026-07-02-preview", "2026-08-01", "2026-08-02-preview"),
    fills_in_upgrades=True,
    overlay_by_default=True,
    restricts_system_taints=True,
)

ERAS: Mapping[str, Era] = MappingProxyType({era.name: era for era in (_ERA_2021, _ERA_2026)})
