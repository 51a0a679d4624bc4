# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Azure VM sizes with GPUs that this collection knows, one row per series and size.

It only fills gaps: where Azure itself answers, its answer counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Series:
    """What the sizes of a series have in common.

    family: under which Azure counts their vCPUs. memory: GB of one whole GPU, 0 if no source says it. generations: of virtual machines.
    driver: what AKS installs: cuda-lts, cuda (older ones), grid (licensed, only AKS has it), none. systems: on which AKS installs it.
    mig: whether AKS can partition the GPU. retired: the date (ISO) from which Azure no longer provisions it.
    source: a page of Microsoft's documentation, under learn.microsoft.com/azure/virtual-machines/sizes/.
    """

    family: str
    gpu_model: str
    memory: int
    generations: tuple[int, ...]
    driver: str
    systems: tuple[str, ...]
    source: str
    mig: bool = False
    architecture: str = "x64"
    vendor: str = "nvidia"
    retired: str | None = None


@dataclass(frozen=True)
class GpuSize:
    """An Azure VM size with GPUs.

    gpus: devices that Kubernetes sees on a node. share: which part of a GPU one device is, as in "1/6".
    successor: the size to move to, None if none is needed.
    """

    name: str
    series: Series
    gpus: int
    vcpus: int
    share: str = "1"
    successor: str | None = None

    @property
    def gpu_model(self) -> str:
        """The GPU as NVIDIA's tools print it."""
        return self.series.gpu_model

    @property
    def retired(self) -> str | None:
        """The date (ISO) from which Azure no longer provisions it."""
        return self.series.retired

    @property
    def gpu_memory(self) -> int:
        """GB that one device has, 0 if no source says it."""
        return self.series.memory // int(self.share.partition("/")[2] or 1)


_UBUNTU = ("Ubuntu",)
_NO_AZURE_LINUX = ("Ubuntu", "Windows")
_ALL = ("Ubuntu", "Windows", "AzureLinux")

