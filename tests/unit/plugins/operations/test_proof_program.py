# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's files as they reach the pod."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible_collections.gpuops.aks.plugins.module_utils import _proof
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.program import program_files

HERE = Path(_proof.__path__[0])


def test_every_file_of_the_program_is_in_it_unchanged() -> None:
    assert program_files() == {path.name: path.read_text() for path in HERE.glob("*.py") if path.name != "__main__.py"}


def test_files_fit_into_a_config_map() -> None:
    assert sum(len(name) + len(text.encode()) for name, text in program_files().items()) < 1024 * 1024


def test_files_alone_are_a_program(tmp_path: Path) -> None:
    package = tmp_path / "proof"
    package.mkdir()
    for name, text in program_files().items():
        (package / name).write_text(text)
    command = [sys.executable, "-B", "-m", "proof.main", "--level", "smoke", "--nonce", "0" * 32, "--timeout", "5"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"NODE_NAME": "a", "POD_UID": "b"})
    assert ran.returncode == 1
    assert '"visible": 0' in ran.stdout
