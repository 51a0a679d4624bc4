# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab's sizes beside the product's: the two never read each other, so this is where a size that only one of them has is noticed.

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.options import POOL_OPTIONS
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.floors import data_sheet
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.catalog import SIZES, GpuSize

from tests import lab
from tests.lab.arm.model.pools.pool import IMMUTABLE, NODE_CONFIGURATION
from tests.lab.eras import ERAS, SOURCES, VmSize
from tests.lab.gpu_models import MODELS
from tests.unit.proof.test_kernels import ARCHITECTURES

# How fast the lab's GPUs work: the beginning of each row of its table.
_SPEED_ROW = re.compile(r'\{"([^"]*)",')
_SPEEDS = _SPEED_ROW.findall((Path(lab.__file__).parent / "gpu" / "speed.c").read_text())
LAB = {name: size for era in ERAS.values() for name, size in era.sizes.items()}
PRODUCT = {size.name.lower(): size for size in SIZES}
# Series that nobody can try in the lab: other makers' GPUs, other processors, partial GPUs and images that it doesn't play, or too alike.
NOT_IN_THE_LAB = {
    "standardNCPromoFamily",
    "StandardNCADSA10v4Family",
    "StandardNCCads2023Family",
    "StandardNCdsRTXPRO6000BSEv6XLFamily",
    "standardNDSFamily",
    "standardNDSv2Family",
    "standard NDAMSv4_A100Family",
    "standardNDISRH200V5Family",
    "standardNDAMSv4A100noRDMAFamily",
    "standardNDAMSFv4_A100Family",
    "standardNDSFH100v5Family",
    "standardNDSFH200v5Family",
    "standardNDISRGB200V6NDRFamily",
    "standardNDISRGB300V6Family",
    "standardNDISv5MI300XFamily",
    "standardNVFamily",
    "standardNVPromoFamily",
    "standardNVSv3Family",
    "standardNVSv4Family",
    "StandardNVadsV710v5Family",
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_a_size_of_the_product_can_be_tried_in_the_lab_or_its_series_is_listed_here(size: GpuSize) -> None:
    listed = size.series.family in NOT_IN_THE_LAB
    assert (size.name.lower() in LAB) is not listed, f"add {size.name} to tests/lab/eras.py, with its source, or its family to this list"


@pytest.mark.parametrize("size", [size for size in LAB.values() if size.gpus], ids=lambda size: size.name)
def test_lab_and_product_say_the_same_of_a_gpu_size(size: VmSize) -> None:
    known = PRODUCT[size.name.lower()]
    assert (size.name, size.family, size.cpus, size.gpus) == (known.name, known.series.family, known.vcpus, known.gpus)
    assert size.generations == known.series.generations
    assert size.gpu_model is not None
    assert size.gpu_model.startswith(known.series.gpu_model)
    assert size.mig is known.series.mig
    assert SOURCES[size.family] in {known.series.source, "gpu-accelerated/nc-family"}


def whole(size: VmSize) -> bool:
    """Whether the GPUs of a machine are whole ones, not shares of one (vGPU)."""
    return bool(size.gpus) and not str(size.gpu_model).endswith("Q")


@pytest.mark.parametrize("size", [size for size in LAB.values() if whole(size)], ids=lambda size: size.name)
def test_model_of_the_lab_has_the_memory_and_the_architecture_of_the_products(size: VmSize) -> None:
    series, wrong = PRODUCT[size.name.lower()].series, f"correct {size.gpu_model} in MODELS of tests/lab/gpu_models.py"
    model = MODELS[str(size.gpu_model)]
    # The driver keeps a part of the memory, and data sheets count by thousands.
    assert 0.9 * series.memory < model.memory_gib < series.memory, wrong
    assert "sm_{}{}".format(*model.capability) == ARCHITECTURES[series.gpu_model], wrong


@pytest.mark.parametrize("size", LAB.values(), ids=lambda size: size.name)
def test_each_size_of_the_lab_has_a_source_and_is_whole(size: VmSize) -> None:
    assert re.fullmatch(r"(general-purpose|gpu-accelerated)/[a-z0-9-]+", SOURCES[size.family])
    assert size.cpus > 0
    assert size.memory_gib >= 3 * size.cpus
    assert set(size.generations) <= {1, 2}
    assert bool(size.gpus) is bool(size.gpu_model)
    assert size.ephemeral_gib >= 0


def test_no_source_is_left_without_a_size() -> None:
    assert set(SOURCES) == {size.family for size in LAB.values()}


@pytest.mark.parametrize("model", sorted({size.series.gpu_model for size in SIZES if size.series.vendor == "nvidia"}))
def test_a_model_has_a_data_sheet_and_its_speed_in_the_lab(model: str) -> None:
    assert data_sheet(model) is not None, f"add {model} to DATA_SHEETS of _core/proof/floors.py"
    row = next(name for name in _SPEEDS if name in model)
    assert row, f"add {model} to SHEETS of tests/lab/gpu/speed.c: its last row is for models that nobody knows"


def test_what_the_product_takes_for_fixed_is_fixed_in_the_lab() -> None:
    fixed = {option.path[0] for option in POOL_OPTIONS if option.fixed}
    assert fixed - {*IMMUTABLE, *NODE_CONFIGURATION} == set(), "add these to IMMUTABLE of tests/lab/arm/model/pools/pool.py"
