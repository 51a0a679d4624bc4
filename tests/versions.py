# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make versions`: the collection on every ansible-core that it promises to run with, each on its Pythons.

A cell is an ansible-core and a Python, such as 2.20/3.13: Galaxy's import, the sanity tests and the unit tests. The cells `oldest` and
`newest` are the whole chain on a lab, on the lower bounds of all requirements and on the newest versions. Without arguments all of them run
whose Python is installed. `--matrix` prints the cells for a workflow.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.in_lab import lab

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "versions"
# The Pythons of the controller:
# https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html#ansible-core-support-matrix (2026-11-30).
# Upstream has ended its support of 2.18 in May 2026, but a certified collection may not require a newer one as long as 2.19 is a technology
# preview in Automation Platform (ansible-collections/partner-certification-requirements 0ba21c31, docs/ansible-core-compatibility.md).
SUPPORTED = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
OLDEST_CORE, *_, NEWEST_CORE = SUPPORTED
ENDS = ("oldest", "newest")
_REQUIREMENT = re.compile(r"^([\w-]+)>=([\w.]+)", re.MULTILINE)
_IMPORTER = re.compile(r"^galaxy-importer==[\w.]+", re.MULTILINE)
_CHANGED = re.compile(r"^localhost .*changed=(\d+)", re.MULTILINE)


def cells() -> list[str]:
    """Every ansible-core with each of its Pythons."""
    return [f"{core}/{python}" for core, pythons in SUPPORTED.items() for python in pythons]


def oldest() -> list[str]:
    """The lower bounds of what the collection requires, as pip takes them."""
    core = str(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"])
    bounds = _REQUIREMENT.findall((ROOT / "requirements.txt").read_text())
    return [core.replace(">=", "ansible-core=="), *(f"{name}=={bound}" for name, bound in bounds)]


def newest() -> list[str]:
    """All that the collection requires, as new as it may be."""
    return [f"ansible-core=={NEWEST_CORE}.*", "-r", str(ROOT / "requirements.txt")]


def of_a_cell(core: str) -> list[str]:
    """What the checks of a cell need."""
    importer = _IMPORTER.search((ROOT / "requirements-dev.txt").read_text())
    assert importer is not None
    unit = ROOT / "tests" / "unit" / "requirements.txt"
    return [f"ansible-core=={core}.*", "-r", str(ROOT / "requirements.txt"), "-r", str(unit), importer[0]]


def interpreter(python: str) -> str | None:
    """The program python3.X, if it is installed; pyenv has one for each version in a folder of its own."""
    folders = sorted((Path.home() / ".pyenv" / "versions").glob(f"{python}.*/bin"))
    return shutil.which(f"python{python}", path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]))


def environment(name: str, python: str, packages: list[str]) -> Path:
    """The programs of a venv with these packages."""
    program = interpreter(python)
    if program is None:
        sys.exit(f"There is no python{python} here: install it, or name other cells with VERSIONS='...'.")
    subprocess.run([program, "-m", "venv", "--clear", BUILD / name], check=True)
    programs = BUILD / name / "bin"
    subprocess.run([programs / "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    return programs


def check(core: str, python: str) -> None:
    """Import the artifact, and run the sanity and the unit tests, all with the programs of the cell."""
    programs = environment(f"{core}-{python}", python, of_a_cell(core))
    surroundings = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for command in (
        ["python", "-m", "tests.galaxy_import"],
        ["python", "-m", "tests.collection_copy", "--sanity", "ansible-test", "sanity", "--venv", "--python", python],
        ["pytest", "tests/unit", "--quiet", "-p", "no:cacheprovider"],
    ):
        run = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{run.stdout}{run.stderr}\nansible-core {core} on Python {python}: {' '.join(command)}: {run.returncode}")
    print(f"ansible-core {core} on Python {python}: import, sanity and unit tests", flush=True)


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
    print(
        f"ansible-core {core}, Python {python}: {made} changes, {again} again, {as_modules} as modules, {removed} by teardown", flush=True
    )
    if not made or again or as_modules or not removed:
        sys.exit("A first run and the teardown change something, and what is between them nothing.")


def try_out(cell: str) -> None:
    """The checks of a cell, or the chain on one of the ends."""
    if cell == "oldest":
        chain(environment(cell, SUPPORTED[OLDEST_CORE][0], oldest()))
    elif cell == "newest":
        chain(environment(cell, next(installed(reversed(SUPPORTED[NEWEST_CORE]))), newest()))
    else:
        check(*cell.split("/"))


def installed(pythons: Iterator[str]) -> Iterator[str]:
    """Those of the Pythons that are installed."""
    return (python for python in pythons if interpreter(python))


def possible() -> Iterator[str]:
    """What can be tried on this machine; says what cannot."""
    for cell in cells():
        if interpreter(cell.split("/")[1]):
            yield cell
        else:
            print(f"ansible-core {cell.replace('/', ' on Python ')}: not tried, because the Python is not installed", file=sys.stderr)
    yield from ENDS


def main() -> None:
    """Try what was named, or all of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description="The collection on all supported versions.")
    parser.add_argument("--matrix", action="store_true", help="print the cells as JSON, for a workflow")
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"{', '.join(cells())}, {' or '.join(ENDS)}")
    arguments = parser.parse_args()
    if arguments.matrix:
        print(json.dumps([*cells(), *ENDS]))
        return
    unknown = {*arguments.cells} - {*cells(), *ENDS}
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: not supported; there are {', '.join([*cells(), *ENDS])}")
    for cell in arguments.cells or possible():
        try_out(cell)


if __name__ == "__main__":
    main()
