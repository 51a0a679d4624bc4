# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the removal of the path gpu_operator deletes and keeps: what others have made, and what interrupted runs leave."""

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

from tests.integration.chart import CHART, NAMESPACE, create_pool, helm
from tests.integration.playbooks.playbook import Workbench, kubernetes_writes
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--speed", "600")
OTHER = {"gpu_operator_release": "gpuop", "gpu_operator_namespace": "nvidia"}
PLUGIN = "playbooks/plugin.yml"
REMOVE = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"include_role": {"name": "gpuops.aks.gpu_operator", "tasks_from": "remove"}},
            {"debug": {"msg": "kept: {{ gpu_operator_remove_result.kept | to_json }}"}},
        ],
    }
]


@pytest.fixture
def bench(own_lab: RunningLab, here: Path) -> Iterator[Workbench]:
    """The path on a cluster with a GPU node that has no driver."""
    own_lab.create_cluster()
    create_pool(own_lab)
    (here / "remove.yml").write_text(yaml.safe_dump(REMOVE))
    chosen = {
        "gpu_path": "gpu_operator",
        "gpu_operator_chart": str(CHART),
        "gpu_kubeconfig": str(own_lab.layout.kubeconfig),
        "gpu_context": "",
    }
    yield Workbench(own_lab, here, chosen)
    own_lab.delete_cluster()


def remove(bench: Workbench, **variables: Any) -> str:
    """What the removal prints."""
    return bench.succeed(str(bench.directory / "remove.yml"), **variables).output


def by_hand(lab: RunningLab, release: str, namespace: str) -> None:
    """A person installs the chart."""
    helm(lab, "install", release, str(CHART), "--namespace", namespace, "--create-namespace")


def releases(lab: RunningLab) -> list[str]:
    """The names of the releases of all namespaces."""
    return helm(lab, "list", "--all-namespaces", "--all", "--short").split()


def kinds(lab: RunningLab) -> list[str]:
    """The custom resource definitions."""
    return [each["metadata"]["name"] for each in lab.get("customresourcedefinitions")["items"]]


def namespaces(lab: RunningLab) -> list[str]:
    """The names of all namespaces."""
    return [each["metadata"]["name"] for each in lab.get("namespaces")["items"]]


def test_release_of_another_name_is_named_before_anything_is_written_and_can_be_adopted(bench: Workbench) -> None:
    by_hand(bench.lab, "gpuop", "nvidia")
    before = kubernetes_writes(bench.lab)
    assert bench.run(PLUGIN).status == 2
    assert bench.report["error"]["code"] == "OtherRelease"
    assert "Set gpu_operator_release=gpuop and gpu_operator_namespace=nvidia" in bench.report["error"]["remedy"]
    assert kubernetes_writes(bench.lab) == before
    assert "Helm release nvidia/gpuop: not the release gpu-operator/gpu-operator" in remove(bench)
    bench.succeed(PLUGIN, **OTHER)
    assert "Helm release nvidia/gpuop: not made by this collection" in remove(bench, **OTHER)
    assert releases(bench.lab) == ["gpuop"]
    assert len(kinds(bench.lab)) == 5


def test_namespace_that_is_being_deleted_is_named_before_anything_is_written(bench: Workbench) -> None:
    place = ("--namespace", NAMESPACE)
    bench.lab.kubectl("create", "namespace", NAMESPACE)
    bench.lab.kubectl("create", "configmap", "hold", *place)
    bench.lab.kubectl("patch", "configmap", "hold", *place, "--patch", '{"metadata": {"finalizers": ["example.com/hold"]}}')
    bench.lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    before = kubernetes_writes(bench.lab)
    assert bench.run(PLUGIN).status == 2
    assert bench.report["error"]["code"] == "NamespaceTerminating"
    assert kubernetes_writes(bench.lab) == before
    bench.lab.kubectl("patch", "configmap", "hold", *place, "--type=merge", "--patch", '{"metadata": {"finalizers": []}}')


def test_release_by_hand_after_a_failure_of_helm_is_kept(bench: Workbench) -> None:
    """Helm fails on a cluster role of others, after the namespace was made."""
    bench.lab.kubectl("create", "clusterrole", "gpu-operator", "--verb=get", "--resource=pods")
    assert bench.run(PLUGIN).status == 2
    assert NAMESPACE in namespaces(bench.lab)
    assert releases(bench.lab) == []
    bench.lab.kubectl("delete", "clusterrole", "gpu-operator")
    by_hand(bench.lab, "gpu-operator", NAMESPACE)
    said = remove(bench)
    assert f"Helm release {NAMESPACE}/gpu-operator: not made by this collection" in said
    assert releases(bench.lab) == ["gpu-operator"]
    assert (NAMESPACE in namespaces(bench.lab), len(kinds(bench.lab))) == (True, 5)
    bench.succeed(PLUGIN)
    remove(bench)
    assert releases(bench.lab) == ["gpu-operator"], "it was upgraded, and stays others'"
    helm(bench.lab, "uninstall", "gpu-operator", "--namespace", NAMESPACE)
    remove(bench)
    assert (NAMESPACE in namespaces(bench.lab), len(kinds(bench.lab))) == (False, 5), "the namespace is ours, the kinds are others'"


def release_of(bench: Workbench, *states: str) -> bool:
    """Whether Helm has the release in one of these states."""
    return any(helm(bench.lab, "list", "--namespace", NAMESPACE, f"--{state}", "--short").split() for state in states)


