# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a customer would send of the cluster: the outputs of kubectl, as a test's diagnosis from files reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.kinds import DUMP_KINDS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import Cluster, Json, run_task

_OF_EVERY_CLUSTER = ",".join(each.kind.plural for each in DUMP_KINDS if not each.names_owners)
_OF_OWNERS = [each.kind for each in DUMP_KINDS if each.names_owners]


def dumped(cluster: Cluster, directory: Path) -> Path:
    """Every object that the diagnosis reads, and the logs of the test's own pods."""
    directory.mkdir(exist_ok=True)
    (directory / "all.json").write_text(cluster.lab.kubectl("get", _OF_EVERY_CLUSTER, "--all-namespaces", "--output", "json"))
    served = cluster.lab.kubectl("api-resources", "--output", "name").split()
    for kind in _OF_OWNERS:
        if f"{kind.plural}.{kind.group}" in served:  # in a file of its own, so that an empty list says of which kind it is
            (directory / f"{kind.plural}.json").write_text(cluster.lab.kubectl("get", kind.plural, "--output", "json"))
    namespaces = [name for name in (f"{cluster.name}-plugin", cluster.name) if _has_pods(cluster, name)]
    for namespace in namespaces:
        for pod in cluster.lab.kubectl("get", "pods", "--namespace", namespace, "--output", "name").split():
            line = ["kubectl", "logs", pod, "--namespace", namespace, "--all-containers", "--prefix"]
            said = subprocess.run(line, env=cluster.lab.env, capture_output=True, text=True, check=False).stdout
            if said:  # a pod that has never run has no log
                (directory / f"{pod.rpartition('/')[2]}.log").write_text(said)
    return directory


def _has_pods(cluster: Cluster, namespace: str) -> bool:
    return bool(cluster.lab.kubectl("get", "pods", "--namespace", namespace, "--output", "name", "--ignore-not-found"))


def told(findings: list[Json], *without: str) -> list[Json]:
    """Findings as they are compared: how long something lasts depends on the moment.

    without: further fields. Evidence is a window of a long line, and what it shows of a redacted line begins elsewhere.
    """
    return [{name: value for name, value in finding.items() if name not in ("context", *without)} for finding in findings]


def facts_from(path: Path, **params: Any) -> Json:
    """The facts that files show."""
    result = run_task(FACTS, {"from_files": [str(path)], **params})
    assert not result.get("failed"), result["msg"]
    facts: Json = result["ansible_facts"]["gpu_schedulable"]
    return facts
