# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from datetime import date

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.sizes import _SIZES, GpuSize, gpu_model, known_size, size_advice


@pytest.mark.parametrize(
    ("name", "model", "gpus"),
    [("Standard_NC6", "Tesla K80", 1), ("Standard_NC6s_v2", "Tesla P100-PCIE-16GB", 1), ("Standard_NC24s_v3", "Tesla V100-PCIE-16GB", 4),
     ("Standard_NC4as_T4_v3", "Tesla T4", 1), ("Standard_NC64as_T4_v3", "Tesla T4", 4),
     ("Standard_ND96isr_H100_v5", "NVIDIA H100 80GB HBM3", 8)],
)  # fmt: skip
def test_a_size_is_known_with_its_gpus_whatever_the_case(name: str, model: str, gpus: int) -> None:
    for spelling in (name, name.lower(), name.upper()):
        size = known_size(spelling)
        assert size is not None, f"{spelling} is unknown"
        assert (size.name, size.gpu_model, size.gpus) == (name, model, gpus)
        assert gpu_model(spelling) == model


def test_an_unknown_size_gets_no_verdict() -> None:
    assert known_size("Standard_NC_future") is None
    assert gpu_model("Standard_NC_future") == ""


@pytest.mark.parametrize("size", _SIZES, ids=lambda size: size.name)
def test_a_retired_size_names_a_successor_that_is_not(size: GpuSize) -> None:
    assert re.fullmatch(r"Standard_N[CDV]\w+", size.name)
    assert size.gpus >= 1
    assert bool(size.retired) is bool(size.successor)
    if size.retired:
        date.fromisoformat(size.retired)
        successor = known_size(size.successor)
        assert successor is not None, f"{size.successor} is not in the table"
        assert not successor.retired, f"{size.name} leads to {size.successor}, which is retired too"


def test_each_size_is_in_the_table_once() -> None:
    names = [size.name.lower() for size in _SIZES]
    assert len(names) == len(set(names))


def test_the_advice_for_a_retired_size_is_its_successor() -> None:
    assert size_advice("standard_nc6") == "Standard_NC6 (Tesla K80) was retired on 2023-09-06; set vm_size to Standard_NC4as_T4_v3."


@pytest.mark.parametrize("name", ["Standard_NC4as_T4_v3", "Standard_Typo"])
def test_the_advice_for_any_other_size_is_to_ask_azure(name: str) -> None:
    assert "az vm list-skus" in size_advice(name)
