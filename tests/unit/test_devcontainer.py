# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The image of the devcontainer builds the lab's Kubernetes from a few files; the clone in it then finds that build in the cache.

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab import build

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / ".devcontainer"
_BUILT = "/tmp/build/"  # noqa: S108  # in the image


def copied(into: Path) -> None:
    """Do what the COPY lines of the Dockerfile do."""
    for line in (FOLDER / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY "):
            *sources, target = line.split()[2:]
            place = into / target.removeprefix(_BUILT)
            for source in sources:
                path = REPOSITORY / source
                place.mkdir(parents=True, exist_ok=True)
                shutil.copytree(path, place, dirs_exist_ok=True) if path.is_dir() else shutil.copy(path, place)


def test_the_image_builds_what_the_clone_looks_for(tmp_path: Path) -> None:
    copied(tmp_path)
    program = "from tests.lab import build; print(build.source_hash())"
    run = subprocess.run([sys.executable, "-S", "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert run.stdout.strip() == build.source_hash()


def test_targets_of_make_exist() -> None:
    settings = json.loads((FOLDER / "devcontainer.json").read_text())
    makefile = (REPOSITORY / "Makefile").read_text()
    assert settings["postCreateCommand"] == "make lab-binary"
    assert "\nlab-binary:" in makefile
