# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as users run them, in processes of their own, against a lab."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

from tests.integration.running_lab import REPOSITORY, RunningLab

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_REPORT_SCHEMA = Draft202012Validator(json.loads((REPOSITORY / "docs" / "report.schema.json").read_text()))
_READS = ("GET", "HEAD")
_TOKEN_PATHS = ("/oauth2/v2.0/token",)
_CREDENTIALS = "credential"
_CLIENTS = ("lab:client", "masterclient")


@dataclass(frozen=True)
class Run:
    """A finished run: exit status, what it printed, and the recap's counts."""

    status: int
    output: str

    @property
    def counts(self) -> dict[str, int]:
        """ok, changed, failed, skipped, ... of localhost."""
        return self.counts_of("localhost")

    def counts_of(self, host: str) -> dict[str, int]:
        """The same of one host. Every playbook of a run ends with a recap, which counts those before it, too."""
        recaps = re.findall(rf"^{host}\s+: (.*)$", self.output, re.MULTILINE)
        assert recaps, f"no recap in:\n{self.output[-3000:]}"
        return {name: int(number) for name, number in (pair.split("=") for pair in recaps[-1].split())}

    def failures_of(self, host: str) -> list[str]:
        """What was printed of each task that failed on a host."""
        return [line for line in self.output.splitlines() if line.startswith(f"fatal: [{host}]: FAILED! => ")]


@dataclass(frozen=True)
class Workbench:
    """A lab, and a directory for kubeconfig and report."""

    lab: RunningLab
    directory: Path
    chosen: Mapping[str, Any]

    @property
    def kubeconfig(self) -> Path:
        """Where the chain puts the cluster's credentials."""
        return self.directory / "kubeconfig"

    @property
    def report(self) -> dict[str, Any]:
        """The last run's report, which fits its schema."""
        loaded: dict[str, Any] = json.loads((self.directory / "report.json").read_text())
        assert [f"{error.json_path}: {error.message}" for error in _REPORT_SCHEMA.iter_errors(loaded)] == []
        return loaded

    @property
    def variables(self) -> dict[str, Any]:
        """What every run is given."""
        standard = {
            "gpu_resource_group": "myResourceGroup",
            "gpu_cluster": "myAKSCluster",
            "gpu_create_cluster": True,
            "gpu_kubeconfig": str(self.kubeconfig),
            "gpu_report": str(self.directory / "report.json"),
            # The lab's exporters measure whenever they are read.
            "gpu_prove_load_seconds": 2,
        }
        return {**standard, **self.chosen}

    @property
    def highest_load(self) -> dict[str, float]:
        """The highest utilization, in percent, that the last run's report has of each GPU that was proven, by UUID."""
        devices = self.report["devices"]
        return {each["uuid"]: max((moment[1] or 0.0 for moment in each["load"]), default=0.0) for each in devices}

    def start(self, playbook: str, *options: str, **variables: Any) -> subprocess.Popen[str]:
        """Start a playbook of the clone; its processes can be killed as a group. Options may begin with more playbooks."""
        return self._start(playbook, *options, extra={**self.variables, **variables})

    def run_on_hosts(self, playbook: str, chosen: Mapping[str, Mapping[str, Any]]) -> Run:
        """Run a playbook at once on hosts that all are this machine, each with variables of its own, to its end, whatever that is."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {host: {**local, **self.variables, **own} for host, own in chosen.items()}
        inventory = self.directory / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        process = self._start(playbook, "--inventory", str(inventory), "--forks", str(len(chosen)), extra={"gpu_hosts": "all"})
        return self._ended(process)

    def _start(self, *command: str, extra: Mapping[str, Any]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(ANSIBLE_PLAYBOOK), "--extra-vars", json.dumps(extra), *command],
            cwd=REPOSITORY,
            env={**self.lab.env, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a playbook to its end, whatever that is."""
        return self._ended(self.start(playbook, *options, **variables))

    def _ended(self, process: subprocess.Popen[str]) -> Run:
        try:
            output, _none = process.communicate()
        except BaseException:  # Ctrl-C does not reach it by itself
            self.kill(process, signal.SIGKILL)
            raise
        return Run(process.returncode, output)

    def succeed(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a playbook that is to succeed."""
        run = self.run(playbook, *options, **variables)
        assert run.status == 0, f"{playbook} failed:\n{run.output[-4000:]}"
        return run

    def kill(self, process: subprocess.Popen[str], how: signal.Signals) -> None:
        """End a started playbook as a terminal (SIGINT) or the system (SIGKILL) does: the whole group."""
        os.killpg(process.pid, how)
        process.communicate()


def azure_writes(lab: RunningLab) -> list[str]:
    """Requests so far that changed something in Azure; tokens and listing credentials are no writes."""
    return [f"{one['method']} {one['path']}" for one in _lines(lab.layout.arm_requests) if _writes(one)]


def _writes(request: Mapping[str, Any]) -> bool:
    path = request["path"]
    return request["method"] not in _READS and not path.endswith(_TOKEN_PATHS) and not path.lower().endswith(_CREDENTIALS)


def kubernetes_writes(lab: RunningLab) -> list[str]:
    """Requests so far of any client, not of the control plane, that changed something in Kubernetes; dry runs are no writes."""
    written = (one for one in _lines(lab.layout.audit) if one["user"]["username"] in _CLIENTS)
    return [f"{one['verb']} {one['requestURI']}" for one in written if "dryRun" not in parse_qs(urlsplit(one["requestURI"]).query)]


def _lines(log: Path) -> Iterator[Any]:
    if log.exists():
        yield from map(json.loads, log.read_text().splitlines())
