# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK
from ansible_collections.gpuops.aks.plugins.module_utils._kube.namespaces import contents
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DAEMONSETS, NAMESPACES, PODS, Kind
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION

from tests.integration.plugins.cluster import SKU, Cluster, Json
from tests.integration.running_lab import PATIENCE_S
from tests.sources import OURS, articles

pytestmark = pytest.mark.lab

NAME = "nvidia-device-plugin-daemonset"
OTHER_IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"
CRITICAL = "scheduler.alpha.kubernetes.io/critical-pod"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
DEFINITIONS = Kind("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", namespaced=False)


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Where the plugin is to go; not there yet."""
    return f"{cluster.name}-plugin"


def wanted(namespace: str, **changes: Any) -> Json:
    return {"namespace": namespace, "node_taints": [SKU], "min_ready_seconds": 0, "wait_timeout": PATIENCE_S, **changes}


def plugin(cluster: Cluster, namespace: str) -> Json:
    return cluster.get(DAEMONSETS, NAME, namespace)


def pod_spec(cluster: Cluster, namespace: str) -> Json:
    spec: Json = plugin(cluster, namespace)["spec"]["template"]["spec"]
    return spec


def image(cluster: Cluster, namespace: str) -> str:
    return str(pod_spec(cluster, namespace)["containers"][0]["image"])


def ready_on(cluster: Cluster, namespace: str) -> set[str]:
    return {pod["spec"]["nodeName"] for pod in cluster.client.list(PODS, namespace=namespace) if is_ready(pod)}


def is_ready(pod: Mapping[str, Any]) -> bool:
    return any((each["type"], each["status"]) == ("Ready", "True") for each in pod["status"].get("conditions", []))


def subjects(result: Json) -> list[str]:
    return [change["before_header"] for change in result["diff"]]


def labels(item: Json) -> Json:
    found: Json = item["metadata"].get("labels") or {}
    return found


def test_life_of_a_plugin_each_step_predicted_done_and_repeated(cluster: Cluster, namespace: str) -> None:
    nodes = {cluster.add_node(f"gpu{number}", taints=[SKU]) for number in range(3)}
    both = [f"Namespace {namespace}", f"DaemonSet {namespace}/{NAME}"]

    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(namespace))
    assert (predicted["changed"], subjects(predicted), written) == (True, both, [])

    with cluster.writes() as written:
        made = cluster.run(OPERATION, **wanted(namespace))
    assert (made["changed"], subjects(made), made["adopted"], made["unserved"]) == (True, both, False, {})
    assert made["diff"][1]["after"]["spec"] == predicted["diff"][1]["after"]["spec"]
    assert set(made["served"]) == nodes == ready_on(cluster, namespace)
    assert MARK.items() <= labels(cluster.get(NAMESPACES, namespace)).items()
    assert MARK.items() <= labels(plugin(cluster, namespace)).items()
    assert [line.split("?")[0] for line in written] == [
        "create /api/v1/namespaces",
        f"patch /apis/apps/v1/namespaces/{namespace}/daemonsets/{NAME}",
    ]

    with cluster.writes() as written:
        again = [cluster.run(OPERATION, check=check, **wanted(namespace)) for check in (True, False)]
    assert ([one["changed"] for one in again], [one["diff"] for one in again], written) == ([False, False], [[], []], [])

    absent = {"namespace": namespace, "state": "absent", "wait_timeout": PATIENCE_S}
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **absent)
    assert (subjects(predicted), written) == (both[::-1], [])
    gone = cluster.run(OPERATION, **absent)
    assert (subjects(gone), gone["kept"]) == (both[::-1], [])
    assert cluster.client.find(NAMESPACES, namespace) is None
    assert not cluster.client.list(PODS, namespace=namespace)
    again = [cluster.run(OPERATION, check=check, **absent) for check in (True, False)]
    assert [(one["changed"], one["kept"]) for one in again] == [(False, [])] * 2


def test_changed_image_and_taints_are_an_update_that_the_diff_shows(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(taints=[SKU])
    cluster.run(OPERATION, **wanted(namespace))
    changes = {"image": OTHER_IMAGE, "node_taints": [SKU, "team=vision:NoExecute"]}

    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(namespace, **changes))
    assert written == []
    assert image(cluster, namespace) != OTHER_IMAGE
    done = cluster.run(OPERATION, **wanted(namespace, **changes))
    (shown,) = done["diff"]
    assert predicted["diff"] == [shown]
    assert shown["before"].keys() == shown["after"].keys() == {"containers", "tolerations"}
    assert shown["before"]["containers"][0]["image"] != shown["after"]["containers"][0]["image"] == OTHER_IMAGE
    assert {"key": "team", "operator": "Equal", "value": "vision", "effect": "NoExecute"} in shown["after"]["tolerations"]
    assert [pod["spec"]["containers"][0]["image"] for pod in cluster.client.list(PODS, namespace=namespace)] == [OTHER_IMAGE]
    assert ready_on(cluster, namespace) == {node}
    assert not cluster.run(OPERATION, **wanted(namespace, **changes))["changed"]


@pytest.mark.parametrize(
    ("with_it", "without_it"),
    [
        ({"args": ["--mig-strategy=none"]}, {}),
        ({"env": {"FAIL_ON_INIT_ERROR": "false", "MIG_STRATEGY": "none"}}, {}),
        ({"annotations": {"team": "vision"}}, {}),
        ({"image_pull_secrets": ["registry"]}, {}),
        ({"priority_class_name": "system-node-critical"}, {"priority_class_name": ""}),
    ],
    ids=["args", "env", "annotations", "image_pull_secrets", "priority_class_name"],
)
def test_options_that_are_no_longer_set_are_removed(cluster: Cluster, namespace: str, with_it: Json, without_it: Json) -> None:
    cluster.run(OPERATION, **wanted(namespace, **without_it))
    bare = plugin(cluster, namespace)["spec"]["template"]
    cluster.run(OPERATION, **wanted(namespace, **with_it))
    assert plugin(cluster, namespace)["spec"]["template"] != bare

    predicted = cluster.run(OPERATION, check=True, **wanted(namespace, **without_it))
    done = cluster.run(OPERATION, **wanted(namespace, **without_it))
    assert done["changed"]
    assert predicted["diff"] == done["diff"]
    assert plugin(cluster, namespace)["spec"]["template"] == bare


def test_plugin_without_the_toleration_is_ready_and_the_node_that_it_misses_is_named(cluster: Cluster, namespace: str) -> None:
    tainted, open_node = cluster.add_node("tainted", taints=[SKU]), cluster.add_node("open")
    result = cluster.run(OPERATION, namespace=namespace, min_ready_seconds=0, wait_timeout=PATIENCE_S)
    cluster.until(lambda: plugin(cluster, namespace)["status"]["numberReady"] == 1)
    assert plugin(cluster, namespace)["status"]["desiredNumberScheduled"] == 1
    assert (result["served"], result["unserved"]) == ([open_node], {tainted: f"it doesn't tolerate the taint {SKU}"})
    (warning,) = result["warnings"]
    assert tainted in warning
    assert str(SKU) in warning


def test_wait_ends_when_the_last_pod_is_ready(cluster: Cluster, namespace: str) -> None:
    # KWOK knows the node before it is silenced: a pod that is bound to a node which it doesn't know yet it would never start.
    late = cluster.add_node("late", taints=[SKU])
    with ThreadPoolExecutor(1) as pool:
        with cluster.silent_kubelets():
            task = pool.submit(cluster.run, OPERATION, **wanted(namespace))
            cluster.until(lambda: cluster.client.find(DAEMONSETS, NAME, namespace))
            assert not task.done()
        assert task.result(timeout=2 * PATIENCE_S)["served"] == [late]
    assert ready_on(cluster, namespace) == {late}


def test_node_whose_gpus_appear_needs_no_time_to_be_ready(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(taints=[SKU])
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, **wanted(namespace, min_ready_seconds=3600))
        cluster.until(lambda: (cluster.client.find(DAEMONSETS, NAME, namespace) or {}).get("status", {}).get("numberReady"))
        assert not task.done()
        cluster.show_gpus(node, capacity=1, allocatable=1)
        assert task.result(timeout=2 * PATIENCE_S)["served"] == [node]


def test_gpus_that_a_node_had_before_prove_nothing_of_a_new_template(cluster: Cluster, namespace: str) -> None:
    node = cluster.add_node(taints=[SKU], gpus=1)
    cluster.run(OPERATION, **wanted(namespace, min_ready_seconds=3600, wait=False))
    cluster.until(lambda: ready_on(cluster, namespace) == {node})
    failed = cluster.fail(OPERATION, **wanted(namespace, min_ready_seconds=3600, wait_timeout=1))
    assert failed["error"]["message"].endswith(f"is not ready on every GPU node after 1 s: {node}: ready, but not for 3600 s yet.")


def test_rollout_that_does_not_end_in_time_names_node_and_state(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    with cluster.silent_kubelets():
        node = cluster.add_node(taints=[SKU], ready=False)
        result = cluster.fail(OPERATION, **wanted(namespace, wait_timeout=1))
    assert (result["error"]["code"], result["error"]["retriable"], result["changed"]) == ("NodeNotReady", True, True)
    assert node in result["msg"]
    assert "the node is not Ready" in result["msg"] or "Pending" in result["msg"]


def apply_article(cluster: Cluster, namespace: str, directory: Path = OURS.articles / "2021") -> None:
    """The article's own step, as a person has done it before."""
    manifest = yaml.safe_load((directory / "nvidia-device-plugin-ds.yaml").read_text())
    manifest["metadata"]["namespace"] = namespace
    cluster.make_namespace(namespace)
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply")


