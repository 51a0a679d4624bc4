# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs for benchmarks: reached as the public cloud, through the lab's proxy, by everyone alike."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.report import OUTPUT, REPOSITORY
from tests.in_lab import environment
from tests.integration.running_lab import CLUSTER, GROUP, RunningLab, running
from tests.lab import processes as lab_processes

POOL = "gpunp"
VM_SIZE = "Standard_NC4as_T4_v3"
TAINT = "sku=gpu:NoSchedule"
LABEL = "agentpool=gpunp"
# Azure's minutes become milliseconds: 9 ms for a GPU pool, and clients are asked to poll again after 1 ms.
NO_DELAYS = 30_000.0
_AZ = REPOSITORY / ".venv-conformance" / "bin"


@dataclass(frozen=True)
class BenchLab:
    """A lab that is up, and the environment of everyone who is measured on it."""

    lab: RunningLab
    env: Mapping[str, str]

    def az(self, *arguments: str) -> list[str]:
        """A command line of the Azure CLI."""
        return [str(_AZ / "az"), *arguments]

    def sign_in(self) -> None:
        """Sign the Azure CLI in, once for the lab, as a person does once a day: it isn't in any figure."""
        settings = self.lab.settings
        who = ["--username", settings.client_id, "--password", settings.secret, "--tenant", settings.tenant_id]
        processes.run(self.az("login", "--service-principal", *who, "--output", "none"), env=self.env, log=OUTPUT / "az-login.log")

    def azure_requests(self) -> list[str]:
        """The paths of what the simulated Azure was asked so far."""
        log = self.lab.layout.arm_requests
        return [json.loads(line)["path"] for line in log.read_text().splitlines()] if log.exists() else []

    def kubernetes_requests(self) -> list[str]:
        """The requests by the kubeconfig that Azure gives out, as verb and URI; a watch is one. Needs audit_reads."""
        events = [json.loads(line) for line in self.lab.layout.audit.read_text().splitlines()]
        own = {event["auditID"]: event for event in events if event["user"]["username"] == "masterclient"}
        return [f"{event['verb']} {event['requestURI']}" for event in own.values()]

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time of each of the lab's processes so far; that of workloads is in the server's once they have ended."""
        return {process.name: processes.cpu_seconds(process.pid) for process in lab_processes.load(self.lab.layout)}


@contextmanager
def bench_lab(name: str, *, speed: float = NO_DELAYS, audit_reads: bool = False) -> Iterator[BenchLab]:
    """A lab without simulated delays for as long as the context lasts."""
    home = OUTPUT / "home"
    # The Azure CLI keeps tokens and endpoints there, of labs that are gone.
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    options = ["--speed", f"{speed:g}", *(["--audit-reads"] if audit_reads else [])]
    with running(OUTPUT / f"lab-{name}", era="2026", options=options) as lab:
        env = {
            **environment(lab.layout.env_proxy),
            "HOME": str(home),
            "AZURE_CONFIG_DIR": str(home / "azure"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "PATH": f"{lab.layout.bin}{os.pathsep}{_AZ}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        yield BenchLab(lab, env)


def pool_properties() -> dict[str, Any]:
    """The GPU pool that everyone describes, as Azure Resource Manager has it."""
    return {
        "count": 1,
        "vmSize": VM_SIZE,
        "enableAutoScaling": True,
        "minCount": 1,
        "maxCount": 3,
        "nodeTaints": [TAINT],
        "gpuProfile": {"driver": "Install"},
    }


def our_pool(**where: str) -> dict[str, object]:
    """The converged task of this collection."""
    arguments = {
        "resource_group": GROUP,
        "cluster": CLUSTER,
        "name": POOL,
        "vm_size": VM_SIZE,
        "count": 1,
        "enable_auto_scaling": True,
        "min_count": 1,
        "max_count": 3,
        "node_taints": [TAINT],
        "gpu_driver": "Install",
    }
    return {"gpuops.aks.aks_gpu_nodepool": {**arguments, **where}}


def their_pool(**where: str) -> dict[str, object]:
    """The same of azure.azcollection."""
    arguments = {
        "resource_group": GROUP,
        "cluster_name": CLUSTER,
        "name": POOL,
        "vm_size": VM_SIZE,
        "count": 1,
        "enable_auto_scaling": True,
        "min_count": 1,
        "max_count": 3,
        "node_taints": [TAINT],
        "type_properties_type": "VirtualMachineScaleSets",
        "mode": "User",
    }
    return {"azure.azcollection.azure_rm_aksagentpool": {**arguments, **where}}
