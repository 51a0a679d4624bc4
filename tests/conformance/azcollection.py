# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure.azcollection's modules for AKS through the lab's proxy, as a playbook of its users'."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.conformance.commands import run as run_command
from tests.conformance.run import REPOSITORY, ConformanceError, Run, fresh_lab
from tests.conformance.table import Row, Section

BIN = REPOSITORY / ".venv-azcollection" / "bin"
PLAYBOOK = Path(__file__).parent / "azcollection.yml"
_LIMIT_S = 900.0
_COLLECTION = "azure.azcollection."
_NAMED = ("AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID", "AZURE_SECRET", "AZURE_TENANT", "REQUESTS_CA_BUNDLE")


def sections(run: Run) -> Iterator[Section]:
    """The one playbook, task by task."""
    text = f"`ansible-playbook tests/conformance/{PLAYBOOK.name}`; the lab is the public cloud, behind its CONNECT proxy."
    section = run.begin(Section("azure.azcollection, proxy", text, head=("task", "result", "module")))
    with fresh_lab("azcollection", era="2026") as (lab, home):
        command = [str(BIN / "ansible-playbook"), str(PLAYBOOK)]
        done = run_command(command, env=_environment(lab, home), cwd=home, limit_s=_LIMIT_S)
        for row in rows(done.output):
            run.add(section, row)
    if done.status != 0:
        raise ConformanceError(f"$ ansible-playbook {PLAYBOOK.name}\n{failures(done.output) or done.output}{done.complaints}")
    yield section


def _environment(lab: Mapping[str, str], home: Path) -> dict[str, str]:
    return {
        **{name: lab[name] for name in _NAMED},
        "PATH": os.pathsep.join((str(BIN), os.environ.get("PATH", os.defpath))),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AZURE_CONFIG_DIR": str(home / ".azure"),
        "HTTPS_PROXY": lab["LAB_PROXY"],
        "NO_PROXY": "127.0.0.1,localhost",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.jsonl",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }


def rows(output: str) -> list[Row]:
    """A row for each task that has run one of the collection's modules, from the callback's lines."""
    found = []
    for name, result in _results(output):
        action = str(result.get("action", ""))
        if action.startswith(_COLLECTION):
            outcome = "FAILED" if result.get("failed") else "changed" if result.get("changed") else "ok"
            found.append(Row(name, outcome, action.removeprefix(_COLLECTION)))
    return found


def failures(output: str) -> str:
    """What the tasks that failed say."""
    return "\n".join(f"{name}: {json.dumps(result, indent=1)}" for name, result in _results(output) if result.get("failed"))


def _results(output: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in output.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if str(event.get("_event", "")).startswith("v2_runner_on_"):
            for result in event.get("hosts", {}).values():
                yield event["task"]["name"], result
