# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the removal of the path gpu_operator deletes and keeps: what others have made, and what interrupted runs leave.

The tests share a cluster, and some of them an installation, which any of them makes if it is not there.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.chart import CHART, NAMESPACE, helm
from tests.integration.playbooks.bare_cluster import OTHER_NAMESPACE, bare_cluster, clear, path_on
from tests.integration.playbooks.playbook import Workbench, kubernetes_writes
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--speed", "600")
OTHER = {"gpu_operator_release": "gpuop", "gpu_operator_namespace": OTHER_NAMESPACE}
PLUGIN, REMOVE, REMOVE_OTHERS = "playbooks/plugin.yml", "remove.yml", "remove_others.yml"


def removal(**names: str) -> list[Any]:
    """The tasks that remove the operator and print what is kept. names: of the release, where they are not those of the run."""
    return [
        {"include_role": {"name": "gpuops.aks.gpu_operator", "tasks_from": "remove"}, "vars": names},
        {"debug": {"msg": "kept: {{ gpu_operator_remove_result.kept | to_json }}"}},
    ]


PLAYS = {
    REMOVE: removal(),
    REMOVE_OTHERS: [*removal(gpu_operator_release="other"), *removal(gpu_operator_namespace="other")],
}


@pytest.fixture(scope="module")
def cluster(own_lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster with a GPU node."""
    with bare_cluster(own_lab):
        yield own_lab


@pytest.fixture
def path(cluster: RunningLab, here: Path) -> Workbench:
    """The path on the cluster, whatever the test before has left there."""
    for name, tasks in PLAYS.items():
        (here / name).write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    return path_on(cluster, here, gpu_operator_chart=str(CHART))


@pytest.fixture
def bench(path: Workbench) -> Workbench:
    """The path on the cluster without a release."""
    clear(path.lab)
    return path


@pytest.fixture
def config_maps(path: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The path where Helm keeps its releases in ConfigMaps."""
    monkeypatch.setitem(path.lab.env, "HELM_DRIVER", "configmap")
    return path


@pytest.fixture
def installed(config_maps: Workbench) -> Workbench:
    """The path on the cluster with a release that it has installed and marked."""
    if (releases(config_maps.lab, "deployed"), len(marked(config_maps.lab))) != (["gpu-operator"], 5):
        clear(config_maps.lab)
        config_maps.succeed(PLUGIN)
    return config_maps


def remove(bench: Workbench, **variables: Any) -> str:
    """What the removal prints."""
    return bench.succeed(play(bench, REMOVE), **variables).output


def play(bench: Workbench, name: str) -> str:
    """The path of a playbook of this file's own."""
    return str(bench.directory / name)


def by_hand(lab: RunningLab, release: str, namespace: str) -> None:
    """A person installs the chart."""
    helm(lab, "install", release, str(CHART), "--namespace", namespace, "--create-namespace")


def releases(lab: RunningLab, *states: str) -> list[str]:
    """The names of the releases of all namespaces. states: only in one of these states."""
    chosen = [f"--{state}" for state in states or ("all",)]
    return helm(lab, "list", "--all-namespaces", "--short", *chosen, driver=lab.env.get("HELM_DRIVER", "")).split()


def kinds(lab: RunningLab, *options: str) -> list[str]:
    """The custom resource definitions."""
    return [each["metadata"]["name"] for each in lab.get("customresourcedefinitions", *options)["items"]]


def marked(lab: RunningLab) -> list[str]:
    """Those that the release has brought, by the marks of this collection."""
    return kinds(lab, "--selector", f"app.kubernetes.io/managed-by=gpuops.aks,gpuops.aks/helm-namespace={NAMESPACE}")


def namespaces(lab: RunningLab) -> list[str]:
    """The names of all namespaces."""
    return [each["metadata"]["name"] for each in lab.get("namespaces")["items"]]


@pytest.fixture
def of_others(path: Workbench) -> RunningLab:
    """A lab with a release by hand, after a run has failed: Helm met a cluster role of others when the namespace was made."""
    lab = path.lab
    if releases(lab, "deployed") != ["gpuop"]:
        clear(lab)
        lab.kubectl("create", "clusterrole", "gpu-operator", "--verb=get", "--resource=pods")
        assert path.run(PLUGIN, **OTHER).status == 2
        assert (releases(lab), OTHER_NAMESPACE in namespaces(lab)) == ([], True)
        lab.kubectl("delete", "clusterrole", "gpu-operator")
        by_hand(lab, "gpuop", OTHER_NAMESPACE)
    return lab


def test_release_of_another_name_is_named_before_anything_is_written(of_others: RunningLab, path: Workbench) -> None:
    before = kubernetes_writes(of_others)
    refused = path.run(play(path, REMOVE), PLUGIN)
    assert refused.status == 2
    assert "Helm release nvidia/gpuop: not the release gpu-operator/gpu-operator" in refused.output
    assert path.report["error"]["code"] == "OtherRelease"
    assert "Set gpu_operator_release=gpuop and gpu_operator_namespace=nvidia" in path.report["error"]["remedy"]
    assert kubernetes_writes(of_others) == before


def test_release_of_others_is_repaired_as_advised_and_upgraded_and_stays_theirs(of_others: RunningLab, path: Workbench) -> None:
    for number, status in ((2, "failed"), (3, "pending-upgrade")):
        helm(of_others, "upgrade", "gpuop", str(CHART), "--namespace", OTHER_NAMESPACE, "--reuse-values")
        leave(of_others, OTHER_NAMESPACE, f"gpuop.v{number}", status)
        leave(of_others, OTHER_NAMESPACE, "gpuop.v1", "deployed")
    # Not to the one that has failed: its Jobs, which update the definitions, did not run.
    assert follow_advice(path, **OTHER) == f"rollback gpuop 1 --namespace {OTHER_NAMESPACE}"
    said = path.succeed(play(path, REMOVE), PLUGIN, play(path, REMOVE), **OTHER).output
    assert said.count(f"Helm release {OTHER_NAMESPACE}/gpuop: not made by this collection") == 2
    assert releases(of_others, "deployed") == releases(of_others) == ["gpuop"]
    assert (OTHER_NAMESPACE in namespaces(of_others), len(kinds(of_others))) == (True, 5)
    helm(of_others, "uninstall", "gpuop", "--namespace", OTHER_NAMESPACE)
    remove(path, **OTHER)
    assert (OTHER_NAMESPACE in namespaces(of_others), len(kinds(of_others))) == (False, 5), "the namespace is ours, the kinds are others'"


@pytest.fixture
def held(bench: Workbench) -> Iterator[Workbench]:
    """The operator's namespace is being deleted, and something in it is held."""
    place = ("--namespace", NAMESPACE)
    bench.lab.kubectl("create", "namespace", NAMESPACE)
    bench.lab.kubectl("create", "configmap", "hold", *place)
    bench.lab.kubectl("patch", "configmap", "hold", *place, "--patch", '{"metadata": {"finalizers": ["example.com/hold"]}}')
    bench.lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    yield bench
    bench.lab.kubectl("patch", "configmap", "hold", *place, "--type=merge", "--patch", '{"metadata": {"finalizers": []}}')


def test_namespace_that_is_being_deleted_is_named_before_anything_is_written(held: Workbench) -> None:
    before = kubernetes_writes(held.lab)
    assert held.run(PLUGIN).status == 2
    assert held.report["error"]["code"] == "NamespaceTerminating"
    assert kubernetes_writes(held.lab) == before


def test_release_of_a_run_that_was_killed_is_removed_with_its_kinds(bench: Workbench) -> None:
    """A SIGKILL of Ansible and Helm: the release is pending, and nothing is marked."""
    process = bench.start(PLUGIN)
    bench.lab.until(lambda: releases(bench.lab, "pending", "deployed"))
    bench.kill(process, signal.SIGKILL)
    remove(bench)
    assert (releases(bench.lab), kinds(bench.lab)) == ([], [])
    assert NAMESPACE not in namespaces(bench.lab)


def leave(lab: RunningLab, namespace: str, revision: str, status: str) -> None:
    """A revision of a release is as Helm leaves it if it is killed, or fails, while it waits for a Job of the chart."""
    name = f"sh.helm.release.v1.{revision}"
    stored = base64.b64decode(lab.get("secret", name, "--namespace", namespace)["data"]["release"])
    release = json.loads(gzip.decompress(base64.b64decode(stored)))
    release["info"]["status"] = status
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    patch = {"metadata": {"labels": {"status": status}}, "data": {"release": packed}}
    lab.kubectl("patch", "secret", name, "--namespace", namespace, "--patch", json.dumps(patch))


def follow_advice(bench: Workbench, **names: str) -> str:
    """Run fails because the release is pending; runs the command that the remedy names, and returns it."""
    assert bench.run(PLUGIN, **names).status == 2
    assert bench.report["error"]["code"] == "HelmReleasePending"
    command = re.search(r"'helm (?P<arguments>[^']+)'", bench.report["error"]["remedy"])
    assert command is not None
    helm(bench.lab, *command["arguments"].split())
    return command["arguments"]


def test_advice_for_a_release_that_is_pending_helps(bench: Workbench) -> None:
    by_hand(bench.lab, "gpu-operator", NAMESPACE)
    leave(bench.lab, NAMESPACE, "gpu-operator.v1", "pending-install")
    assert follow_advice(bench) == f"uninstall gpu-operator --namespace {NAMESPACE}"
    bench.succeed(PLUGIN)
    assert releases(bench.lab, "deployed") == ["gpu-operator"]


@pytest.mark.usefixtures("config_maps")
def test_run_that_ends_before_the_marks_is_completed_by_the_next_one(bench: Workbench) -> None:
    """As after a SIGKILL of Ansible alone: Helm finishes by itself. The next tests take the installation over."""
    process = bench.start(PLUGIN)
    bench.lab.until(lambda: releases(bench.lab, "pending", "deployed"))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    bench.lab.until(lambda: releases(bench.lab, "deployed"))
    bench.succeed(PLUGIN)
    assert len(marked(bench.lab)) == 5


def test_second_run_and_removals_of_another_release_or_namespace_change_nothing(installed: Workbench) -> None:
    assert installed.succeed(PLUGIN, play(installed, REMOVE_OTHERS)).counts["changed"] == 0
    assert installed.run(PLUGIN, gpu_operator_release="Bad_REL").status == 2
    assert (releases(installed.lab), len(marked(installed.lab))) == (["gpu-operator"], 5)


def test_release_in_config_maps_is_not_mistaken_for_none(installed: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(installed.lab.env, "HELM_DRIVER")
    before = kubernetes_writes(installed.lab)
    refused = installed.run(PLUGIN, "--check")
    assert (refused.status, "secrets of the namespace gpu-operator hold no record" in refused.output) == (2, True)
    assert kubernetes_writes(installed.lab) == before


@pytest.fixture
def others(installed: Workbench) -> Iterator[Workbench]:
    """Another pool of the cluster, which the operator serves too."""
    installed.lab.create_pool("others", vmSize="Standard_NC4as_T4_v3", gpuProfile={"driver": "None"})
    installed.lab.until(lambda: labelled(installed.lab))
    yield installed
    installed.lab.delete_pool("others")


def test_removal_takes_all_and_lists_labels_of_nodes_as_long_as_they_are_there(others: Workbench) -> None:
    removals = others.succeed(play(others, REMOVE), play(others, REMOVE)).output
    assert removals.count("has labels of the operator, such as nvidia.com/gpu.") == 2
    assert (releases(others.lab), kinds(others.lab)) == ([], [])
    assert NAMESPACE not in namespaces(others.lab)
    for node in labelled(others.lab):
        others.lab.kubectl("label", "node", node["name"], *(f"{key}-" for key in node["labels"] if key.startswith("nvidia.com/")))
    assert "has labels of the operator" not in remove(others)


def labelled(lab: RunningLab) -> list[Any]:
    """The metadata of the other pool's nodes that have labels of the operator."""
    nodes = [node["metadata"] for node in lab.get("nodes", "--selector", "agentpool=others")["items"]]
    return [node for node in nodes if "nvidia.com/gpu.present" in node["labels"]]