# Sources other than the named pages. vCPUs, families, GPUs: Aspire's AksNodeVmSizes, generated from Microsoft.Compute/skus of all regions.
# Drivers: AgentBaker's aks-node-controller/pkg/gpu/skus.go. Systems: karpenter-provider-azure's supported-gpus.yaml. MIG: AKS' page
# gpu-multi-instance. Retirement and successors: sizes/lifecycle/retirements-and-capacity-restrictions, the guides that it links, and
# sizes/lifecycle/retirement/n-series-migration; where those name a series only, its size of the nearest vCPU count.
_NC = Series("standardNCFamily", "Tesla K80", 12, (1,), "cuda", _NO_AZURE_LINUX, "gpu-accelerated/nc-family", retired="2023-09-06")
_NC_PROMO = replace(_NC, family="standardNCPromoFamily")
_NCV2 = replace(_NC, family="standardNCSv2Family", gpu_model="Tesla P100-PCIE-16GB", memory=16, generations=(1, 2))
_NCV3 = Series("standardNCSv3Family", "Tesla V100-PCIE-16GB", 16, (1, 2), "cuda", _ALL, "gpu-accelerated/ncv3-series", retired="2025-09-30")
_NCAST4 = Series("Standard NCASv3_T4 Family", "Tesla T4", 16, (1, 2), "cuda-lts", _ALL, "gpu-accelerated/ncast4v3-series")
_NCADSA10 = Series("StandardNCADSA10v4Family", "NVIDIA A10", 0, (), "grid", _NO_AZURE_LINUX, "gpu-accelerated/nc-family")
_NCADSA100 = Series(
    "StandardNCADSA100v4Family", "NVIDIA A100 80GB PCIe", 80, (2,), "cuda-lts", _ALL, "gpu-accelerated/nca100v4-series", mig=True
)
_NCADSH100 = Series(
    "StandardNCadsH100v5Family", "NVIDIA H100 NVL", 94, (2,), "cuda-lts", _ALL, "gpu-accelerated/ncadsh100v5-series", mig=True
)
# Confidential: the driver has to be a signed one, which the GPU Operator brings (AKS' page use-confidential-gpus).
_NCCADSH100 = Series("StandardNCCads2023Family", "NVIDIA H100 NVL", 94, (2,), "none", _UBUNTU, "gpu-accelerated/nccadsh100v5-series")
_NCRTX = Series(
    "StandardNCdsRTXPRO6000BSEv6XLFamily", "NVIDIA RTX PRO 6000 Blackwell Server Edition", 96, (2,), "grid", _UBUNTU,
    "gpu-accelerated/nc-rtxpro6000-bse-v6-series",
)  # fmt: skip
_ND = Series("standardNDSFamily", "Tesla P40", 24, (1, 2), "cuda", _NO_AZURE_LINUX, "gpu-accelerated/nd-series", retired="2023-09-06")
_NDV2 = Series("standardNDSv2Family", "Tesla V100-SXM2-32GB", 32, (2,), "cuda-lts", _ALL, "gpu-accelerated/ndv2-series")
_NDASRA100 = Series(
    "Standard NDASv4_A100 Family", "NVIDIA A100-SXM4-40GB", 40, (2,), "cuda-lts", _ALL, "gpu-accelerated/ndasra100v4-series", mig=True
)
_NDMA100 = Series(
    "standard NDAMSv4_A100Family", "NVIDIA A100-SXM4-80GB", 80, (2,), "cuda-lts", _ALL, "gpu-accelerated/ndma100v4-series", mig=True
)
_NDH100 = Series(
    "standardNDSH100v5Family", "NVIDIA H100 80GB HBM3", 80, (2,), "cuda-lts", _ALL, "gpu-accelerated/ndh100v5-series", mig=True
)
# The same machines with another InfiniBand or none; families and systems: karpenter-provider-azure's supported-gpus.yaml.
_NDH100F = replace(_NDH100, family="standardNDSFH100v5Family")
_NDMA100_NO_RDMA = replace(_NDMA100, family="standardNDAMSv4A100noRDMAFamily")
_NDMA100F = replace(_NDMA100, family="standardNDAMSFv4_A100Family")
_NDH200 = Series("standardNDISRH200V5Family", "NVIDIA H200", 141, (2,), "cuda-lts", _ALL, "gpu-accelerated/nd-h200-v5-series", mig=True)
_NDH200F = replace(_NDH200, family="standardNDSFH200v5Family")
_NDGB200 = Series(
    "standardNDISRGB200V6NDRFamily", "NVIDIA GB200", 192, (2,), "cuda-lts", _UBUNTU, "gpu-accelerated/nd-gb200-v6-series",
    architecture="Arm64",
)  # fmt: skip
_NDGB300 = replace(
    _NDGB200, family="standardNDISRGB300V6Family", gpu_model="NVIDIA GB300", memory=288, source="gpu-accelerated/nd-gb300-v6-series"
)
_NV = Series("standardNVFamily", "Tesla M60", 0, (1,), "cuda", _NO_AZURE_LINUX, "gpu-accelerated/nv-series", retired="2023-09-06")
_NV_PROMO = replace(_NV, family="standardNVPromoFamily")
_NVV3 = replace(_NV, family="standardNVSv3Family", generations=(1, 2), retired="2026-09-30", source="gpu-accelerated/nvv3-series")
_NVADSA10 = Series("StandardNVADSA10v5Family", "NVIDIA A10", 24, (1, 2), "grid", _NO_AZURE_LINUX, "gpu-accelerated/nvadsa10v5-series")
# AMD's: AKS installs no driver on them (AKS' page use-amd-gpus).
_NVV4 = Series(
    "standardNVSv4Family", "AMD Radeon Instinct MI25", 16, (1, 2), "none", (), "gpu-accelerated/nvv4-series", vendor="amd",
    retired="2026-09-30",
)  # fmt: skip
_NVV710 = Series(
    "StandardNVadsV710v5Family", "AMD Radeon PRO V710", 24, (2,), "none", (), "gpu-accelerated/nvadsv710-v5-series", vendor="amd"
)
_MI300X = Series(
    "standardNDISv5MI300XFamily", "AMD Instinct MI300X", 192, (2,), "none", (), "gpu-accelerated/ndmi300xv5-series", vendor="amd"
)

