# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a customer would send of a cluster, and that it leads to the same facts and findings as the cluster itself.

The comparison is made wherever a test has brought something about: by `Cluster`, after each look at the facts, and at the end of each test
whose lab shows findings that it has not shown before. No test has to ask for it. These are the only differences that are allowed, each for
a reason:

* `server`, `context` and `from_files` say where the facts come from.
* How long a condition has stood depends on the moment: files are as old as their newest report of a kubelet.
* Of the archive of gpu_collect, which is redacted: findings are compared as they are after their redaction, and without their evidence and
  context, which are windows of long lines that begin elsewhere in a redacted one.
* What the task's user may not read: the files are those of an administrator. What is missing then is in tests/unit, by kind.
* A server that a test stands in for has no objects to write: it answers a few requests by a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.redaction import redacted
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.kinds import DUMP_KINDS
from ansible_collections.gpuops.aks.plugins.module_utils._kube.logs.pod_log import last_lines
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.collect import OPERATION as COLLECT
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.entry_points import differences
from tests.integration.plugins.task_runs import Json, run_task
from tests.integration.running_lab import RunningLab

SELECTION = ("pool", "label_selector", "resource_name", "resource_names", "pod")
_SOURCES = ("server", "context", "from_files")
_HOW_LONG = re.compile(r"(?<= for )\d[^.]*(?=\.$)")


def expect_same_from_files(lab: RunningLab, **selection: Any) -> None:
    """Files show the same facts and findings as the lab's cluster does, as soon as it has come to rest."""
    found: list[Json] = []

    def same() -> bool:
        found.append(_unlike(lab, selection))
        return not found[-1]

    try:
        lab.until(same)
    except AssertionError as error:
        if not found or not found[-1]:  # the files could not be read at all
            raise
        unlike = json.dumps(found[-1:], indent=1)
        raise AssertionError(f"For {selection}, the cluster and its files show different facts: {unlike}") from error


def codes_of(lab: RunningLab) -> tuple[str, ...]:
    """Which findings the lab's cluster shows now."""
    return tuple(sorted({each["code"] for each in _live(lab, {})["findings"]}))


def _unlike(lab: RunningLab, selection: Mapping[str, Any]) -> Json:
    """Where files differ from the cluster as it was just before they were written."""
    live = told(_live(lab, selection))
    with TemporaryDirectory() as directory, closing(_client(lab)) as client:
        facts = facts_from(dumped(client, Path(directory) / "dump"), **selection)
        archive = Path(directory) / "collected.tar.gz"
        assert run_task(COLLECT, {"kubeconfig": str(lab.layout.kubeconfig), "dest": str(archive)})["unread"] == {}
        collected = facts_from(archive, **selection)
    assert facts["from_files"]["problems"] == collected["from_files"]["problems"] == []
    return {
        **differences(live, told(facts), "files: "),
        **differences(_without_windows(redacted(live)), _without_windows(told(collected)), "gpu_collect: "),
    }


def _client(lab: RunningLab) -> KubeClient:
    return KubeClient(kube_settings({"kubeconfig": str(lab.layout.kubeconfig)}, {}))


def _live(lab: RunningLab, selection: Mapping[str, Any]) -> Json:
    return _facts(run_task(FACTS, {"kubeconfig": str(lab.layout.kubeconfig), **selection}))


def facts_from(path: Path, **params: Any) -> Json:
    """The facts that files show."""
    return _facts(run_task(FACTS, {"from_files": [str(path)], **params}))


def _facts(result: Json) -> Json:
    assert not result.get("failed"), result["msg"]
    facts: Json = result["ansible_facts"]["gpu_schedulable"]
    return facts


def told(facts: Json) -> Json:
    """Facts as they are compared: without where they come from, and how long something has lasted."""
    findings = [{**each, "context": [_HOW_LONG.sub("a while", text) for text in each["context"]]} for each in facts["findings"]]
    return {**{name: value for name, value in facts.items() if name not in _SOURCES}, "findings": findings}


def _without_windows(facts: Json) -> Json:
    return {**facts, "findings": [{**each, "evidence": "", "context": []} for each in facts["findings"]]}


def dumped(client: KubeClient, directory: Path) -> Path:
    """Every object that the diagnosis reads, as `kubectl get --raw` writes it, and all logs, as `kubectl logs --prefix` does."""
    directory.mkdir(exist_ok=True)
    for kind in (each.kind for each in DUMP_KINDS):
        try:
            items = client.call("GET", kind.collection(), what=f"Listing {kind.plural}")
        except KubernetesError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # of a kind that the cluster does not have, there is nothing to write
                raise
            continue
        (directory / f"{kind.plural}.json").write_text(json.dumps(items))
    for pod in client.list(PODS):
        lines = "".join(_prefixed_log(client, pod))
        if lines:  # a pod that has never run has no log
            (directory / f"{pod['metadata']['namespace']}-{pod['metadata']['name']}.log").write_text(lines)
    return directory


def _prefixed_log(client: KubeClient, pod: Json) -> Iterator[str]:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    for container in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]):
        text = last_lines(client, name, namespace, container["name"])
        yield from (f"[pod/{name}/{container['name']}] {line}\n" for line in text.splitlines())
