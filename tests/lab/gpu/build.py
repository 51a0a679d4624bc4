# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the stand-ins for libcuda and libnvidia-ml once and keeps them in the lab's cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.lab import build
from tests.lab.config import LabError

HERE = Path(__file__).parent
KERNELS = HERE.parents[2] / "plugins" / "module_utils" / "_proof" / "kernels.cu"
SHARED = ["devices.c"]
SOURCES = {
    "libcuda.so.1": [*SHARED, "speed.c", "kernels.c", "cuda_state.c", "cuda_device.c", "cuda_memory.c", "cuda_work.c"],
    "libnvidia-ml.so.1": [*SHARED, "nvml.c"],
}
FLAGS = ["-std=gnu11", "-O3", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
# A C compiler as a pip package, for machines that have none.
ZIG = "ziglang==0.14.1"


def libraries(*definitions: str) -> Path:
    """The directory with both libraries, for LD_LIBRARY_PATH; built first if the cache has none for these sources.

    Args:
        definitions: of the C preprocessor, as in LAB_THREADS=7.
    """
    target = build.cache_dir() / f"gpu-{source_hash(*definitions)}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                _build(target, definitions)
    return target


def source_hash(*definitions: str) -> str:
    """One hash over everything that decides what is built."""
    digest = hashlib.sha256()
    for path in [*sorted(HERE.glob("*.[ch]")), Path(__file__), KERNELS]:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    digest.update("\0".join(definitions).encode())
    return digest.hexdigest()


def _build(target: Path, definitions: tuple[str, ...]) -> None:
    partial = target.with_suffix(f".{os.getpid()}.partial")
    partial.mkdir()
    try:
        for library, sources in SOURCES.items():
            files = [str(HERE / source) for source in sources]
            flags = [*FLAGS, *(f"-D{each}" for each in definitions), f"-I{KERNELS.parent}"]
            command = [*compiler(), *flags, "-o", str(partial / library), f"-Wl,-soname,{library}", *files, "-lm"]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                raise LabError(f"{command[0]} failed with exit status {result.returncode}:\n{result.stderr}")
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def compiler() -> list[str]:
    """The command of a C compiler: the machine's, or else the one of the pip package, which is installed if it isn't there."""
    found = shutil.which("cc") or shutil.which("gcc")
    if found:
        return [found]
    if find_spec("ziglang") is None:
        print(f"lab: no C compiler on this machine, installing {ZIG} into {sys.prefix}", file=sys.stderr)
        build.pip_install(ZIG)
    return [sys.executable, "-m", "ziglang", "cc"]


def main() -> int:
    """Build if needed, and print the directory."""
    try:
        print(libraries())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
