# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of pods and nodes, and that it is what kubectl and the scheduler say of the same cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.requests import quantity
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.selection import Selection
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import DEVICE_CLASSES, PODS, RESOURCE_SLICES
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster_reader import ClusterReader
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION

from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json, followers
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

SKU_TOLERATION = {"key": "sku", "operator": "Exists", "effect": "NoSchedule"}


def facts(result: Json) -> Json:
    found: Json = result["ansible_facts"]["gpu_schedulable"]
    return found


def container(name: str = "main", *, gpus: int = 0, resource: str = GPU, restart: str = "", **requests: str) -> Json:
    """A container of an image that runs nowhere; what counts is what it asks for."""
    asked = {**requests, **({resource: str(gpus)} if gpus else {})}
    limits = {resource: str(gpus)} if gpus else {}
    return {
        "name": name,
        "image": "example.com/nothing:1",
        "resources": {"requests": asked, "limits": limits},
        **({"restartPolicy": restart} if restart else {}),
    }


def make_pod(cluster: Cluster, name: str, *containers: Json, on: str = "", **spec: Any) -> None:
    """A pod, bound to a node without asking the scheduler if one is named."""
    place = {"nodeName": on} if on else {}
    body = {"restartPolicy": "Never", "containers": list(containers or [container()]), **place, **spec}
    cluster.client.create(PODS, {"metadata": {"name": name, "namespace": cluster.name}, "spec": body})


def scheduled(cluster: Cluster, name: str) -> str | None:
    """Where the scheduler has put the pod, "" when it has found no place, None as long as it hasn't said."""
    pod = cluster.get(PODS, name, cluster.name)
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    conditions = {each["type"]: each for each in pod.get("status", {}).get("conditions", ())}
    return "" if conditions.get("PodScheduled", {}).get("reason") == "Unschedulable" else None


def scheduler_says(cluster: Cluster, name: str) -> str:
    """Where the scheduler has put the pod, "" when it has found no place."""
    cluster.until(lambda: scheduled(cluster, name) is not None)
    return scheduled(cluster, name) or ""


def described(cluster: Cluster, node: str) -> dict[str, str]:
    """Resource → what kubectl describe node says that pods request."""
    text = cluster.lab.kubectl("describe", "node", node).split("Allocated resources:")[1]
    return {match[1]: match[2] for match in re.finditer(r"^  ([a-z][\w./-]+)\s+(\d\w*)", text, re.MULTILINE)}


def test_requests_are_those_that_kubectl_describe_node_adds_up(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=8)
    make_pod(cluster, "plain", container(gpus=1, cpu="250m", memory="100Mi"), container("b", cpu="1", memory="1Gi"), on=node)
    make_pod(cluster, "init", container(gpus=1, cpu="100m"), initContainers=[container("first", gpus=3, cpu="700m", memory="2G")], on=node)
    sidecars = [container("side", restart="Always", cpu="50m"), container("then", gpus=2, cpu="60m")]
    make_pod(cluster, "sidecar", container(gpus=1, cpu="10m"), initContainers=sidecars, on=node)
    make_pod(cluster, "whole", container(cpu="10m"), resources={"requests": {"cpu": "300m", "memory": "64Mi"}}, on=node)
    make_pod(cluster, "limits", {**container(), "resources": {"limits": {"cpu": "125m", "memory": "96Mi"}}}, on=node)
    make_pod(cluster, "gone", container(gpus=1, cpu="3"), on=node)
    cluster.lab.kubectl("patch", "pod", "gone", "-n", cluster.name, "--subresource=status", "--patch", '{"status": {"phase": "Failed"}}')

    told = described(cluster, node)
    (seen,) = ClusterReader(Selection(cluster.name, GPU), cluster.client).snapshot(whole=True).nodes
    assert seen.info.used is not None
    assert {name: quantity(text) for name, text in told.items() if quantity(text)} == {
        name: amount for name, amount in seen.info.used.items() if amount
    }
    assert (seen.requested, told[GPU]) == (6, "6")
    assert facts(cluster.run(OPERATION, pool=cluster.name))["requested"] == 6


def test_pods_of_few_nodes_among_many_are_asked_for_node_by_node(cluster: Cluster) -> None:
    node, other = cluster.add_node(gpus=4), cluster.add_node("other", labels={"kubernetes.azure.com/agentpool": "other"})
    for number in range(25):
        make_pod(cluster, f"web-{number}", on=other)
    make_pod(cluster, "train", container(gpus=3), on=node)
    make_pod(cluster, "elsewhere", container(gpus=1), on=other)
    found = facts(cluster.run(OPERATION, pool=cluster.name))
    assert (found["requested"], found["free"]) == (3, 1)
    # More nodes than that, and all pods are read, page by page.
    every = {each["name"]: each["requested"] for each in facts(cluster.run(OPERATION))["nodes"]}
    assert (every[node], every[other]) == (3, 1)


