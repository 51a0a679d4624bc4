# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Collection, Mapping
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
        """Whether its GPUs can be partitioned."""
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
    """What Azure offered at one time; the simulator's rules take everything that changed over the years from here."""

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
    keeps_empty_taints: bool

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


_DV2, _DSV2, _DSV3, _DSV5 = "standardDv2Family", "standardDSv2Family", "standardDSv3Family", "standardDSv5Family"
_DDSV5 = "standardDDSv5Family"
_NC, _NCV2, _NCV3 = "standardNCFamily", "standardNCSv2Family", "standardNCSv3Family"
_T4, _A10 = "Standard NCASv3_T4 Family", "StandardNVADSA10v5Family"
_A100, _A100_SXM = "StandardNCADSA100v4Family", "Standard NDASv4_A100 Family"
_H100, _H100_SXM = "StandardNCadsH100v5Family", "standardNDSH100v5Family"

# Where the cores, memory, generations, GPUs and local disks of a family's sizes are from: pages of Microsoft's documentation, under
# learn.microsoft.com/azure/virtual-machines/sizes/. What they leave open: FIDELITY.md.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        _DV2: "general-purpose/dv2-series",
        _DSV2: "general-purpose/dsv2-series",
        _DSV3: "general-purpose/dsv3-series",
        _DSV5: "general-purpose/dsv5-series",
        _DDSV5: "general-purpose/ddsv5-series",
        _NC: "gpu-accelerated/nc-family",
        _NCV2: "gpu-accelerated/nc-family",
        _NCV3: "gpu-accelerated/ncv3-series",
        _T4: "gpu-accelerated/ncast4v3-series",
        _A10: "gpu-accelerated/nvadsa10v5-series",
        _A100: "gpu-accelerated/nca100v4-series",
        _A100_SXM: "gpu-accelerated/ndasra100v4-series",
        _H100: "gpu-accelerated/ncadsh100v5-series",
        _H100_SXM: "gpu-accelerated/ndh100v5-series",
    }
)
_K80, _P100, _V100 = "Tesla K80", "Tesla P100-PCIE-16GB", "Tesla V100-PCIE-16GB"
_A100_PCIE, _H100_NVL = "NVIDIA A100 80GB PCIe", "NVIDIA H100 NVL"

