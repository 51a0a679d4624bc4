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


def main() -> int:
    """Build the artifact from a copy and import it; exits as the importer does."""
    with tempfile.TemporaryDirectory(prefix="gpuops-aks-import-") as directory:
        place = Path(directory)
        collection_copy.copy(place / "source")
        build = ["ansible-galaxy", "collection", "build", "--output-path", directory, str(place / "source")]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (artifact,) = place.glob("*.tar.gz")
        run = subprocess.run(
            [sys.executable, "-m", "galaxy_importer.main", artifact.name],
            cwd=place,
            env={**os.environ, **_SETTINGS},
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode:
        sys.stdout.write(run.stdout + run.stderr)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
