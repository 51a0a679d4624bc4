# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from datetime import date

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.lookup import (
    SIZES,
    GpuSize,
    gpu_model,
    known_size,
    may_have_gpus,
    size_advice,
)


@pytest.mark.parametrize(
    ("name", "model", "gpus"),
    [("Standard_NC6", "Tesla K80", 1), ("Standard_NC6s_v2", "Tesla P100-PCIE-16GB", 1), ("Standard_NC24s_v3", "Tesla V100-PCIE-16GB", 4),
     ("Standard_NC4as_T4_v3", "Tesla T4", 1), ("Standard_NC64as_T4_v3", "Tesla T4", 4),
     ("Standard_ND96isr_H100_v5", "NVIDIA H100 80GB HBM3", 8), ("Standard_ND96isrf_H100_v5", "NVIDIA H100 80GB HBM3", 8),
     ("Standard_ND96isrf_H200_v5", "NVIDIA H200", 8), ("Standard_ND96amsrf_A100_v4", "NVIDIA A100-SXM4-80GB", 8)],
)  # fmt: skip
def test_known_size_is_found_in_any_letter_case_with_its_gpus(name: str, model: str, gpus: int) -> None:
    for spelling in (name, name.lower(), name.upper()):
        size = known_size(spelling)
        assert size is not None, f"{spelling} is unknown"
        assert (size.name, size.gpu_model, size.gpus) == (name, model, gpus)
        assert gpu_model(spelling) == model


@pytest.mark.parametrize(
    ("name", "may"),
    [("Standard_NC4as_T4_v3", True), ("standard_nc_future", True), ("Standard_ND96isr_MI300X_v5", True), ("future", True), ("", True),
     ("Standard_D2s_v3", False), ("standard_e4s_v5", False), ("Standard_M8ms", False)],
)  # fmt: skip
def test_gpu_is_ruled_out_by_the_family_in_the_name(name: str, may: bool) -> None:
    assert may_have_gpus(name) is may


def test_unknown_size_has_no_entry_and_no_model() -> None:
    assert known_size("Standard_NC_future") is None
    assert gpu_model("Standard_NC_future") is None


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_retired_size_has_a_successor_that_is_not_retired(size: GpuSize) -> None:
    assert re.fullmatch(r"Standard_N[CDV]\w+", size.name)
    assert size.gpus >= 1
    assert bool(size.retired) is bool(size.successor)
    if size.retired:
        date.fromisoformat(size.retired)
        successor = known_size(size.successor)
        assert successor is not None, f"{size.successor} is not in the table"
        assert not successor.retired, f"{size.name} leads to {size.successor}, which is retired too"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_each_row_is_whole(size: GpuSize) -> None:
    series = size.series
    assert re.fullmatch(r"[Ss]tandard ?N\w+( Family)?", series.family), "quota is counted under this name"
    assert size.vcpus >= size.gpus
    assert re.fullmatch(r"1(/[2-8])?", size.share)
    assert set(series.generations) <= {1, 2}
    assert series.driver in {"cuda", "cuda-lts", "grid", "none"}
    assert series.vendor in {"nvidia", "amd"}
    assert series.architecture in {"x64", "Arm64"}, "as Microsoft.Compute spells it"
    assert set(series.systems) <= {"Ubuntu", "AzureLinux", "Windows"}
    assert series.source.startswith("gpu-accelerated/")
    assert not (series.mig and series.vendor != "nvidia")


@pytest.mark.parametrize(
    ("name", "gpus", "share", "memory"),
    [("Standard_NV6ads_A10_v5", 1, "1/6", 4), ("Standard_NV18ads_A10_v5", 1, "1/2", 12), ("Standard_NV72ads_A10_v5", 2, "1", 24),
     ("Standard_NC4as_T4_v3", 1, "1", 16), ("Standard_NC36ds_xl_RTXPRO6000BSE_v6", 1, "1/4", 24)],
)  # fmt: skip
def test_shared_gpu_is_one_device_with_its_share_of_the_memory(name: str, gpus: int, share: str, memory: int) -> None:
    size = known_size(name)
    assert size is not None
    assert (size.gpus, size.share, size.gpu_memory) == (gpus, share, memory)


def test_each_size_is_in_the_table_once() -> None:
    names = [size.name.lower() for size in SIZES]
    assert len(names) == len(set(names))


def test_advice_for_a_retired_size_is_its_successor() -> None:
    assert size_advice("standard_nc6") == "Standard_NC6 (Tesla K80) was retired on 2023-09-06; set vm_size to Standard_NC4as_T4_v3."


@pytest.mark.parametrize("name", ["Standard_NC4as_T4_v3", "Standard_Typo"])
def test_advice_for_any_other_size_is_to_list_skus(name: str) -> None:
    assert "az vm list-skus" in size_advice(name)
