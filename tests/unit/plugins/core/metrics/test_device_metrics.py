# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the text of an exporter to the devices of a result, and which names a task may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.article import ARTICLE, GONE, READ, gone
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.catalog import METRICS, Wanted, wanted
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.device_labels import device_facts, device_key, host_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exposition import number, samples
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.result import Devices, node_facts
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import GPU_NODE, facts_of, node, pod
from .dcgm import UUID, labels, text

ALL = wanted([])


def devices_of(*texts: str, asked: Wanted = ALL) -> list[dict[str, Any]]:
    """The devices of one node in these texts."""
    devices = Devices(asked)
    for each in texts:
        for sample in samples(each, set(asked.fields)):
            key = device_key(sample.labels)
            assert key is not None
            devices.describe(key, sample.labels)
            devices.add(key, sample.name, sample.value)
    (found,) = devices.by_node().values()
    return found


def test_values_of_a_device_have_our_names_and_blanks_are_null() -> None:
    (device,) = devices_of(text())
    assert (device["gpu"], device["uuid"], device["model"]) == ("0", UUID, "Tesla T4")
    values = device["values"]
    assert (values["utilization_percent"], values["power_watts"], values["last_xid"]) == (93.0, 61.25, 0.0)
    assert (values["memory_used_mib"], values["memory_total_mib"]) == (9012.0, 9012.0 + 5600 + 297)
    assert values["memory_temperature_celsius"] is None
    assert values["sm_active_ratio"] is None  # not exported
    assert list(values) == [each.name for each in METRICS]


def test_only_what_was_asked_for_is_returned() -> None:
    (device,) = devices_of(text(), asked=wanted(["memory_total_mib", "DCGM_FI_DEV_POWER_USAGE"]))
    assert device["values"] == {"memory_total_mib": 14909.0, "power_watts": 61.25}


def test_total_memory_is_unknown_without_its_parts() -> None:
    (device,) = devices_of(text({"DCGM_FI_DEV_FB_USED": 1}))
    assert device["values"]["memory_total_mib"] is None


def test_instances_of_a_divided_gpu_are_devices_of_their_own() -> None:
    first, second = devices_of(
        text(GPU_I_PROFILE="1g.10gb", GPU_I_ID="10"), text({"DCGM_FI_DEV_FB_USED": 7}, GPU_I_PROFILE="1g.10gb", GPU_I_ID="9")
    )
    assert (first["mig_id"], second["mig_id"], first["mig_profile"]) == ("9", "10", "1g.10gb")
    assert first["values"]["memory_used_mib"] == 7


@pytest.mark.parametrize(
    ("more", "workload"),
    [
        ({}, (None, None, None)),
        ({"pod": "train-0", "namespace": "team", "container": "main"}, ("train-0", "team", "main")),
        ({"pod_name": "train-0", "pod_namespace": "team", "container_name": "main"}, ("train-0", "team", "main")),
        ({"pod": "x-dcgm-exporter-1", "exported_pod": "train-0", "exported_namespace": "team"}, ("train-0", "team", None)),
        ({"pod": "nvidia-dcgm-exporter-x8k2p", "namespace": "gpu-operator", "container": "exporter"}, (None, None, None)),
    ],
)
def test_workload_of_a_device_is_known_by_any_spelling(more: dict[str, str], workload: tuple[str | None, ...]) -> None:
    facts = device_facts(labels(**more))
    assert (facts["pod"], facts["namespace"], facts["container"]) == workload


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({"Hostname": "n1", "instance": "10.244.0.9:9400"}, "n1"),
        ({"hostname": "n1"}, "n1"),
        ({"instance": "n1"}, "n1"),
        ({"instance": "n1:19400"}, "n1"),
    ],
)
def test_node_of_a_sample_is_known_by_any_label(given: dict[str, str], host: str) -> None:
    assert host_of(given) == host


def test_sample_without_a_gpu_is_not_one_of_a_device() -> None:
    assert device_key({"instance": "n1"}) is None


def test_labels_are_unescaped_and_other_lines_left_out() -> None:
    shown = 'DCGM_FI_DEV_FB_USED{gpu="0",pod="a\\\\b\\"c\\nd"} 3 1700000000000\nother 1\nDCGM_FI_DEV_FB_USED{gpu="1" 3\n\n'
    (sample,) = samples(shown, {"DCGM_FI_DEV_FB_USED"})
    assert (sample.labels["pod"], sample.value) == ('a\\b"c\nd', 3.0)


@pytest.mark.parametrize("blank", ["9223372036854775794", "NaN", "+Inf", "-9.3e18", "nothing", "²"])
def test_what_is_no_value_is_null(blank: str) -> None:
    assert number(blank) is None


def test_unknown_name_is_quoted_also_an_empty_one() -> None:
    with pytest.raises(InvalidInputError, match="not a metric: 'gpu_util', ''"):
        wanted(["gpu_util", ""])


def test_names_of_the_article_are_all_known() -> None:
    asked = wanted([*ARTICLE])
    assert asked.metrics == ()
    assert asked.gone == GONE
    assert len(ARTICLE) == len(GONE) + len(READ) == 7
    assert all(here in {*(each.name for each in METRICS)} for name in GONE for here in ARTICLE[name].here)
    assert [each.subjects for each in gone(asked.gone)] == [(name,) for name in GONE]


def test_unknown_name_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        wanted(["utilization_percent", "DCGM_FI_DEV_TEMPERATURE"])
    assert refusal.value.code == "UnknownMetric"
    assert "DCGM_FI_DEV_TEMPERATURE" in refusal.value.message
    assert "temperature_celsius" in refusal.value.remedy


def test_requests_and_limits_of_a_node_are_those_of_its_pods() -> None:
    (found,) = facts_of(node(gpus=2), pods=[pod(gpus=1)])
    shown = node_facts(found, [])
    assert shown["resources"]["nvidia.com/gpu"] == {"capacity": 2, "allocatable": 2, "requests": 1, "limits": 1}
    assert (shown["name"], shown["pool"]) == (GPU_NODE, "gpunp")