def test_release_of_a_run_that_was_killed_is_removed_with_its_kinds(bench: Workbench) -> None:
    """A SIGKILL of Ansible and Helm: the release is pending, and nothing is marked."""
    process = bench.start(PLUGIN)
    bench.lab.until(lambda: release_of(bench, "pending", "deployed"))
    bench.kill(process, signal.SIGKILL)
    remove(bench)
    assert (releases(bench.lab), kinds(bench.lab)) == ([], [])
    assert NAMESPACE not in namespaces(bench.lab)


def leave(lab: RunningLab, number: int, status: str) -> None:
    """A revision of the release is as Helm leaves it if it is killed, or fails, while it waits for a Job of the chart."""
    name = f"sh.helm.release.v1.gpu-operator.v{number}"
    stored = base64.b64decode(lab.get("secret", name, "--namespace", NAMESPACE)["data"]["release"])
    release = json.loads(gzip.decompress(base64.b64decode(stored)))
    release["info"]["status"] = status
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    patch = {"metadata": {"labels": {"status": status}}, "data": {"release": packed}}
    lab.kubectl("patch", "secret", name, "--namespace", NAMESPACE, "--patch", json.dumps(patch))


def follow_advice(bench: Workbench) -> str:
    """Run fails because the release is pending; runs the command that the remedy names, and returns it."""
    assert bench.run(PLUGIN).status == 2
    assert bench.report["error"]["code"] == "HelmReleasePending"
    command = re.search(r"'helm (?P<arguments>[^']+)'", bench.report["error"]["remedy"])
    assert command is not None
    helm(bench.lab, *command["arguments"].split())
    return command["arguments"]


def test_advice_for_a_release_that_is_pending_helps(bench: Workbench) -> None:
    by_hand(bench.lab, "gpu-operator", NAMESPACE)
    leave(bench.lab, 1, "pending-install")
    assert follow_advice(bench) == f"uninstall gpu-operator --namespace {NAMESPACE}"
    bench.succeed(PLUGIN)
    for number, status in ((2, "failed"), (3, "pending-upgrade")):
        helm(bench.lab, "upgrade", "gpu-operator", str(CHART), "--namespace", NAMESPACE, "--reuse-values")
        leave(bench.lab, number, status)
        leave(bench.lab, 1, "deployed")
    # Not to the one that has failed: its Jobs, which update the definitions, did not run.
    assert follow_advice(bench) == f"rollback gpu-operator 1 --namespace {NAMESPACE}"
    bench.succeed(PLUGIN)
    assert release_of(bench, "deployed")


def test_run_that_ends_before_the_marks_is_completed_by_the_next_one(bench: Workbench) -> None:
    """As after a SIGKILL of Ansible alone: Helm finishes by itself."""
    process = bench.start(PLUGIN)
    bench.lab.until(lambda: release_of(bench, "pending", "deployed"))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    bench.lab.until(lambda: release_of(bench, "deployed"))
    bench.succeed(PLUGIN)
    assert bench.succeed(PLUGIN).counts["changed"] == 0
    remove(bench)
    assert (releases(bench.lab), kinds(bench.lab)) == ([], [])


def test_release_in_config_maps_is_managed_and_not_mistaken_for_none(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bench.lab.env, "HELM_DRIVER", "configmap")
    bench.succeed(PLUGIN)
    assert bench.succeed(PLUGIN).counts["changed"] == 0
    monkeypatch.delitem(bench.lab.env, "HELM_DRIVER")
    before = kubernetes_writes(bench.lab)
    refused = bench.run(PLUGIN, "--check")
    assert (refused.status, "secrets of the namespace gpu-operator hold no record" in refused.output) == (2, True)
    assert kubernetes_writes(bench.lab) == before
    monkeypatch.setitem(bench.lab.env, "HELM_DRIVER", "configmap")
    remove(bench)
    assert (NAMESPACE in namespaces(bench.lab), kinds(bench.lab)) == (False, [])


def test_another_release_or_namespace_does_not_touch_the_marks(bench: Workbench) -> None:
    bench.succeed(PLUGIN)
    assert bench.run(PLUGIN, gpu_operator_release="Bad_REL").status == 2
    remove(bench, gpu_operator_release="other")
    remove(bench, gpu_operator_namespace="other")
    assert (releases(bench.lab), len(kinds(bench.lab))) == (["gpu-operator"], 5)
    remove(bench)
    assert (releases(bench.lab), kinds(bench.lab)) == ([], [])
    assert NAMESPACE not in namespaces(bench.lab)


def test_labels_of_nodes_are_listed_as_long_as_they_are_there(bench: Workbench) -> None:
    bench.lab.create_pool("others", vmSize="Standard_NC4as_T4_v3", gpuProfile={"driver": "None"})
    bench.succeed(PLUGIN, gpu_operator_pools={"others": {"vm_size": "Standard_NC4as_T4_v3"}})
    bench.lab.until(lambda: labelled(bench.lab))
    for _again in range(3):
        assert "has labels of the operator, such as nvidia.com/gpu." in remove(bench)
    for node in labelled(bench.lab):
        bench.lab.kubectl("label", "node", node["name"], *(f"{key}-" for key in node["labels"] if key.startswith("nvidia.com/")))
    assert "has labels of the operator" not in remove(bench)


def labelled(lab: RunningLab) -> list[Any]:
    """The metadata of the other pool's nodes that have labels of the operator."""
    nodes = [node["metadata"] for node in lab.get("nodes", "--selector", "agentpool=others")["items"]]
    return [node for node in nodes if "nvidia.com/gpu.present" in node["labels"]]
