# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks through both entry points in one ansible-playbook: one host for each, and what each task returned there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.integration.running_lab import REPOSITORY

Json = dict[str, Any]
HERE, MODULE = "in-process", "as-module"
ENTRY_POINTS = (HERE, MODULE)
_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_PATIENCE_S = 540  # on a loaded machine a module takes seconds to start
LIMIT_S = 600  # of a test that plays; longer, because a test that reaches its limit does not show what was printed
_CALLBACKS = Path(__file__).with_name("callback")
_OWN_VARIABLES = ("AZURE_", "ANSIBLE_", "K8S_", "KUBECONFIG", "HTTPS_PROXY", "https_proxy", "RESULTS_FILE")
_REASON = re.compile(r"^<(?P<host>\S+)> gpuops\.aks\.\w+ runs as a module: (?P<reason>.*)\.$")
_NOTHING = "(nothing)"
_UNLIKE = ("started_at", "seconds", "pulled_s", "ran_s", "pod_uid", "size", "energy_millijoules")  # size: of an archive that contains times
# Servers, objects, pods, async jobs, moments, how good a training was; a proof's Jobs, folder of evidence, devices and nonce.
_NUMBERED = re.compile(
    r"gpu-proof-[0-9a-f]{10}(?:-\w{5}\b)?|(?<=-all-)[0-9a-f]{8}\b|GPU-[0-9a-f-]{36}|\b[0-9a-f]{32}\b|localhost:\d+|port=\d+|"
    r"0x[0-9a-f]+|(?<=demo-)\w{5}\b|\bj\d+\.\d+|\d{4}-\d\d-\d\d[T ][0-9:.]+|\b0\.\d+\b"
)
_STARTED = re.compile(r"^TASK \[(?P<task>.*?)\] \**$")


@dataclass(frozen=True)
class Played:
    """A finished run: what it printed at -vvv, and the result of each task at each entry point."""

    output: str
    events: Sequence[Json]

    def result(self, task: str, entry_point: str) -> Json:
        """What a task returned at an entry point, with the `event` that Ansible made of it: ok, failed, skipped or unreachable."""
        found = [
            {"event": event["kind"], **event["result"]} for event in self.events if (event["task"], event["host"]) == (task, entry_point)
        ]
        assert len(found) == 1, f"{task} at {entry_point}: {len(found)} results in\n{self.output[-5000:]}"
        return found[0]

    def compared(self, task: str, entry_point: str) -> Json:
        """The result without what differs between two runs of the same task: time, ports, and names by entry point."""
        compared: Json = _comparable(self.result(task, entry_point), entry_point)
        return compared

    def reasons(self, task: str) -> dict[str, str]:
        """Why the task ran as a module, by entry point."""
        return self._reasons.get(task, {})

    def lines(self, task: str) -> list[str]:
        """What was printed while the task ran."""
        return self._printed.get(task, [])

    @cached_property
    def _printed(self) -> dict[str, list[str]]:
        printed: dict[str, list[str]] = {}
        current: list[str] = []
        for line in self.output.splitlines():
            started = _STARTED.match(line)
            if started:
                current = printed.setdefault(started["task"], [])
            current.append(line)
        return printed

    @cached_property
    def _reasons(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for task, lines in self._printed.items():
            for match in filter(None, map(_REASON.match, lines)):
                found.setdefault(task, {})[match["host"]] = match["reason"]
        return found


def differences(one: Any, other: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Where two results differ: the place → what each has there."""
    members = _members(one, other)
    if members is None:
        return {} if one == other else {path: (one, other)}
    found: dict[str, tuple[Any, Any]] = {}
    for place, pair in members.items():
        found.update(differences(*pair, f"{path}{place}"))
    return found


def _members(one: Any, other: Any) -> dict[str, tuple[Any, Any]] | None:
    """What two containers have in each place; None for values that can only be compared as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {f".{name}": (one.get(name, _NOTHING), other.get(name, _NOTHING)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {f"[{number}]": pair for number, pair in enumerate(zip(one, other, strict=True))}
    return None


def _comparable(value: Any, entry_point: str) -> Any:
    if isinstance(value, dict):
        return {_comparable(name, entry_point): _comparable(below, entry_point) for name, below in value.items() if name not in _UNLIKE}
    if isinstance(value, list):
        return [_comparable(one, entry_point) for one in value]
    if isinstance(value, float):
        return "NUMBERED"
    if not isinstance(value, str):
        return value
    for name, stands_for in {entry_point: "ENTRY_POINT", HERE: "OTHER", MODULE: "OTHER"}.items():
        value = value.replace(name, stands_for)
    return _NUMBERED.sub("NUMBERED", value)


def task(name: str, module: str, params: Mapping[str, Any], **keywords: Any) -> Json:
    """A task of the collection that may fail; keywords are the task's own, such as check_mode or loop."""
    return {"name": name, f"gpuops.aks.{module}": dict(params), "ignore_errors": True, **keywords}


def command_of(
    directory: Path,
    tasks: Sequence[Json],
    *,
    variables: Mapping[str, Mapping[str, Any]] | None = None,
    environment: Mapping[str, str] | None = None,
    options: Sequence[str] = ("-vvv",),
) -> tuple[list[str], dict[str, str]]:
    """The command line, and its environment, that runs the tasks on both hosts at once. Results go to results.jsonl in the directory."""
    # Ansible would find another Python for modules than the one that has the libraries.
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    own = {entry_point: {**local, "entry_point": entry_point, **(variables or {}).get(entry_point, {})} for entry_point in ENTRY_POINTS}
    own[MODULE]["gpuops_in_process"] = False
    inventory, playbook = (directory / name for name in ("inventory.json", "entry_points.yml"))
    inventory.write_text(json.dumps({"all": {"hosts": own}}))
    playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": list(tasks)}]))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_VARIABLES)}
    settings = {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "results",
        "RESULTS_FILE": str(directory / "results.jsonl"),
    }
    return [str(_PLAYBOOK), "--inventory", str(inventory), str(playbook), *options], {**inherited, **settings, **(environment or {})}


def play(directory: Path, tasks: Sequence[Json], **how: Any) -> Played:
    """Run the tasks on both hosts at once; how is as command_of takes it."""
    line, environment = command_of(directory, tasks, **how)
    done = subprocess.run(line, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    output = done.stdout + done.stderr
    results = directory / "results.jsonl"
    assert results.exists(), output
    return Played(output, [json.loads(each) for each in results.read_text().splitlines()])
