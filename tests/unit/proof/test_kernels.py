# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PTX is what the kernels' source compiles to, and assembles for every GPU that the collection knows."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.sizes.catalog import SIZES
from ansible_collections.gpuops.aks.plugins.module_utils._proof import kernels

from tests import proof_kernels
from tests.lab.gpu import build

from .proof_runs import failed, gpu, prove

HAS_COMPILERS = sys.platform == "linux" and platform.machine() == "x86_64"
needs_compilers = pytest.mark.skipif(
    not HAS_COMPILERS, reason="NVIDIA's compilers are installed on x86-64 Linux only (requirements-dev.txt)"
)

# By model, from NVIDIA's list of CUDA GPUs.
ARCHITECTURES = {
    "Tesla K80": "sm_37",
    "Tesla M60": "sm_52",
    "Tesla P100-PCIE-16GB": "sm_60",
    "Tesla P40": "sm_61",
    "Tesla V100-PCIE-16GB": "sm_70",
    "Tesla V100-SXM2-32GB": "sm_70",
    "Tesla T4": "sm_75",
    "NVIDIA A100 80GB PCIe": "sm_80",
    "NVIDIA A100-SXM4-40GB": "sm_80",
    "NVIDIA A100-SXM4-80GB": "sm_80",
    "NVIDIA A10": "sm_86",
    "NVIDIA H100 NVL": "sm_90",
    "NVIDIA H100 80GB HBM3": "sm_90",
    "NVIDIA H200": "sm_90",
    "NVIDIA GB200": "sm_100",
    "NVIDIA GB300": "sm_103",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition": "sm_120",
}
# CUDA 12's assembler doesn't know it. That of CUDA 11.8 (nvidia-cuda-nvcc-cu11), too large for one retired size, was tried on 2026-11-29.
NOT_ASSEMBLED = {"sm_37"}
NVIDIA_SIZES = [size for size in SIZES if size.series.vendor == "nvidia"]


@needs_compilers
def test_ptx_is_that_of_the_source() -> None:
    # In a process of its own: NVRTC changes the locale of the process that loads it.
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof_kernels", "--check"], cwd=proof_kernels.ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b""), "kernels.cu has changed: make proof-kernels"


def test_architecture_of_every_model_is_known() -> None:
    assert {size.gpu_model for size in NVIDIA_SIZES} == set(ARCHITECTURES), "ARCHITECTURES has each model of the catalog, and no other"


def test_only_retired_sizes_are_not_assembled() -> None:
    left_out = [size for size in NVIDIA_SIZES if ARCHITECTURES[size.gpu_model] in NOT_ASSEMBLED]
    assert left_out
    assert all(size.retired for size in left_out)


def test_results_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    one, seven = (
        prove(tmp_path, gpu(), level="train", LD_LIBRARY_PATH=str(build.libraries(*defined))) for defined in ((), ("LAB_THREADS=7u",))
    )
    (single,), (several,) = one.devices, seven.devices
    assert failed(single) == failed(several) == []
    assert single["challenge"] == several["challenge"]
    assert single["figures"]["train_curve"] == several["figures"]["train_curve"]


@needs_compilers
@pytest.mark.parametrize("architecture", sorted({*ARCHITECTURES.values(), "sm_50"} - NOT_ASSEMBLED))
def test_ptx_assembles(tmp_path: Path, architecture: str) -> None:
    source = tmp_path / "kernels.ptx"
    source.write_text(kernels.PTX)
    ptxas = proof_kernels.package("cuda_nvcc") / "bin" / "ptxas"
    command = [
        str(ptxas),
        "--gpu-name",
        architecture,
        "--verbose",
        "--warning-as-error",
        "--output-file",
        str(tmp_path / "kernels.cubin"),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" 0 bytes spill stores") == kernels.PTX.count(".entry ")
