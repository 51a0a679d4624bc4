# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside a finding about a node."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.context import context_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.facts import snapshot_facts

from ...builders import GPU_NODE, Json, daemonset, event, node, plugin_pod, snapshot

SISTER = "aks-gpunp-28993262-vmss000001"
A10 = "Standard_NV36ads_A10_v5"
IMAGE = "AKSUbuntu-2204gen2containerd-202610.12.0"
MISSING = {
    "type": "GPUMissing", "status": "True", "reason": "GPUMissing", "message": "FaultCode: NHC2009",
    "lastTransitionTime": "2026-11-28T08:00:00Z",
}  # fmt: skip
REDEPLOY = {"type": "VMEventScheduled", "status": "True", "reason": "RedeployScheduled", "message": "in 10 min"}
PLUGIN = daemonset()


def context(code: str, *nodes: Json, repairs: tuple[Json, ...] = ()) -> list[str]:
    pods = [plugin_pod(PLUGIN, on=each["metadata"]["name"]) for each in nodes]
    shown = replace(snapshot(*nodes, daemonsets=[PLUGIN], pods=pods), taken="2026-11-28T10:00:00Z", repairs=repairs)
    (found,) = [each for each in diagnose(shown) if each.code == code]
    return context_of(found, shown)


def test_time_versions_and_scheduled_event_stand_beside_the_finding() -> None:
    sick = node(conditions=[MISSING, REDEPLOY], image=IMAGE, labels={"nvidia.com/cuda.driver-version.full": "580.126.09"})
    sick["status"]["nodeInfo"] = {"containerRuntimeVersion": "containerd://2.1.4"}
    assert context("GPUMissing", sick) == [
        f"{GPU_NODE}: condition GPUMissing has been True for 2 h.",
        f"{GPU_NODE}: condition VMEventScheduled is True (RedeployScheduled: in 10 min).",
        f"{GPU_NODE}: node image {IMAGE}, driver 580.126.09, container runtime containerd://2.1.4.",
    ]


def test_auto_repair_is_told_in_its_order() -> None:
    repairs = (
        event("NodeRedeployError", "", kind="Node", name=GPU_NODE, at="09:30"),
        event("NodeRebootStart", "", kind="Node", name=GPU_NODE, at="09:00"),
        event("NodeRebootStart", "", kind="Node", name=SISTER, at="09:10"),
    )
    told = [each for each in context("GPUMissing", node(conditions=[MISSING]), repairs=repairs) if "aks-auto-repair" in each]
    assert told == [
        f"{GPU_NODE}: aks-auto-repair: NodeRebootStart at 2026-08-01T09:00:00Z.",
        f"{GPU_NODE}: aks-auto-repair: NodeRedeployError at 2026-08-01T09:30:00Z.",
    ]


@pytest.mark.parametrize(
    ("sister", "word"),
    [
        (node(SISTER, image=IMAGE), f"{SISTER} of the same size and image serve their GPUs, so the fault is likely in this machine"),
        (node(SISTER, image=IMAGE, gpus=0), "none of the 2 nodes of this size and image serves its GPUs"),
        (node(SISTER, image="AKSUbuntu-2204gen2containerd-202609.01.0", gpus=0), ""),
        (node(SISTER, vm_size=A10, image=IMAGE), ""),
    ],
)
def test_sisters_of_the_same_image_tell_the_machine_from_the_image(sister: Json, word: str) -> None:
    told = [each for each in context("PluginServesNothing", node(image=IMAGE, gpus=0), sister) if each.startswith(f"{GPU_NODE}: ")]
    assert any(word in each for each in told) if word else not any("size and image" in each for each in told)


@pytest.mark.parametrize(
    ("size", "image", "source"),
    [
        (A10, "AKSUbuntu-2204gen2containerd-202604.12.0", "Azure/AKS#5875"),
        (A10, "AKSUbuntu-2204gen2containerd-202607.02.0", "Azure/AKS#5860"),
        (A10, "AKSUbuntu-2204gen2containerd-202607.12.0", ""),
        ("Standard_NC4as_T4_v3", "AKSUbuntu-2204gen2containerd-202607.02.0", ""),
    ],
)
def test_image_that_is_known_to_be_bad_is_named_for_the_sizes_that_it_breaks(size: str, image: str, source: str) -> None:
    told = [each for each in context("GPUMissing", node(conditions=[MISSING], vm_size=size, image=image)) if "known to be bad" in each]
    assert [source in each for each in told] == ([True] if source else [])


def test_facts_have_the_context_of_each_finding() -> None:
    shown: ClusterSnapshot = snapshot(node(conditions=[MISSING], image=IMAGE), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)])
    (found,) = snapshot_facts(shown, diagnose(shown))["findings"]
    assert f"{GPU_NODE}: node image {IMAGE}." in found["context"]
