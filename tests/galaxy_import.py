# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import the collection's artifact as Galaxy does: `python -m tests.galaxy_import`. Fails where Galaxy would refuse it, and prints why.

Galaxy runs the same program (https://github.com/ansible/galaxy-importer) on every upload. Its ansible-lint run is left out: `make lint`
runs ansible-lint with a stricter profile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import collection_copy

_SETTINGS = {
    "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true",  # as Automation Hub does
    "GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER": "true",
    "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false",
}


def build(place: Path) -> Path:
    """The artifact, built in an empty folder from what git knows or would add."""
    with tempfile.TemporaryDirectory(prefix="gpuops-aks-source-") as source:
        collection_copy.copy(Path(source))
        command = ["ansible-galaxy", "collection", "build", "--output-path", str(place), source]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (artifact,) = place.glob("*.tar.gz")
    return artifact


def refusal(artifact: Path) -> str:
    """What the importer says of an artifact that Galaxy would refuse; empty if it takes it."""
    with tempfile.TemporaryDirectory(prefix="gpuops-aks-import-") as place:
        run = subprocess.run(
            [sys.executable, "-m", "galaxy_importer.main", str(artifact)],
            cwd=place,
            env={**os.environ, **_SETTINGS},
            capture_output=True,
            text=True,
            check=False,
        )
    return f"{run.stdout}{run.stderr}" if run.returncode else ""


def main() -> int:
    """Build and import; exits as the importer does."""
    with tempfile.TemporaryDirectory(prefix="gpuops-aks-artifact-") as place:
        said = refusal(build(Path(place)))
    sys.stdout.write(said)
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
