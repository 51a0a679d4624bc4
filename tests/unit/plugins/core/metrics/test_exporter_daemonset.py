# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exporter's DaemonSet and PodMonitor, and who else may measure a pool already."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporter_daemonset import (
    exporter_manifest,
    measured_by,
    pod_monitor_manifest,
    refuse_kept_off,
    runtime_class_of,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporters import exporters
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import is_marked
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.request import exporter_request

from ...builders import GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, facts_of, node
from ...operation_table import parameters, refusal_of

POOL = "gpunp"
MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
BY_NAME = {"app.kubernetes.io/name": "dcgm-exporter"}
IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"


def manifest(*, marked: bool = True, runtime_class: str | None = None, **options: Any) -> Json:
    settings = exporter_request(parameters(OPERATION, pool=POOL, **options)).settings
    return exporter_manifest(settings, POOL, runtime_class=runtime_class, marked=marked)


def pod_spec(**options: Any) -> Json:
    spec: Json = manifest(**options)["spec"]["template"]["spec"]
    return spec


def theirs(*, image: str = IMAGE, labels: Json | None = None, owner: str = "", **spec: Any) -> Json:
    """A DaemonSet that somebody else has made."""
    owners = [{"kind": owner, "apiVersion": "nvidia.com/v1", "name": "cluster-policy", "controller": True, "uid": "u"}] if owner else []
    metadata = {"name": "theirs", "namespace": "monitoring", "uid": "x", "labels": {}, "ownerReferences": owners}
    template = {"metadata": {"labels": labels or {"app": "x"}}, "spec": {"containers": [{"name": "e", "image": image}], **spec}}
    return {"metadata": metadata, "spec": {"selector": {}, "template": template}}


def test_daemonset_is_nvidias_with_the_tolerations_of_the_pool() -> None:
    made = manifest(node_taints=[SKU_TAINT])
    assert made["metadata"] == {
        "name": "dcgm-exporter-gpunp",
        "namespace": "gpu-metrics",
        "labels": {**BY_NAME, "app.kubernetes.io/instance": POOL, "app.kubernetes.io/managed-by": "gpuops.aks"},
    }
    spec = made["spec"]["template"]["spec"]
    assert SKU_TOLERATION in spec["tolerations"]
    (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "kubernetes.azure.com/agentpool", "operator": "In", "values": [POOL]}]
    (container,) = spec["containers"]
    assert {each["name"]: each.get("value") for each in container["env"]} == {
        "DCGM_EXPORTER_KUBERNETES": "true",
        "DCGM_EXPORTER_LISTEN": ":9400",
        "NODE_NAME": None,
    }
    assert container["securityContext"]["capabilities"] == {"add": ["SYS_ADMIN"]}
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/var/lib/kubelet/pod-resources"]
    assert spec["automountServiceAccountToken"] is False


SERVED, ELSEWHERE = {"tolerations": [SKU_TOLERATION]}, {"nodeSelector": {"agentpool": "other"}}


@pytest.mark.parametrize(
    ("daemonsets", "expected"),
    [
        ([], None),
        ([theirs(owner="ClusterPolicy", **SERVED), theirs(owner="ClusterPolicy", runtimeClassName="nvidia", **SERVED)], "nvidia"),
        ([theirs(owner="ClusterPolicy", runtimeClassName="nvidia", **ELSEWHERE)], None),
        ([theirs(runtimeClassName="kata", **SERVED)], None),  # of somebody else, whose pods may not need a GPU
    ],
)
def test_pods_have_the_runtime_class_of_the_operator_that_serves_the_nodes(daemonsets: list[Json], expected: str | None) -> None:
    found = runtime_class_of(facts_of(node(taints=[SKU_TAINT])), daemonsets)
    assert found == expected
    assert manifest(runtime_class=found)["spec"]["template"]["spec"].get("runtimeClassName") == expected


def test_pods_of_the_daemonset_are_found_and_read() -> None:
    template = manifest()["spec"]["template"]
    pod = {
        "metadata": {"name": "x", "namespace": "gpu-metrics", **template["metadata"]},
        "spec": {**template["spec"], "nodeName": GPU_NODE},
    }
    (found,) = exporters(facts_of(node()), [{**pod, "status": {"phase": "Running"}}])
    assert found.path.endswith(":9400/proxy/metrics")


