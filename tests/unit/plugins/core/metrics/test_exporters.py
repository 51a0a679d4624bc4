# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where exporters are, which one of a node is read, and what is wrong with them and with what they show."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.article import GONE, gone
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.catalog import wanted
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.device_labels import device_key
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporters import (
    exporters,
    misplaced,
    preferred,
    silent,
    without_devices,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exposition import samples
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.judge import without_pods, without_profiling
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.result import Devices
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding

from ...builders import GPU_NODE, Json, facts_of, node, waiting
from .dcgm import BUSY, PROFILED, text

MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
CRASHING = {"phase": "Running", "containerStatuses": [{"name": "exporter", **waiting("CrashLoopBackOff")}]}


def exporter_pod(status: Json = READY, **container: Any) -> Json:
    """A pod of an exporter on the node."""
    spec = {"nodeName": GPU_NODE, "containers": [{"name": "exporter", "image": "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3", **container}]}
    return {"metadata": {"name": "dcgm-exporter-x", "namespace": "gpu", "uid": "u"}, "spec": spec, "status": status}


def path_of(**container: Any) -> str:
    (found,) = exporters(facts_of(node()), [exporter_pod(**container)])
    return found.path


@pytest.mark.parametrize(
    ("container", "port"),
    [
        ({}, 9400),
        ({"env": [{"name": "DCGM_EXPORTER_LISTEN", "value": ":19400"}]}, 19400),
        ({"env": [{"name": "DCGM_EXPORTER_LISTEN", "value": ":²"}]}, 9400),
        ({"args": ["-a", ":9402"], "env": [{"name": "DCGM_EXPORTER_LISTEN", "value": ":19400"}]}, 9402),
        ({"command": ["dcgm-exporter", "--address=[::]:9403"], "args": ["-a"]}, 9403),
        ({"env": [{"name": "DCGM_EXPORTER_LISTEN", "valueFrom": {}}], "ports": [{"name": "metrics", "containerPort": 9401}]}, 9401),
        ({"ports": [{"name": "health", "containerPort": 1}, {"name": "metrics", "containerPort": 9500}]}, 9500),
    ],
)
def test_port_of_an_exporter_is_the_one_it_listens_on(container: dict[str, Any], port: int) -> None:
    assert path_of(**container) == f"/api/v1/namespaces/gpu/pods/dcgm-exporter-x:{port}/proxy/metrics"


@pytest.mark.parametrize(
    ("container", "seconds"),
    [
        ({}, 30.0),
        ({"env": [{"name": "DCGM_EXPORTER_INTERVAL", "value": "1500"}]}, 1.5),
        ({"env": [{"name": "DCGM_EXPORTER_INTERVAL", "value": "15s"}]}, 30.0),
        ({"env": [{"name": "DCGM_EXPORTER_INTERVAL", "valueFrom": {}}]}, 30.0),
        ({"args": ["-f", "/x.csv", "-c", "60000"], "env": [{"name": "DCGM_EXPORTER_INTERVAL", "value": "1500"}]}, 60.0),
        ({"args": ["--collect-interval=5000"]}, 5.0),
    ],
)
def test_interval_of_an_exporter_is_that_of_its_settings_or_the_default(container: Json, seconds: float) -> None:
    (found,) = exporters(facts_of(node()), [exporter_pod(**container)])
    assert found.interval == seconds


def test_exporter_of_a_managed_node_is_read_through_the_node() -> None:
    (found,) = exporters(facts_of(node(labels=MANAGED)), [])
    assert found.path == f"/api/v1/nodes/{GPU_NODE}:19400/proxy/metrics"


def test_pods_of_other_nodes_do_not_count() -> None:
    assert exporters(facts_of(node("other")), [exporter_pod()]) == []


def test_of_two_exporters_the_one_that_knows_the_pods_is_read() -> None:
    both = exporters(facts_of(node(labels=MANAGED)), [exporter_pod()])
    assert [each.managed for each in preferred(both)] == [False]
    broken = exporters(facts_of(node(labels=MANAGED)), [exporter_pod(CRASHING)])
    assert [each.managed for each in preferred(broken)] == [True]


def scene(*pods: Json, labels: dict[str, str] | None = None) -> list[Finding]:
    nodes = facts_of(node(labels=labels))
    return list(misplaced(nodes, exporters(nodes, pods)))


def filled(values: dict[str, float], **more: str) -> Devices:
    """The devices of one node's text."""
    devices = Devices(wanted([]))
    for sample in samples(text(values, **more), set(wanted([]).fields)):
        key = device_key(sample.labels, GPU_NODE)
        assert key is not None
        devices.describe(key, sample.labels)
        devices.add(key, sample.name, sample.value)
    return devices


def unmapped(**more: str) -> list[Finding]:
    return list(without_pods(filled(dict(BUSY), **more), {GPU_NODE: 1}, [GPU_NODE]))


def test_second_pod_that_measures_a_node_is_found() -> None:
    other = exporter_pod()
    other["metadata"] = {**other["metadata"], "name": "gpu-stats-y"}
    (found,) = scene(exporter_pod(), other)
    assert (found.code, found.evidence) == ("SecondExporter", "pod gpu/gpu-stats-y beside pod gpu/dcgm-exporter-x")
    crashing = {**other, "status": CRASHING}
    assert [each.code for each in scene(exporter_pod(), crashing)] == ["ExporterNotReady"], "its replacement may not be ready yet"


# docs/diagnosis.md shows these.
CASES: dict[str, list[Finding]] = {
    "NoExporter": scene(),
    "ExporterNotReady": scene(exporter_pod(CRASHING)),
    "SecondExporter": scene(exporter_pod(), labels=MANAGED),
    "ExporterNotAnswering": list(silent([(GPU_NODE, "pod gpu/dcgm-exporter-x: connection refused")])),
    "ExporterShowsNoDevice": list(without_devices([(GPU_NODE, "pod gpu/dcgm-exporter-x")])),
    "ProfilingMetricsMissing": list(without_profiling(filled(dict(BUSY)), wanted([]))),
    "DevicesNotMapped": unmapped(),
    "MetricGone": gone(GONE),
}


@pytest.mark.parametrize("code", CASES)
def test_what_is_wrong_is_found_once_and_names_its_place(code: str) -> None:
    found = CASES[code]
    assert {each.code for each in found} == {code}
    assert all(each.subjects and each.explanation.remedy for each in found)


def test_nothing_is_wrong_with_an_exporter_that_tells_all() -> None:
    assert scene(exporter_pod()) == []
    devices = filled(dict(PROFILED), pod="train-0", namespace="team")
    assert list(without_profiling(devices, wanted([]))) == []
    assert list(without_profiling(filled(dict(BUSY)), wanted(["power_watts"]))) == []
    assert unmapped(pod="train-0") == []
    assert list(without_pods(filled(dict(BUSY)), {GPU_NODE: 0}, [GPU_NODE])) == []
