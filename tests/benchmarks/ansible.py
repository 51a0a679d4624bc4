# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as users run them: ansible-playbook, from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks import processes
from tests.benchmarks.figures import flaws, recap
from tests.benchmarks.processes import Usage
from tests.benchmarks.report import OUTPUT, REPOSITORY, BenchError

Task = Mapping[str, Any]
OURS = REPOSITORY / ".venv" / "bin"
# The peers' venv: the package ansible with the collections azure.azcollection and kubernetes.core, on the same ansible-core.
THEIRS = REPOSITORY / ".venv-azcollection" / "bin"
CONTROLLERS_OWN = "{{ ansible_playbook_python }}"


@dataclass(frozen=True)
class Ansible:
    """An ansible-core with its collections, and the Python that runs its modules."""

    bin: Path
    env: Mapping[str, str]
    interpreter: str = CONTROLLERS_OWN

    def play(
        self, name: str, tasks: Sequence[Task], *, inventory: Path | None = None, hosts: int = 1, forks: int = 5, may_change: bool = False
    ) -> Usage:
        """Run tasks on localhost, or on an inventory's hosts. Raises BenchError if anything fails, or changes although it may not."""
        playbook = OUTPUT / f"{name}.yml"
        play = {
            "hosts": "all" if inventory else "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": self.interpreter},
            "tasks": list(tasks),
        }
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        options = ["--inventory", str(inventory)] if inventory else []
        return self.run(name, playbook, *options, "--forks", str(forks), hosts=hosts if tasks else 0, may_change=may_change)

    def run(self, name: str, playbook: Path, *options: str, hosts: int = 1, may_change: bool = True) -> Usage:
        """Run a playbook; its output is in the log of that name."""
        log = OUTPUT / f"{name}.log"
        usage = processes.run(self.command(playbook, *options), env=self.environment, log=log)
        check(name, log, hosts=hosts, may_change=may_change)
        return usage

    def command(self, playbook: Path, *options: str) -> list[str | Path]:
        """The command line."""
        return [self.bin / "ansible-playbook", playbook, *options]

    @property
    def environment(self) -> dict[str, str]:
        """The command's environment: what was given, without colours and without warnings about the inventory."""
        quiet = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0"}
        return {**self.env, **quiet, "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "collections")}


def check(name: str, log: Path, *, hosts: int, may_change: bool) -> None:
    """Refuse a run that is none. Raises BenchError."""
    found = flaws(recap(log.read_text()), hosts=hosts, may_change=may_change)
    if found:
        raise BenchError(f"{name} has not done what was to be measured: {', '.join(found[:5])}. See {log}")


def wrapped_python() -> str:
    """An interpreter that is the venv's own under another path, so that tasks go through the module door."""
    wrapper = OUTPUT / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {OURS / "python"} "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)