def test_options_change_what_they_name() -> None:
    (container,) = pod_spec(env={"DCGM_EXPORTER_INTERVAL": 10000}, args=["-f", "/x.csv"], security_context={"runAsUser": 1})["containers"]
    assert {"name": "DCGM_EXPORTER_INTERVAL", "value": "10000"} in container["env"]
    assert (container["args"], container["securityContext"]) == (["-f", "/x.csv"], {"runAsUser": 1})
    assert not is_marked(manifest(marked=False))
    assert manifest(name="mine", namespace="team")["metadata"]["name"] == "mine"


def test_pod_monitor_names_the_port_and_the_pods() -> None:
    made = manifest()
    monitor = pod_monitor_manifest(exporter_request(parameters(OPERATION, pool=POOL)).settings, POOL, marked=True)
    assert (monitor["apiVersion"], monitor["metadata"]) == ("azmonitoring.coreos.com/v1", made["metadata"])
    assert monitor["spec"]["selector"] == made["spec"]["selector"]
    ports = [port["name"] for port in made["spec"]["template"]["spec"]["containers"][0]["ports"]]
    assert [each["port"] for each in monitor["spec"]["podMetricsEndpoints"]] == ports


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pool": ""}, "InvalidExporter"),
        ({"env": {"DCGM_EXPORTER_LISTEN": ":1"}}, "InvalidExporter"),
        ({"args": ["--address=:1"]}, "InvalidExporter"),
        ({"labels": BY_NAME}, "ReservedLabel"),
        ({"node_selector": {"agentpool": "other"}}, "ContradictingOptions"),
    ],
)
def test_options_that_cannot_work_are_refused(given: Json, code: str) -> None:
    assert refusal_of(OPERATION, **{"pool": POOL, **given}).code == code


def test_node_that_the_daemonset_cannot_reach_is_refused() -> None:
    tainted = node(labels={"kubernetes.azure.com/agentpool": POOL}, taints=[SKU_TAINT])
    refuse_kept_off(manifest(node_taints=[SKU_TAINT]), facts_of(tainted))
    with pytest.raises(InvalidInputError, match=rf"no pod on {GPU_NODE}: it doesn't tolerate the taint sku=gpu:NoSchedule"):
        refuse_kept_off(manifest(), facts_of(tainted))


@pytest.mark.parametrize(
    ("labels", "others", "owner"),
    [
        ({}, [], ""),
        (MANAGED, [theirs()], "aks"),
        ({}, [theirs(labels=BY_NAME)], "other"),
        ({}, [theirs(image="example.com/renamed:1", labels=BY_NAME)], "other"),
        ({}, [theirs(owner="ClusterPolicy", labels={"app": "nvidia-dcgm-exporter"})], "gpu_operator"),
        ({}, [theirs(image="example.com/other:1")], ""),
        ({}, [theirs(nodeSelector={"pool": "another"})], ""),
    ],
)
def test_pool_is_measured_by_whoever_serves_its_nodes(labels: Json, others: list[Json], owner: str) -> None:
    assert measured_by(facts_of(node(labels=labels)), others)[0] == owner


def test_exporter_of_others_whose_pods_would_not_be_found_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        measured_by(facts_of(node()), [theirs()])
    assert refusal.value.code == "ExporterNotLabeled"
    command, _unused, patch = refusal.value.remedy.rstrip("'").partition(" -p '")
    assert command.endswith("kubectl patch daemonset theirs -n monitoring")
    assert json.loads(patch) == {"spec": {"template": {"metadata": {"labels": BY_NAME}}}}


def test_exporters_of_others_that_leave_a_node_out_are_refused() -> None:
    nodes = facts_of(node(labels={"zone": "1"}), node("other", labels={"zone": "2"}))
    in_zone = [theirs(labels=BY_NAME, nodeSelector={"zone": zone}) for zone in ("1", "2")]
    assert measured_by(nodes, in_zone)[0] == "other"
    with pytest.raises(InvalidInputError, match="no pod on other: its nodeSelector wants zone=1") as refusal:
        measured_by(nodes, in_zone[:1])
    assert refusal.value.code == "ExporterOfSomeNodes"
