# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a customer would send of the cluster: the outputs of kubectl, and the archive of gpu_collect, as from_files reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.redaction import redacted
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.kinds import DUMP_KINDS
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, NODES
from ansible_collections.gpuops.aks.plugins.module_utils._operations.collect import OPERATION as COLLECT
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import Cluster, Json, run_task

# Kinds of which the test's cluster may have no object, unlike a customer's: an empty list says what it is by the name of its file.
_ALONE = (NODES, DAEMONSETS)
_TOGETHER = ",".join(each.kind.plural for each in DUMP_KINDS if not each.names_owners and each.kind not in _ALONE)
_OF_OWNERS = [each.kind for each in DUMP_KINDS if each.names_owners]


def expect_same_from_files(cluster: Cluster, pool: str = "") -> None:
    """Files show the same findings about a pool, by default the test's, as the cluster does, as soon as it has come to rest."""
    cluster.until(lambda: _same_from_files(cluster, pool or cluster.name))


def _same_from_files(cluster: Cluster, pool: str) -> bool:
    """Whether files show the same as the cluster does, before and after they are written."""
    before = _findings(cluster, pool)
    with TemporaryDirectory() as directory:
        facts = facts_from(dumped(cluster, Path(directory) / "dump"), pool=pool)
        archive = Path(directory) / "collected.tar.gz"
        assert cluster.run(COLLECT, dest=str(archive))["unread"] == {}
        collected = facts_from(archive, pool=pool)
    assert facts["from_files"]["problems"] == collected["from_files"]["problems"] == []
    same = told(before) == told(_findings(cluster, pool)) == told(facts["findings"])
    return same and redacted(told(facts["findings"], "evidence")) == told(collected["findings"], "evidence")


def _findings(cluster: Cluster, pool: str) -> list[Json]:
    found: list[Json] = cluster.run(FACTS, pool=pool)["ansible_facts"]["gpu_schedulable"]["findings"]
    return found


def dumped(cluster: Cluster, directory: Path) -> Path:
    """Every object that the diagnosis reads, and the logs of the test's own pods."""
    directory.mkdir(exist_ok=True)
    served = cluster.lab.kubectl("api-resources", "--output", "name").split()
    known = [kind.plural for kind in _OF_OWNERS if f"{kind.plural}.{kind.group}" in served]
    files = {"all": _TOGETHER, **{plural: plural for plural in (*(kind.plural for kind in _ALONE), *known)}}
    for name, kinds in files.items():
        (directory / f"{name}.json").write_text(cluster.lab.kubectl("get", kinds, "--all-namespaces", "--output", "json"))
    for namespace in (f"{cluster.name}-plugin", cluster.name):
        _dump_logs(cluster, namespace, directory)
    return directory


def _dump_logs(cluster: Cluster, namespace: str, directory: Path) -> None:
    for pod in cluster.lab.kubectl("get", "pods", "--namespace", namespace, "--output", "name", "--ignore-not-found").split():
        line = ["kubectl", "logs", pod, "--namespace", namespace, "--all-containers", "--prefix"]
        said = subprocess.run(line, env=cluster.lab.env, capture_output=True, text=True, check=False).stdout
        if said:  # a pod that has never run has no log
            (directory / f"{pod.rpartition('/')[2]}.log").write_text(said)


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
