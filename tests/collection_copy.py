# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command in a copy of the collection at .../ansible_collections/gpuops/aks, where ansible-test insists to be.

`python -m tests.collection_copy [--sanity] COMMAND...`. The copy holds what git knows or would add.
--sanity is for ansible-test's sanity checks. They are for what is published, so that the copy has no tests, which ruff and mypy check.
And it gives ansible-test a home of its own, with an installer of pip that copies ours, compiled, into each of the virtual environments:
its own one comes from a host that not every network reaches.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import files
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOME = ROOT / "build" / "sanity-home"
# What ansible-test reads itself.
_SANITY_CONFIG = "tests/config.yml"
# ansible-core names the file after the pip version that it pins: 2.18 and 2.19 the first, 2.20 and 2.21 the second.
_PIP_VERSIONS = ("24.2", "25.2")
_GET_PIP = """import pathlib, shutil, sysconfig
for folder in map(pathlib.Path, {folders!r}):
    shutil.copytree(folder, pathlib.Path(sysconfig.get_path("purelib")) / folder.name)
"""


def copy(destination: Path, *, tests: bool = True) -> None:
    """Copy every file that git knows or would add; tests: also the tests."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        left_out = name.startswith("collections/") or (name.startswith("tests/") and not tests and name != _SANITY_CONFIG)
        if source.is_file() and not left_out:
            target = destination / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def pip_settings() -> str:
    """The pip settings in force, as a pip.conf: ansible-test passes neither pip's variables on nor the real home."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    settings: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, value = line.split("=", 1)
        settings[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in settings.items())]) + "\n"


def pip_folders() -> list[str]:
    """Where the pip in force is: its package and what was noted of its installation."""
    (record,) = (file.locate() for file in files("pip") or () if file.name == "RECORD")
    installed = Path(str(record)).parent
    return [str(installed.parent / "pip"), str(installed)]


def sanity_home() -> None:
    """A home directory with ansible-test's cache and pip's settings in it."""
    configuration = HOME / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(pip_settings())
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in _PIP_VERSIONS:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_GET_PIP.format(folders=pip_folders()))


def main() -> int:
    """Copy, then run; exits as the command does."""
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    is_sanity = arguments[0] == "--sanity"
    if is_sanity:
        arguments = arguments[1:]
        sanity_home()
        environment["HOME"] = str(HOME)
    # Outside the repository, because ansible-test would ask the repository's git, which ignores copies.
    with tempfile.TemporaryDirectory(prefix="gpuops-aks-") as directory:
        place = Path(directory) / "ansible_collections" / "gpuops" / "aks"
        copy(place, tests=not is_sanity)
        return subprocess.run(arguments, cwd=place, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