_CATALOG = (
    VmSize("Standard_D2_v2", _DV2, 2, 7, (1,)),
    VmSize("Standard_DS2_v2", _DSV2, 2, 7, (1, 2), ephemeral_gib=86),
    VmSize("Standard_D2s_v3", _DSV3, 2, 8, (1, 2), ephemeral_gib=50),
    VmSize("Standard_D4s_v5", _DSV5, 4, 16, (1, 2)),
    VmSize("Standard_D4ds_v5", _DDSV5, 4, 16, (1, 2), ephemeral_gib=150),
    VmSize("Standard_NC6", _NC, 6, 56, (1,), 1, _K80),
    VmSize("Standard_NC12", _NC, 12, 112, (1,), 2, _K80),
    VmSize("Standard_NC24", _NC, 24, 224, (1,), 4, _K80),
    VmSize("Standard_NC24r", _NC, 24, 224, (1,), 4, _K80),
    VmSize("Standard_NC6s_v2", _NCV2, 6, 112, (1, 2), 1, _P100),
    VmSize("Standard_NC12s_v2", _NCV2, 12, 224, (1, 2), 2, _P100),
    VmSize("Standard_NC24s_v2", _NCV2, 24, 448, (1, 2), 4, _P100),
    VmSize("Standard_NC24rs_v2", _NCV2, 24, 448, (1, 2), 4, _P100),
    VmSize("Standard_NC6s_v3", _NCV3, 6, 112, (1, 2), 1, _V100),
    VmSize("Standard_NC12s_v3", _NCV3, 12, 224, (1, 2), 2, _V100),
    VmSize("Standard_NC24s_v3", _NCV3, 24, 448, (1, 2), 4, _V100),
    VmSize("Standard_NC24rs_v3", _NCV3, 24, 448, (1, 2), 4, _V100),
    VmSize("Standard_NC4as_T4_v3", _T4, 4, 28, (1, 2), 1, "Tesla T4", ephemeral_gib=144),
    VmSize("Standard_NC8as_T4_v3", _T4, 8, 56, (1, 2), 1, "Tesla T4", ephemeral_gib=288),
    VmSize("Standard_NC16as_T4_v3", _T4, 16, 110, (1, 2), 1, "Tesla T4", ephemeral_gib=288),
    VmSize("Standard_NC64as_T4_v3", _T4, 64, 440, (1, 2), 4, "Tesla T4", ephemeral_gib=2304),
    VmSize("Standard_NC24ads_A100_v4", _A100, 24, 220, (2,), 1, _A100_PCIE, ephemeral_gib=64),
    VmSize("Standard_NC48ads_A100_v4", _A100, 48, 440, (2,), 2, _A100_PCIE, ephemeral_gib=128),
    VmSize("Standard_NC96ads_A100_v4", _A100, 96, 880, (2,), 4, _A100_PCIE, ephemeral_gib=256),
    VmSize("Standard_ND96asr_v4", _A100_SXM, 96, 900, (2,), 8, "NVIDIA A100-SXM4-40GB", ephemeral_gib=6000),
    VmSize("Standard_NC40ads_H100_v5", _H100, 40, 320, (2,), 1, _H100_NVL, ephemeral_gib=128),
    VmSize("Standard_NC80adis_H100_v5", _H100, 80, 640, (2,), 2, _H100_NVL, ephemeral_gib=256),
    VmSize("Standard_ND96is_H100_v5", _H100_SXM, 96, 1900, (2,), 8, "NVIDIA H100 80GB HBM3", ephemeral_gib=1000),
    VmSize("Standard_ND96is_flex_H100_v5", _H100_SXM, 96, 1900, (2,), 8, "NVIDIA H100 80GB HBM3", ephemeral_gib=1000),
    VmSize("Standard_ND96isr_H100_v5", _H100_SXM, 96, 1900, (2,), 8, "NVIDIA H100 80GB HBM3", ephemeral_gib=1000),
    VmSize("Standard_NV6ads_A10_v5", _A10, 6, 55, (1, 2), 1, "NVIDIA A10-4Q", ephemeral_gib=180),
    VmSize("Standard_NV12ads_A10_v5", _A10, 12, 110, (1, 2), 1, "NVIDIA A10-8Q", ephemeral_gib=360),
    VmSize("Standard_NV18ads_A10_v5", _A10, 18, 220, (1, 2), 1, "NVIDIA A10-12Q", ephemeral_gib=720),
    VmSize("Standard_NV36ads_A10_v5", _A10, 36, 440, (1, 2), 1, "NVIDIA A10-24Q", ephemeral_gib=1440),
    VmSize("Standard_NV36adms_A10_v5", _A10, 36, 880, (1, 2), 1, "NVIDIA A10-24Q", ephemeral_gib=2880),
    VmSize("Standard_NV72ads_A10_v5", _A10, 72, 880, (1, 2), 2, "NVIDIA A10-24Q", ephemeral_gib=2880),
)

_OFFERED_IN_2021 = frozenset({_DV2, _DSV2, _DSV3, _NC, _NCV2, _NCV3, _T4, _A100_SXM})
_RETIRED_IN_2026 = frozenset({_NC, _NCV2, _NCV3})


def _sizes(families: Collection[str], *, retired: frozenset[str] = frozenset()) -> Mapping[str, VmSize]:
    offered = (replace(size, retired=size.family in retired) for size in _CATALOG if size.family in families)
    return MappingProxyType({size.name.lower(): size for size in offered})


_ERA_2021 = Era(
    name="2021",
    kubernetes_versions=("1.19.11", "1.20.5", "1.20.7", "1.21.1"),
    default_version="1.20.7",
    default_vm_size="Standard_DS2_v2",
    default_network_plugin="kubenet",
    cluster_sku="Basic",
    sizes=_sizes(_OFFERED_IN_2021),
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
    keeps_empty_taints=True,
)

_ERA_2026 = Era(
    name="2026",
    kubernetes_versions=("1.33.12", "1.34.8", "1.35.5", "1.36.2"),
    default_version="1.34.8",
    default_vm_size="Standard_D4s_v5",
    default_network_plugin="azure",
    cluster_sku="Base",
    sizes=_sizes(SOURCES, retired=_RETIRED_IN_2026),
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
    features=frozenset({"GPUDedicatedVHDPreview", "ManagedGPUExperiencePreview", "AKSInfinibandSupport"}),
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
    keeps_empty_taints=False,
)

ERAS: Mapping[str, Era] = MappingProxyType({era.name: era for era in (_ERA_2021, _ERA_2026)})
