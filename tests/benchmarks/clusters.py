# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole chain on 200 clusters of the inventory plugin, to the summary at its end: how long it takes, and whether none is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks import processes
from tests.benchmarks.ansible import OURS, Ansible
from tests.benchmarks.figures import rounded
from tests.benchmarks.fleet import make_clusters
from tests.benchmarks.labs import POOL, BenchLab, bench_lab, pool_properties
from tests.benchmarks.processes import Memory, Usage
from tests.benchmarks.report import OUTPUT, REPOSITORY, BenchError

METHOD = (
    "site.yml with gpu_hosts=all on the hosts of the inventory plugin, each with connection local, and with reports and an index page.",
    "One of the clusters has the lab's control plane. The API servers of the others refuse the connection at once: behind a firewall,",
    "each would take the time of its steps. The inventory gives every tenth cluster a retired size, which the preflight refuses.",
)
CLUSTERS, FORKS = 200, 50
_SUMMARY = re.compile(r"\d+ of \d+ clusters proven[^\"\n]*\.")


def measure() -> dict[str, Any]:
    """A lab with 200 clusters, and one run."""
    with bench_lab("clusters") as bench:
        make_clusters(bench, CLUSTERS - 1)
        bench.lab.create_pool(POOL, **pool_properties())
        log = OUTPUT / "clusters.log"
        memory = Memory(interval_s=1.0)
        ansible = Ansible(OURS, bench.env)
        command = ansible.command(REPOSITORY / "site.yml", "--inventory", str(_inventory(bench)), "--extra-vars", "gpu_hosts=all")
        with log.open("w") as output:
            _status, usage = processes.finish([*command, "--forks", str(FORKS)], env=ansible.environment, output=output, memory=memory)
        return result(usage, memory, log.read_text())


def result(usage: Usage, memory: Memory, log: str) -> dict[str, Any]:
    """The figures of the run. Raises BenchError if it does not end with one summary."""
    summaries = _SUMMARY.findall(log)
    if len(summaries) != 1:
        raise BenchError(f"the run ends with {len(summaries)} summaries: {summaries}")
    figures = {"seconds": usage.seconds, "cpu_seconds": usage.cpu_seconds, "together_mb": memory.together}
    return {"clusters": CLUSTERS, "forks": FORKS, "summary": summaries[0], **rounded(figures, 1), "method": METHOD}


def _inventory(bench: BenchLab) -> Path:
    file = OUTPUT / "clusters.aks.yml"
    mine = f"'{OUTPUT}/clusters/' ~ inventory_hostname"
    compose = {
        "gpu_kubeconfig": f"{mine} ~ '.config'",
        "gpu_report": f"{mine} ~ '.json'",
        "gpu_report_index": f"'{OUTPUT}/clusters/index.html'",
        "gpu_vm_size": "'Standard_NC6' if aks.name[-1] == '9' else aks.gpu_sizes[0]",
    }
    options = {"subscription_id": bench.lab.settings.subscription_id, "filters": ["aks.gpu_pools | length > 0"], "compose": compose}
    file.write_text(yaml.safe_dump({"plugin": "gpuops.aks.aks", **options}))
    return file
