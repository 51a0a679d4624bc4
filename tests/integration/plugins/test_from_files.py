# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubectl itself writes of a cluster shows the same as the cluster, in each form that customers send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.kinds import DUMP_KINDS
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import EVENTS, NODES, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS

from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.plugins.dumps import facts_from, told
from tests.integration.running_lab import RunningLab
from tests.lab.programs import BROKEN_DEVICE_PLUGIN

pytestmark = pytest.mark.lab

SERVED = tuple(each.kind.plural for each in DUMP_KINDS if not each.names_owners)


def get(lab: RunningLab, directory: Path, form: str) -> None:
    """All kinds at once; nodes alone, and a kind of which there is nothing."""
    for name, kinds in {"all": ",".join(SERVED), "nodes": "nodes", "resourceslices": "resourceslices"}.items():
        (directory / f"{name}.{form}").write_text(lab.kubectl("get", kinds, "--all-namespaces", "--output", form))


def get_tables(lab: RunningLab, directory: Path) -> None:
    """The nodes as asked for, and everything else without --output."""
    (directory / "nodes.yaml").write_text(lab.kubectl("get", "nodes", "--output", "yaml"))
    for kind in ("pods", "daemonsets"):
        (directory / f"{kind}.txt").write_text(lab.kubectl("get", kind, "--all-namespaces", "--output", "wide"))


def dump_cluster_info(lab: RunningLab, directory: Path) -> None:
    lab.kubectl("cluster-info", "dump", "--all-namespaces", "--output-directory", str(directory))


def print_cluster_info(lab: RunningLab, directory: Path) -> None:
    (directory / "dump.txt").write_text(lab.kubectl("cluster-info", "dump", "--all-namespaces"))


def prefix_logs(lab: RunningLab, directory: Path, pod: Json) -> None:
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    (directory / f"{name}.log").write_text(lab.kubectl("logs", name, "--namespace", namespace, "--all-containers", "--prefix"))


FORMS: dict[str, Callable[[RunningLab, Path], None]] = {
    "JSON": lambda lab, directory: get(lab, directory, "json"),
    "YAML": lambda lab, directory: get(lab, directory, "yaml"),
    "cluster-info dump in folders": dump_cluster_info,
    "cluster-info dump on the terminal": print_cluster_info,
}


@pytest.mark.parametrize("form", FORMS)
def test_what_kubectl_writes_shows_the_same(cluster: Cluster, tmp_path: Path, form: str) -> None:
    """A taint that the plugin does not tolerate on one node, and a plugin without a driver on another."""
    cluster.add_node("tainted", taints=[SKU])
    cluster.add_node("silent")
    namespace, fault = f"{cluster.name}-plugin", {"LAB_FAULT": "no-driver", "FAIL_ON_INIT_ERROR": "false"}
    cluster.run(PLUGIN, namespace=namespace, image=BROKEN_DEVICE_PLUGIN, env=fault, wait=False)

    def found() -> Json | None:
        facts: Json = cluster.run(FACTS, pool=cluster.name)["ansible_facts"]["gpu_schedulable"]
        return facts if {each["code"] for each in facts["findings"]} == {"PluginLacksToleration", "DriverMissing"} else None

    live = cluster.until(found)
    FORMS[form](cluster.lab, tmp_path)
    if not form.startswith("cluster-info"):  # which writes logs of its own accord
        prefix_logs(cluster.lab, tmp_path, cluster.client.list(PODS, namespace=namespace)[0])
    facts = facts_from(tmp_path, pool=cluster.name)
    assert facts["from_files"]["problems"] == []
    assert told(facts) == told(live)
    missing = [each["kind"] for each in facts["from_files"]["unjudged"]]
    assert missing == (["configmaps", "resourceslices"] if form.startswith("cluster-info") else [])


def test_tables_of_kubectl_are_told_and_lead_to_no_guess(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add_node()
    cluster.run(PLUGIN, namespace=f"{cluster.name}-plugin", wait=False)
    cluster.until(lambda: cluster.client.list(PODS, namespace=f"{cluster.name}-plugin"))
    get_tables(cluster.lab, tmp_path)
    facts = facts_from(tmp_path, pool=cluster.name)
    assert (facts["node_count"], facts["findings"]) == (1, [])
    assert ["it is a table" in each for each in facts["from_files"]["problems"]] == [True, True]
    assert {PODS.plural, EVENTS.plural, "daemonsets"} < {each["kind"] for each in facts["from_files"]["unjudged"]}
    assert NODES.plural not in {each["kind"] for each in facts["from_files"]["unjudged"]}
