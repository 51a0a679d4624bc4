# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command in a copy of the collection at .../ansible_collections/gpuops/aks, where ansible-test insists to be.

`python -m tests.collection_copy [--sanity-home] COMMAND...`. The copy holds what git knows or would add.
--sanity-home gives ansible-test a home of its own, with an installer of pip that needs nothing but the package index:
its own one comes from a host that not every network reaches.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPY = ROOT / "build" / "copy" / "ansible_collections" / "gpuops" / "aks"
HOME = ROOT / "build" / "sanity-home"
# ansible-core names the file after the pip version that it pins.
_PIP_VERSION = "24.2"
_GET_PIP = f"""import ensurepip, subprocess, sys
ensurepip.bootstrap()
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "pip=={_PIP_VERSION}"])
"""


def copy() -> None:
    """Make the copy anew."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.is_file() and not name.startswith("collections/"):
            target = COPY / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def sanity_home() -> None:
    """A home directory with ansible-test's cache in it."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{_PIP_VERSION.replace('.', '_')}.py").write_text(_GET_PIP)


def main() -> int:
    """Copy, then run; exits as the command does."""
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    if arguments[0] == "--sanity-home":
        arguments = arguments[1:]
        sanity_home()
        environment["HOME"] = str(HOME)
    copy()
    return subprocess.run(arguments, cwd=COPY, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
