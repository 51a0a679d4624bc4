# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as users run them: ansible-playbook, from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks import processes
from tests.benchmarks.figures import flaws, recap
from tests.benchmarks.processes import Memory, Usage
from tests.benchmarks.report import OUTPUT, REPOSITORY, BenchError

Task = Mapping[str, Any]
OURS = REPOSITORY / ".venv" / "bin"
# The peers' venv: the package ansible with the collections azure.azcollection and kubernetes.core, on the same ansible-core.
THEIRS = REPOSITORY / ".venv-azcollection" / "bin"
# As for the implicit localhost; without it Ansible looks for an interpreter on each host of an inventory.
_INTERPRETER = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@dataclass(frozen=True)
class Ansible:
    """An ansible-core with its collections; variables are those of its plays."""

    bin: Path
    env: Mapping[str, str]
    variables: Mapping[str, object] = field(default_factory=dict)

    def play(
        self,
        name: str,
        tasks: Sequence[Task],
        *,
        inventory: Path | None = None,
        hosts: int = 1,
        forks: int = 5,
        memory: Memory | None = None,
    ) -> Usage:
        """Run tasks on localhost, or on an inventory's hosts, that change nothing. Raises BenchError if they do, or fail.

        hosts is how many have to answer: none where there is nothing to do.
        """
        playbook = self.write(name, tasks, hosts="all" if inventory else "localhost")
        options = ["--inventory", str(inventory)] if inventory else []
        return self.run(name, playbook, *options, "--forks", str(forks), hosts=hosts, may_change=False, memory=memory)

    def write(self, name: str, tasks: Sequence[Task], *, hosts: str = "localhost") -> Path:
        """A playbook of one play."""
        playbook = OUTPUT / f"{name}.yml"
        play = {"hosts": hosts, "gather_facts": False, "vars": {**_INTERPRETER, **self.variables}, "tasks": list(tasks)}
        playbook.write_text(yaml.safe_dump([play], sort_keys=False))
        return playbook

    def run(self, name: str, playbook: Path, *options: str, hosts: int = 1, may_change: bool = True, memory: Memory | None = None) -> Usage:
        """Run a playbook; its output is in the log of that name."""
        log = OUTPUT / f"{name}.log"
        usage = processes.run(self.command(playbook, *options), env=self.environment, log=log, memory=memory)
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
