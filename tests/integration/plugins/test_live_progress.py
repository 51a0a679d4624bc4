# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that appear while a task waits: on the terminal, for many hosts, under each strategy, and as job events."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ansible_runner
import pytest

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, simulated_azure
from tests.integration.plugins.entry_points import Json, task
from tests.integration.running_lab import REPOSITORY

HOSTS = ("north", "south", "west")
LINE = re.compile(r"^\[(?P<host>\w+)\] (?P<pool>\w+): Creating, \d+s \(usually about 4m\)$")


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    """Azure with a cluster, where a pool takes a second."""
    with simulated_azure(tmp_path_factory.mktemp("azure"), speed=240, running=True) as simulated:
        simulated.make_group()
        simulated.make_cluster()
        yield simulated


def pool(prefix: str, **keywords: object) -> Json:
    """A task that makes a pool for each host."""
    params = {"resource_group": GROUP, "cluster": CLUSTER, "name": prefix + "{{ inventory_hostname }}", "vm_size": SIZE}
    return task("pool", "aks_gpu_nodepool", params, **keywords)


def written(directory: Path, *tasks: Json, strategy: str = "linear") -> tuple[Path, Path]:
    """An inventory of local hosts, and a playbook of these tasks."""
    inventory, playbook = directory / "inventory.json", directory / "play.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {host: {"ansible_connection": "local"} for host in HOSTS}}}))
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "strategy": strategy, "tasks": list(tasks)}]))
    return inventory, playbook


def environment(azure: Azure, **changes: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ANSIBLE_"))}
    return {**inherited, **azure.environ, "ANSIBLE_NOCOLOR": "1", **changes}


def printed(azure: Azure, directory: Path, *tasks: Json, strategy: str = "linear", **changes: str) -> list[str]:
    """The lines that ansible-playbook prints."""
    inventory, playbook = written(directory, *tasks, strategy=strategy)
    line = [str(Path(sys.executable).with_name("ansible-playbook")), "--inventory", str(inventory), str(playbook)]
    done = subprocess.run(line, cwd=REPOSITORY, env=environment(azure, **changes), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert PRINCIPAL.secret not in done.stdout + done.stderr
    return done.stdout.splitlines()


def told(lines: list[str]) -> set[tuple[str, str]]:
    """Host and pool of each line of progress."""
    return {(match["host"], match["pool"]) for match in filter(None, map(LINE.match, lines))}


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_each_host_reports_its_own_pool_during_the_task(azure: Azure, tmp_path: Path, strategy: str) -> None:
    lines = printed(azure, tmp_path, pool(strategy[0]), strategy=strategy)
    assert told(lines) == {(host, strategy[0] + host) for host in HOSTS}
    for host in HOSTS:
        first = next(number for number, line in enumerate(lines) if line.startswith(f"[{host}] "))
        assert first < lines.index(f"changed: [{host}]")


def test_progress_is_silenced_by_variable_or_no_log(azure: Azure, tmp_path: Path) -> None:
    quiet = {**pool("q"), "vars": {"gpuops_progress": False}}
    assert told(printed(azure, tmp_path, quiet, pool("n", no_log=True))) == set()


def test_callback_for_programs_gets_no_progress_lines(azure: Azure, tmp_path: Path) -> None:
    assert told(printed(azure, tmp_path, pool("o"), ANSIBLE_STDOUT_CALLBACK="oneline")) == set()


def test_awx_gets_each_line_as_an_event_during_the_task(azure: Azure, tmp_path: Path) -> None:
    inventory, playbook = written(tmp_path, pool("r"))
    run = ansible_runner.run(
        private_data_dir=str(tmp_path), project_dir=str(REPOSITORY), playbook=str(playbook), inventory=str(inventory),
        envvars=environment(azure), quiet=True,
    )  # fmt: skip
    events = sorted(run.events, key=lambda event: event["counter"])
    assert run.rc == 0, [event["stdout"] for event in events]
    lines = {event["counter"]: event["stdout"].strip() for event in events if event["event"] == "verbose"}
    assert told(list(lines.values())) == {(host, f"r{host}") for host in HOSTS}
    done = [event["counter"] for event in events if event["event"] == "runner_on_ok"]
    assert min(lines) < min(done)
