# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make versions`: the chain on the oldest and on the newest versions that the collection says it runs with.

What is oldest comes from meta/runtime.yml and requirements.txt. Interpreters: OLDEST_PYTHON (python3.10) and NEWEST_PYTHON (python3).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.in_lab import lab

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "versions"
_REQUIREMENT = re.compile(r"^([\w-]+)>=([\w.]+)", re.MULTILINE)
_CHANGED = re.compile(r"^localhost .*changed=(\d+)", re.MULTILINE)


def oldest() -> list[str]:
    """The lower bounds of what the collection requires, as pip takes them."""
    core = str(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"])
    bounds = _REQUIREMENT.findall((ROOT / "requirements.txt").read_text())
    return [core.replace(">=", "ansible-core=="), *(f"{name}=={bound}" for name, bound in bounds)]


def newest() -> list[str]:
    """All that the collection requires, as new as it may be."""
    return ["ansible-core", "-r", str(ROOT / "requirements.txt")]


def environment(name: str, python: str, packages: list[str]) -> Path:
    """The programs of a venv with these packages."""
    interpreter = shutil.which(python)
    if interpreter is None:
        sys.exit(f"There is no {python} here: name an interpreter with {name.upper()}_PYTHON=...")
    subprocess.run([interpreter, "-m", "venv", BUILD / name], check=True)
    programs = BUILD / name / "bin"
    subprocess.run([programs / "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", *packages], check=True)
    return programs


def play(programs: Path, surroundings: Mapping[str, str], playbook: str, **variables: object) -> int:
    """Run a playbook; how many tasks have changed something. A failure, or a warning that something is deprecated, ends it all."""
    chosen = {
        "gpu_resource_group": "myResourceGroup",
        "gpu_cluster": "myAKSCluster",
        "gpu_create_cluster": True,
        "gpu_kubeconfig": str(BUILD / "kubeconfig"),
        **variables,
    }
    command = [str(programs / "ansible-playbook"), playbook, "--extra-vars", json.dumps(chosen)]
    run = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    counted = _CHANGED.search(run.stdout)
    if run.returncode or counted is None or "DEPRECATION WARNING" in run.stdout + run.stderr:
        sys.exit(f"{run.stdout}{run.stderr}\n{playbook} with {programs}: exit status {run.returncode}")
    return int(counted[1])


def chain(programs: Path) -> None:
    """Everything is made, found as it is through both entry points, and taken away."""
    version = subprocess.run([programs / "ansible", "--version"], check=True, capture_output=True, text=True).stdout
    with lab(BUILD / "lab", era="2026") as surroundings:
        made = play(programs, surroundings, "site.yml")
        again = play(programs, surroundings, "site.yml")
        as_modules = play(programs, surroundings, "site.yml", gpuops_in_process=False)
        removed = play(programs, surroundings, "playbooks/teardown.yml")
    core, python = re.findall(r"(?:core |python version = )([\d.]+)", version)
    print(f"ansible-core {core}, Python {python}: {made} changes, {again} again, {as_modules} as modules, {removed} by teardown")
    if not made or again or as_modules or not removed:
        sys.exit("A first run and the teardown change something, and what is between them nothing.")


def main() -> None:
    """Both ends of what is supported."""
    chain(environment("oldest", os.environ.get("OLDEST_PYTHON", "python3.10"), oldest()))
    chain(environment("newest", os.environ.get("NEWEST_PYTHON", "python3"), newest()))


if __name__ == "__main__":
    main()
