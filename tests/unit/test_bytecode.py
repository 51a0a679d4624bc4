# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""With tests/bytecode on PYTHONPATH, code from its cache is the code of the source that is imported."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path

HOOK = Path(__file__).parents[1] / "bytecode"


def printed(program: str, *path: Path) -> str:
    """What a new Python prints that has the hook."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (HOOK, *path)))}
    return subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True).stdout.strip()


def archive(folder: Path, source: str) -> Path:
    """A zip file with one module."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "modules.zip", "w") as file:
        file.writestr("shown.py", source)
    return folder / "modules.zip"


def test_module_of_a_zip_file_says_its_own_file_and_a_changed_one_its_own_value(tmp_path: Path) -> None:
    unique = uuid.uuid4().hex  # otherwise the cache has it from an earlier run
    source = f"def value():\n    return '{unique}'\n"
    show = "import shown; print(shown.value(), shown.value.__code__.co_filename)"
    for name, content, value in (("new", source, unique), ("kept", source, unique), ("changed", source.replace(unique, "other"), "other")):
        modules = archive(tmp_path / name, content)
        assert printed(show, modules) == f"{value} {modules}{os.sep}shown.py"


def test_python_and_ansible_take_the_cache() -> None:
    assert printed("import zipimport; print(zipimport._compile_source.__module__)") == "sitecustomize"
    loader = "from ansible.utils.collection_loader import _collection_finder"
    assert printed(f"{loader}; print(_collection_finder.compile.__module__)") == "sitecustomize"