def test_nodes_are_selected_by_labels_and_by_resources(cluster: Cluster) -> None:
    whole = cluster.add_node("whole", gpus=1, labels={"zone": "1"})
    sliced = cluster.add_node("sliced", labels={"zone": "2"})
    cluster.patch_status(sliced, {name: {"nvidia.com/mig-1g.10gb": "7"} for name in ("capacity", "allocatable")})

    def names(**params: Any) -> list[str]:
        return [each["name"] for each in facts(cluster.run(OPERATION, pool=cluster.name, **params))["nodes"]]

    assert names() == [sliced, whole]
    assert names(label_selector="zone=1") == [whole]
    assert names(label_selector="zone in (1, 2),zone!=1") == [sliced]
    assert names(resource_names=["nvidia.com/mig-1g.10gb"]) == [sliced]
    judged = facts(cluster.run(OPERATION, pool=cluster.name, resource_name="nvidia.com/mig-1g.10gb", label_selector="zone=2"))
    assert (judged["schedulable_gpus"], judged["resources"]["nvidia.com/mig-1g.10gb"]["free"]) == (7, 7)


def test_mirror_of_a_wait_keeps_of_pods_those_that_concern_gpus_and_of_them_what_is_needed(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=2)
    make_pod(cluster, "web", on=node)
    make_pod(cluster, "train-0", container(gpus=1), on=node)
    with ClusterReader(Selection(cluster.name, GPU), cluster.client).watch() as live:
        make_pod(cluster, "web-1", on=node)
        make_pod(cluster, "train-1", container(gpus=1), on=node)
        assert live.mirror.wait(lambda: live.now().nodes[0].free == 0, Deadline(SystemClock(), PATIENCE_S))
        kept = {each["metadata"]["name"]: each for each in live.mirror.all("pods") if each["metadata"]["namespace"] == cluster.name}
    assert set(kept) == {"train-0", "train-1"}
    assert all("managedFields" not in each["metadata"] for each in kept.values())
    assert set(kept["train-1"]["spec"]["containers"][0]) <= {"name", "image", "resources", "restartPolicy"}


def ends_with(change: Callable[[], Any], cluster: Cluster, **params: Any) -> None:
    """A task that waits ends well, long before its time is over, once this change is made and not before."""
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(cluster.run, OPERATION, pool=cluster.name, wait_timeout=10 * PATIENCE_S, **params)
        cluster.until(lambda: len(followers()) >= 3 or task.done())
        assert not task.done()
        change()
        task.result(timeout=PATIENCE_S)


def test_wait_for_gpus_ends_with_the_change_that_brings_them(cluster: Cluster) -> None:
    first, second = cluster.add_node("a", gpus=2), cluster.add_node("b", gpus=0)
    make_pod(cluster, "train", container(gpus=1), on=first)
    assert facts(cluster.run(OPERATION, pool=cluster.name, wait_for={"allocatable": 2}))["free"] == 1
    ends_with(lambda: cluster.client.delete(PODS, "train", cluster.name), cluster, wait_for={"schedulable": 2})
    ends_with(lambda: cluster.show_gpus(second, capacity=3, allocatable=3), cluster, wait_for={"schedulable": 3, "nodes": [second]})


