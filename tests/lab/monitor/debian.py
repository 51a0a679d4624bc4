# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus for the lab: the one in PATH, or the program of Debian's package, unpacked into the cache and not installed."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab.build import cache_dir

_PATIENCE_S = 120


def prometheus() -> Path | None:
    """The program; None where there is neither one nor apt-get to get it with."""
    found = shutil.which("prometheus")
    if found:
        return Path(found)
    target = cache_dir() / "prometheus"
    if not target.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                _fetch(target)
    return target if target.exists() else None


def _fetch(target: Path) -> None:
    """Download the package and keep its program; without one if that fails, because a machine may have no network."""
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        got = subprocess.run(["apt-get", "download", "prometheus"], cwd=directory, capture_output=True, check=False, timeout=_PATIENCE_S)
        packages = list(Path(directory).glob("prometheus_*.deb"))
        if got.returncode == 0 and packages:
            subprocess.run(["dpkg-deb", "--extract", packages[0], f"{directory}/unpacked"], check=True, timeout=_PATIENCE_S)
            shutil.move(f"{directory}/unpacked/usr/bin/prometheus", target)
