# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that has its standard library and nothing else, for the programs of pods."""

from __future__ import annotations

import sys
from pathlib import Path


def make(directory: Path) -> Path:
    """An empty virtual environment; returns its interpreter.

    The packages of this machine's Python are not in the images that it stands in for, and what some of them run at each start takes
    longer than the start itself.
    """
    real = Path(sys.executable).resolve()
    program = directory / "bin" / "python3"
    program.parent.mkdir(parents=True)
    (directory / "pyvenv.cfg").write_text(f"home = {real.parent}\ninclude-system-site-packages = false\n")
    program.symlink_to(real)
    return program