SIZES = (
    GpuSize("Standard_NC6", _NC, 1, 6, successor="Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12", _NC, 2, 12, successor="Standard_NC16as_T4_v3"),
    GpuSize("Standard_NC24", _NC, 4, 24, successor="Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC24r", _NC, 4, 24, successor="Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC6_Promo", _NC_PROMO, 1, 6, successor="Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12_Promo", _NC_PROMO, 2, 12, successor="Standard_NC16as_T4_v3"),
    GpuSize("Standard_NC24_Promo", _NC_PROMO, 4, 24, successor="Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC24r_Promo", _NC_PROMO, 4, 24, successor="Standard_NC64as_T4_v3"),
    GpuSize("Standard_NC6s_v2", _NCV2, 1, 6, successor="Standard_NC24ads_A100_v4"),
    GpuSize("Standard_NC12s_v2", _NCV2, 2, 12, successor="Standard_NC48ads_A100_v4"),
    GpuSize("Standard_NC24s_v2", _NCV2, 4, 24, successor="Standard_NC96ads_A100_v4"),
    GpuSize("Standard_NC24rs_v2", _NCV2, 4, 24, successor="Standard_NC96ads_A100_v4"),
    GpuSize("Standard_NC6s_v3", _NCV3, 1, 6, successor="Standard_NC4as_T4_v3"),
    GpuSize("Standard_NC12s_v3", _NCV3, 2, 12, successor="Standard_NC40ads_H100_v5"),
    GpuSize("Standard_NC24s_v3", _NCV3, 4, 24, successor="Standard_NC40ads_H100_v5"),
    GpuSize("Standard_NC24rs_v3", _NCV3, 4, 24, successor="Standard_NC40ads_H100_v5"),
    GpuSize("Standard_NC4as_T4_v3", _NCAST4, 1, 4),
    GpuSize("Standard_NC8as_T4_v3", _NCAST4, 1, 8),
    GpuSize("Standard_NC16as_T4_v3", _NCAST4, 1, 16),
    GpuSize("Standard_NC64as_T4_v3", _NCAST4, 4, 64),
    GpuSize("Standard_NC8ads_A10_v4", _NCADSA10, 1, 8),
    GpuSize("Standard_NC16ads_A10_v4", _NCADSA10, 1, 16),
    GpuSize("Standard_NC32ads_A10_v4", _NCADSA10, 2, 32),
    GpuSize("Standard_NC24ads_A100_v4", _NCADSA100, 1, 24),
    GpuSize("Standard_NC48ads_A100_v4", _NCADSA100, 2, 48),
    GpuSize("Standard_NC96ads_A100_v4", _NCADSA100, 4, 96),
    GpuSize("Standard_NC40ads_H100_v5", _NCADSH100, 1, 40),
    GpuSize("Standard_NC80adis_H100_v5", _NCADSH100, 2, 80),
    GpuSize("Standard_NCC40ads_H100_v5", _NCCADSH100, 1, 40),
    GpuSize("Standard_NC24lds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 24, share="1/4"),
    GpuSize("Standard_NC36ds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 36, share="1/4"),
    GpuSize("Standard_NC36lds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 36, share="1/4"),
    GpuSize("Standard_NC72ds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 72, share="1/2"),
    GpuSize("Standard_NC72lds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 72, share="1/2"),
    GpuSize("Standard_NC144ds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 144),
    GpuSize("Standard_NC144lds_xl_RTXPRO6000BSE_v6", _NCRTX, 1, 144),
    GpuSize("Standard_NC288ds_xl_RTXPRO6000BSE_v6", _NCRTX, 2, 288),
    GpuSize("Standard_NC288lds_xl_RTXPRO6000BSE_v6", _NCRTX, 2, 288),
    GpuSize("Standard_ND6s", _ND, 1, 6, successor="Standard_NC4as_T4_v3"),
    GpuSize("Standard_ND12s", _ND, 2, 12, successor="Standard_NC16as_T4_v3"),
    GpuSize("Standard_ND24s", _ND, 4, 24, successor="Standard_NC64as_T4_v3"),
    GpuSize("Standard_ND24rs", _ND, 4, 24, successor="Standard_ND96amsr_A100_v4"),
    GpuSize("Standard_ND40rs_v2", _NDV2, 8, 40),
    GpuSize("Standard_ND96asr_v4", _NDASRA100, 8, 96),
    GpuSize("Standard_ND96amsr_A100_v4", _NDMA100, 8, 96),
    GpuSize("Standard_ND96ams_A100_v4", _NDMA100_NO_RDMA, 8, 96),
    GpuSize("Standard_ND96amsf_A100_v4", _NDMA100_NO_RDMA, 8, 96),
    GpuSize("Standard_ND96amsrf_A100_v4", _NDMA100F, 8, 96),
    GpuSize("Standard_ND96is_H100_v5", _NDH100, 8, 96),
    GpuSize("Standard_ND96is_flex_H100_v5", _NDH100, 8, 96),
    GpuSize("Standard_ND96isf_H100_v5", _NDH100F, 8, 96),
    GpuSize("Standard_ND96isr_H100_v5", _NDH100, 8, 96),
    GpuSize("Standard_ND96isrf_H100_v5", _NDH100F, 8, 96),
    GpuSize("Standard_ND96is_H200_v5", _NDH200, 8, 96),
    GpuSize("Standard_ND96isf_H200_v5", _NDH200F, 8, 96),
    GpuSize("Standard_ND96isr_H200_v5", _NDH200, 8, 96),
    GpuSize("Standard_ND96isrf_H200_v5", _NDH200F, 8, 96),
    GpuSize("Standard_ND128isr_NDR_GB200_v6", _NDGB200, 4, 128),
    GpuSize("Standard_ND128isr_GB300_v6", _NDGB300, 4, 128),
    GpuSize("Standard_ND96is_MI300X_v5", _MI300X, 8, 96),
    GpuSize("Standard_ND96isr_MI300X_v5", _MI300X, 8, 96),
    GpuSize("Standard_NV6", _NV, 1, 6, successor="Standard_NV6ads_A10_v5"),
    GpuSize("Standard_NV12", _NV, 2, 12, successor="Standard_NV12ads_A10_v5"),
    GpuSize("Standard_NV24", _NV, 4, 24, successor="Standard_NV36ads_A10_v5"),
    GpuSize("Standard_NV6_Promo", _NV_PROMO, 1, 6, successor="Standard_NV6ads_A10_v5"),
    GpuSize("Standard_NV12_Promo", _NV_PROMO, 2, 12, successor="Standard_NV12ads_A10_v5"),
    GpuSize("Standard_NV24_Promo", _NV_PROMO, 4, 24, successor="Standard_NV36ads_A10_v5"),
    GpuSize("Standard_NV12s_v3", _NVV3, 1, 12, successor="Standard_NV12ads_A10_v5"),
    GpuSize("Standard_NV24s_v3", _NVV3, 2, 24, successor="Standard_NV18ads_A10_v5"),
    GpuSize("Standard_NV48s_v3", _NVV3, 4, 48, successor="Standard_NV36ads_A10_v5"),
    GpuSize("Standard_NV6ads_A10_v5", _NVADSA10, 1, 6, share="1/6"),
    GpuSize("Standard_NV12ads_A10_v5", _NVADSA10, 1, 12, share="1/3"),
    GpuSize("Standard_NV18ads_A10_v5", _NVADSA10, 1, 18, share="1/2"),
    GpuSize("Standard_NV36ads_A10_v5", _NVADSA10, 1, 36),
    GpuSize("Standard_NV36adms_A10_v5", _NVADSA10, 1, 36),
    GpuSize("Standard_NV72ads_A10_v5", _NVADSA10, 2, 72),
    GpuSize("Standard_NV4as_v4", _NVV4, 1, 4, share="1/8", successor="Standard_NV6ads_A10_v5"),
    GpuSize("Standard_NV8as_v4", _NVV4, 1, 8, share="1/4", successor="Standard_NV6ads_A10_v5"),
    GpuSize("Standard_NV16as_v4", _NVV4, 1, 16, share="1/2", successor="Standard_NV18ads_A10_v5"),
    GpuSize("Standard_NV32as_v4", _NVV4, 1, 32, successor="Standard_NV36ads_A10_v5"),
    GpuSize("Standard_NV4ads_V710_v5", _NVV710, 1, 4, share="1/6"),
    GpuSize("Standard_NV8ads_V710_v5", _NVV710, 1, 8, share="1/3"),
    GpuSize("Standard_NV12ads_V710_v5", _NVV710, 1, 12, share="1/2"),
    GpuSize("Standard_NV24ads_V710_v5", _NVV710, 1, 24),
    GpuSize("Standard_NV28adms_V710_v5", _NVV710, 1, 28),
)