def test_timeout_while_waiting_for_gpus_reports_progress_and_reason(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=2)
    make_pod(cluster, "train", container(gpus=2), on=node)
    failed = cluster.fail(OPERATION, pool=cluster.name, wait_for={"schedulable": 1}, wait_timeout=1)
    assert failed["msg"].startswith(f"0 of 1 {GPU} are schedulable after 1 s.")
    assert (failed["error"]["code"], f"{cluster.name}/train (2)" in failed["msg"]) == ("AllGpusInUse", True)
    assert facts(failed)["nodes"][0]["reasons"] == ["AllGpusInUse"]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({}, f"the pod doesn't tolerate its taint {SKU}"),
        ({"tolerations": [SKU_TOLERATION]}, ""),
        ({"tolerations": [SKU_TOLERATION], "containers": [container(gpus=2)]}, f"2 {GPU} asked for, 1 of 2 free"),
        ({"tolerations": [SKU_TOLERATION], "containers": [container(gpus=1, cpu="3500m")]}, "3.500 cpu asked for, 3.000 of 4.000 free"),
        ({"tolerations": [SKU_TOLERATION], "nodeSelector": {"tier": "gold"}}, "it doesn't match the pod's nodeSelector tier=gold"),
    ],
)
def test_pod_fits_where_the_scheduler_puts_it_and_the_reason_is_its_reason(cluster: Cluster, spec: Json, why: str) -> None:
    node = cluster.add_node(gpus=2, taints=[SKU])
    make_pod(cluster, "train", container(gpus=1, cpu="1"), on=node)
    asked: Json = {"containers": [container(gpus=1)], "nodeSelector": {"kubernetes.azure.com/agentpool": cluster.name}, **spec}
    fits = facts(cluster.run(OPERATION, pool=cluster.name, pod=asked))["fits"]
    assert fits["fits"] is (not why)
    assert [reason.startswith(why) for reason in fits["nodes"][node]] == ([True] if why else [])
    make_pod(cluster, "asked", *asked.pop("containers"), **asked)
    assert scheduler_says(cluster, "asked") == ("" if why else node)


def test_invalid_pod_spec_is_rejected_before_any_request(cluster: Cluster) -> None:
    for nonsense in ({}, {"containers": [{"resources": {"requests": {"cpu": "much"}}}]}, {"containers": "main"}):
        refused = cluster.fail(OPERATION, pod=nonsense, kubeconfig="/nowhere")
        assert refused["error"]["code"] == "InvalidPodSpec"


@contextmanager
def devices(cluster: Cluster, node: str, resource: str, count: int) -> Iterator[None]:
    """A driver of dynamic resource allocation publishes devices of the node, and a class offers them under the resource's name."""
    driver = f"{cluster.name}.example.com"
    published = [{"name": f"gpu-{number}", "attributes": {"type": {"string": "gpu"}}} for number in range(count)]
    expression = f"device.driver == '{driver}' && device.attributes['{driver}'].type == 'gpu'"
    place = {"name": node, "generation": 1, "resourceSliceCount": 1}
    cluster.client.create(
        DEVICE_CLASSES,
        {"metadata": {"name": driver}, "spec": {"extendedResourceName": resource, "selectors": [{"cel": {"expression": expression}}]}},
    )
    cluster.client.create(
        RESOURCE_SLICES, {"metadata": {"name": driver}, "spec": {"driver": driver, "nodeName": node, "pool": place, "devices": published}}
    )
    try:
        yield
    finally:
        cluster.client.delete(RESOURCE_SLICES, driver)
        cluster.client.delete(DEVICE_CLASSES, driver)


def test_devices_of_dynamic_resource_allocation_are_counted_as_the_scheduler_hands_them_out(cluster: Cluster) -> None:
    node = cluster.add_node()
    # A name of the test's own: another test's pods must not get these devices.
    resource = f"nvidia.com/{cluster.name}"
    spec = {"containers": [container(gpus=1, resource=resource)]}
    with devices(cluster, node, resource, 2):
        params: Json = {"pool": cluster.name, "resource_name": resource}
        found = facts(cluster.run(OPERATION, **params, pod=spec))
        assert (found["nodes"][0]["dra"], found["schedulable_gpus"]) == ({"devices": 2, "allocated": 0, "free": 2}, 2)
        assert found["fits"]["fits"]
        assert [each["code"] for each in found["findings"]] == []

        make_pod(cluster, "train", *spec["containers"])
        assert scheduler_says(cluster, "train") == node
        taken = cluster.until(lambda: [each for each in [facts(cluster.run(OPERATION, **params))] if each["dra"]["allocated"]])
        assert (taken[0]["nodes"][0]["dra"], taken[0]["schedulable_gpus"]) == ({"devices": 2, "allocated": 1, "free": 1}, 1)
        two = {"containers": [container(gpus=2, resource=resource)]}
        reasons = facts(cluster.run(OPERATION, **params, pod=two))["fits"]["nodes"][node]
        assert reasons == [f"2 {resource} asked for, 1 of 2 free by DRA (held by {cluster.name}/train (1))"]
        make_pod(cluster, "two", *two["containers"])
        assert scheduler_says(cluster, "two") == ""
        cluster.client.delete(PODS, "two", cluster.name)
        ends_with(lambda: cluster.client.delete(PODS, "train", cluster.name), cluster, resource_name=resource, wait_for={"schedulable": 2})