@pytest.mark.parametrize("directory", articles("2021"))
def test_articles_daemonset_is_adopted_and_its_leftovers_are_removed(cluster: Cluster, namespace: str, directory: Path) -> None:
    node = cluster.add_node(taints=[SKU])
    apply_article(cluster, namespace, directory)
    by_hand = plugin(cluster, namespace)
    assert LAST_APPLIED in by_hand["metadata"]["annotations"]
    assert CRITICAL in by_hand["spec"]["template"]["metadata"]["annotations"]

    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(namespace))
    assert written == []
    adopted = cluster.run(OPERATION, **wanted(namespace))
    assert predicted["diff"] == adopted["diff"]
    assert (predicted["adopted"], adopted["adopted"], adopted["served"]) == (True, True, [node])
    (shown,) = adopted["diff"]
    assert CRITICAL in shown["before"]["podMetadata"]["annotations"]
    assert "annotations" not in shown["after"]["podMetadata"]

    live = plugin(cluster, namespace)
    assert live["metadata"]["uid"] == by_hand["metadata"]["uid"]
    assert len(cluster.client.list(DAEMONSETS, namespace=namespace)) == 1
    assert LAST_APPLIED not in live["metadata"]["annotations"]
    assert CRITICAL not in (live["spec"]["template"]["metadata"].get("annotations") or {})
    assert not MARK.items() <= labels(live).items()
    again = cluster.run(OPERATION, **wanted(namespace))
    assert (again["changed"], again["adopted"]) == (False, False)


