# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command with a lab around it: `python -m tests.in_lab DIR [--era 2021] [--speed 240] -- COMMAND...`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.lab.config import DEFAULT_SPEED


@contextmanager
def lab(directory: Path, *, era: str, speed: float = DEFAULT_SPEED) -> Iterator[Mapping[str, str]]:
    """A lab in the directory while the context lasts; yields the environment that points clients at it."""
    command = [sys.executable, "-m", "tests.lab"]
    subprocess.run([*command, "down", "--dir", str(directory)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*command, "up", "--dir", str(directory), "--era", era, "--speed", f"{speed:g}"], check=True)
    try:
        yield environment(directory / "env")
    finally:
        subprocess.run([*command, "down", "--dir", str(directory)], check=True)


def environment(file: Path) -> dict[str, str]:
    """What a shell has after sourcing one of the lab's env files."""
    shell = subprocess.run(["sh", "-c", '. "$0" && env -0', str(file.resolve())], check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)


def main() -> int:
    """Bring the lab up, run the command, take the lab down; exits as the command does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--era", default="2026")
    parser.add_argument("--speed", type=float, default=DEFAULT_SPEED)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    with lab(arguments.directory, era=arguments.era, speed=arguments.speed) as environment:
        return subprocess.run(arguments.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