def test_adoption_goes_well_while_a_rollout_changes_the_status_all_the_time(cluster: Cluster, namespace: str) -> None:
    apply_article(cluster, namespace)
    path, done = f"{DAEMONSETS.object(NAME, namespace)}/status", Event()

    def report() -> int:
        return next(number for number in count() if not report_once(number) and done.is_set())

    def report_once(number: int) -> None:
        patch = {"status": {"numberUnavailable": number % 7}}
        cluster.client.call("PATCH", path, what="Reporting", body=patch, content="application/merge-patch+json")

    with ThreadPoolExecutor(1) as pool:
        reports = pool.submit(report)
        try:
            adopted = cluster.run(OPERATION, **wanted(namespace, wait=False))
        finally:
            done.set()
    assert adopted["adopted"]
    assert reports.result() > 1, "the status has changed meanwhile"


def test_absent_keeps_objects_made_by_hand_by_default(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(taints=[SKU])
    apply_article(cluster, namespace)
    cluster.run(OPERATION, **wanted(namespace))
    foreign = f"Namespace {namespace}: not made by this collection"

    with cluster.writes() as written:
        left = cluster.run(OPERATION, namespace=namespace, state="absent")
    assert (left["changed"], written) == (False, [])
    assert left["kept"] == [f"DaemonSet {namespace}/{NAME}: not made by this collection", foreign]

    gone = cluster.run(OPERATION, namespace=namespace, state="absent", remove_adopted=True)
    assert (subjects(gone), gone["kept"]) == ([f"DaemonSet {namespace}/{NAME}"], [foreign])
    assert not cluster.client.list(DAEMONSETS, namespace=namespace)
    assert not cluster.client.list(PODS, namespace=namespace)


def test_a_plugin_is_gone_when_its_pods_are_and_not_sooner(cluster: Cluster, namespace: str) -> None:
    cluster.add_node(taints=[SKU])
    cluster.make_namespace(namespace)
    cluster.run(OPERATION, **wanted(namespace))
    (pod,) = cluster.client.list(PODS, namespace=namespace)
    hold = ("patch", "pod", pod["metadata"]["name"], "--namespace", namespace, "--patch")
    cluster.lab.kubectl(*hold, '{"metadata": {"finalizers": ["example.com/hold"]}}')
    for _run in ("the one that is interrupted", "the one that takes it up"):
        refused = cluster.fail(OPERATION, namespace=namespace, state="absent", wait_timeout=2)
        assert refused["error"]["code"] == "Timeout"
    cluster.lab.kubectl(*hold, '{"metadata": {"finalizers": null}}')
    assert not cluster.run(OPERATION, namespace=namespace, state="absent", wait_timeout=PATIENCE_S)["changed"]
    assert not cluster.client.list(PODS, namespace=namespace)


def test_adoption_counts_as_a_change_even_where_the_manifest_is_already_the_wanted_one(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    by_hand = cluster.run(OPERATION, check=True, **wanted(namespace))["diff"][0]["after"]
    del by_hand["metadata"]["labels"]["app.kubernetes.io/managed-by"]
    cluster.kubectl_stdin(yaml.safe_dump(by_hand), "apply")
    first, second = (cluster.run(OPERATION, **wanted(namespace)) for _unused in range(2))
    assert (first["adopted"], first["changed"], second["adopted"], second["changed"]) == (True, True, False, False)


def test_daemonset_of_another_tool_is_refused_by_name_until_it_is_forced(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    manifest = cluster.run(OPERATION, check=True, **wanted(namespace, image=OTHER_IMAGE))["diff"][0]["after"]
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply", "--server-side", "--field-manager=helm")

    with cluster.writes() as written:
        refused = cluster.fail(OPERATION, **wanted(namespace))
    assert (refused["error"]["code"], refused["changed"], written) == ("FieldManagerConflict", False, [])
    assert 'conflict with "helm": .spec.template.spec.containers[name="nvidia-device-plugin-ctr"].image' in refused["msg"]
    assert "force_conflicts: true" in refused["error"]["remedy"]
    assert image(cluster, namespace) == OTHER_IMAGE

    forced = cluster.run(OPERATION, **wanted(namespace, force_conflicts=True))
    assert forced["changed"]
    assert image(cluster, namespace) != OTHER_IMAGE
    assert not cluster.run(OPERATION, **wanted(namespace))["changed"]


def test_daemonset_with_another_selector_is_refused(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    manifest = cluster.run(OPERATION, check=True, **wanted(namespace))["diff"][0]["after"]
    manifest["spec"]["selector"]["matchLabels"] = manifest["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    cluster.kubectl_stdin(yaml.safe_dump(manifest), "apply")
    refused = cluster.fail(OPERATION, **wanted(namespace))
    assert "selector is {'matchLabels': {'app': 'other'}}" in refused["msg"]


def edit_image(item: Json) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["image"] = OTHER_IMAGE


def add_annotation(item: Json) -> None:
    item["spec"]["template"]["metadata"]["annotations"] = {"team": "vision"}


def add_variable(item: Json) -> None:
    item["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "ADDED", "value": "x"})


@pytest.mark.parametrize("edit", [edit_image, add_annotation, add_variable])
def test_manual_edit_of_our_daemonset_is_reverted(cluster: Cluster, namespace: str, edit: Callable[[Json], None]) -> None:
    cluster.run(OPERATION, **wanted(namespace))
    before = plugin(cluster, namespace)["spec"]["template"]
    cluster.kubectl_edit(DAEMONSETS, NAME, namespace, edit)
    assert plugin(cluster, namespace)["spec"]["template"] != before

    back = cluster.run(OPERATION, **wanted(namespace))
    assert (back["changed"], back["adopted"]) == (True, False)
    assert back["diff"][0]["before"]["fieldManagers"] == ["kubectl-edit"]
    assert plugin(cluster, namespace)["spec"]["template"] == before
    assert MARK.items() <= labels(plugin(cluster, namespace)).items()
    assert not cluster.run(OPERATION, **wanted(namespace))["changed"]


def test_rollout_restart_is_not_a_change(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace))
    cluster.lab.kubectl("rollout", "restart", f"daemonset/{NAME}", "--namespace", namespace)
    with cluster.writes() as written:
        again = cluster.run(OPERATION, **wanted(namespace))
    assert (again["changed"], written) == (False, [])


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (
            {"kubernetes.azure.com/node-image-version": "AKSUbuntu-1804gen2gpucontainerd-2021.05.01"},
            "its image AKSUbuntu-1804gen2gpucontainerd-2021.05.01 is the dedicated GPU image",
        ),
        ({"kubernetes.azure.com/dcgm-exporter": "enabled"}, "AKS manages its GPU"),
    ],
    ids=["dedicated", "managed"],
)
def test_node_that_brings_its_own_plugin_is_not_given_another(cluster: Cluster, namespace: str, label: Json, reason: str) -> None:
    node = cluster.add_node(taints=[SKU], labels=label)
    plain = cluster.add_node("plain", taints=[SKU], labels={"plugin": "by-hand"})
    for check in (True, False):
        with cluster.writes() as written:
            refused = cluster.fail(OPERATION, check=check, **wanted(namespace))
        assert (refused["error"]["code"], written) == ("PluginNotNeeded", [])
        assert f"would run on {node}, which must not have one: {reason}" in refused["msg"]
    kept_off = cluster.run(OPERATION, **wanted(namespace, node_selector={"plugin": "by-hand"}))
    assert (kept_off["served"], kept_off["unserved"]) == ([plain], {node: "its nodeSelector wants plugin=by-hand"})


def test_namespace_with_other_objects_is_kept_and_they_are_named(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace))
    cluster.lab.kubectl("create", "configmap", "precious", "--namespace", namespace)
    predicted = cluster.run(OPERATION, check=True, namespace=namespace, state="absent")
    gone = cluster.run(OPERATION, namespace=namespace, state="absent")
    assert predicted["kept"] == gone["kept"] == [f"Namespace {namespace}: holds configmaps/precious"]
    assert subjects(gone) == [f"DaemonSet {namespace}/{NAME}"]
    assert not cluster.client.list(DAEMONSETS, namespace=namespace)


KRUISE = Kind("apis/apps.kruise.io/v1", "daemonsets")


@pytest.fixture
def kruise(cluster: Cluster) -> Iterator[None]:
    """OpenKruise's DaemonSets, which share the plural of Kubernetes' own (https://openkruise.io/docs/user-manuals/advanceddaemonset)."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": KRUISE.plural, "kind": "DaemonSet"}
    spec = {"group": KRUISE.group, "names": names, "scope": "Namespaced", "versions": [version]}
    name = f"{KRUISE.plural}.{KRUISE.group}"
    cluster.client.create(DEFINITIONS, {"metadata": {"name": name}, "spec": spec})
    cluster.lab.kubectl("wait", "--for=condition=Established", f"crd/{name}", f"--timeout={PATIENCE_S}s")
    yield
    cluster.client.delete(DEFINITIONS, name)


@pytest.mark.usefixtures("kruise")
def test_namespace_with_another_groups_object_of_the_same_name_stays(cluster: Cluster, namespace: str) -> None:
    cluster.run(OPERATION, **wanted(namespace))
    metadata = {"name": NAME, "namespace": namespace}
    cluster.client.create(KRUISE, {"apiVersion": "apps.kruise.io/v1", "kind": "DaemonSet", "metadata": metadata})
    cluster.until(lambda: KRUISE.named(NAME) in contents(cluster.client, namespace))
    gone = cluster.run(OPERATION, namespace=namespace, state="absent")
    assert gone["kept"] == [f"Namespace {namespace}: holds daemonsets.apps.kruise.io/{NAME}"]
    assert subjects(gone) == [f"DaemonSet {namespace}/{NAME}"]
    assert cluster.client.find(NAMESPACES, namespace)


def test_namespace_that_is_being_deleted_is_named_as_the_cause(cluster: Cluster, namespace: str) -> None:
    cluster.make_namespace(namespace)
    cluster.client.delete(NAMESPACES, namespace)
    refused = cluster.fail(OPERATION, **wanted(namespace))
    assert "being deleted" in refused["error"]["cause"]
    assert refused["error"]["retriable"]


@pytest.mark.parametrize(
    "params",
    [
        {"image": "contosointelligence.azurecr.io/nvidia/k8s-device-plugin:v0.18.2"},
        {"image": "mirror.example.com/kvm-lab/device-plugin:1"},
        {"name": "nvidia-device-plugin-rdma-nodes"},
    ],
)
def test_plugin_whose_names_contain_another_devices_word_is_idempotent(cluster: Cluster, params: Json) -> None:
    cluster.add_node(gpus=1)
    task = {"namespace": f"{cluster.name}-plugin", "wait": False, **params}
    assert cluster.run(OPERATION, check=True, **task)["changed"]
    assert cluster.run(OPERATION, **task)["changed"]
    assert not cluster.run(OPERATION, **task)["changed"]
