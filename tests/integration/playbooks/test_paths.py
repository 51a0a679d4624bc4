# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other path and the older form of the article, end to end in the lab's year 2021."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Workbench, azure_writes
from tests.integration.running_lab import RunningLab

ERA = "2021"
DEDICATED = {"gpu_path": "dedicated_vhd", "gpu_allow_retired": True, "gpu_vm_size": "Standard_NC6"}
SPOT = {"gpu_pool_options": {"scale_set_priority": "Spot", "node_labels": {"team": "vision"}, "os_disk_size_gb": 256}}
FORMS = [
    pytest.param(
        {**DEDICATED, **SPOT, "gpu_gen2": True},
        "gpunp",
        "gen2gpucontainerd",
        id="dedicated image of generation 2 in a spot pool",
    ),
    pytest.param({**DEDICATED, "gpu_first_pool": True}, "nodepool1", "1804gpucontainerd", id="dedicated image in the first pool"),
    pytest.param({"gpu_vm_size": "Standard_NC6s_v2", "gpu_first_pool": True}, "nodepool1", "", id="device plugin in the first pool"),
]


def put_headers(lab: RunningLab, ending: str) -> list[dict[str, str]]:
    requests = (json.loads(line) for line in lab.layout.arm_requests.read_text().splitlines())
    return [one["headers"] for one in requests if one["method"] == "PUT" and one["path"].endswith(ending)]


def test_the_retired_path_is_refused_before_anything_is_changed(own_lab: RunningLab, here: Path) -> None:
    run = Workbench(own_lab, here, {**DEDICATED, "gpu_allow_retired": False}).run("site.yml")
    assert run.status != 0
    assert "retired on public Azure on 2025-01-10" in run.output
    assert "gpu_allow_retired: true" in run.output
    assert azure_writes(own_lab) == []


@pytest.mark.parametrize(("chosen", "pool", "image"), FORMS)
def test_each_form_runs_end_to_end(own_lab: RunningLab, here: Path, chosen: dict[str, object], pool: str, image: str) -> None:
    bench = Workbench(own_lab, here, chosen)
    bench.succeed("site.yml")
    report = bench.report
    assert report["pool"] == pool
    assert report["job"]["succeeded"]
    assert report["job"]["gpu_device"] == ("Tesla K80" if "gpu_path" in chosen else "Tesla P100-PCIE-16GB")
    (node,) = own_lab.get("nodes", f"--selector=agentpool={pool}")["items"]
    assert image in node["metadata"]["labels"]["kubernetes.azure.com/node-image-version"]
    assert (node["metadata"]["labels"].get("team"), "spot" in str(node["spec"].get("taints"))) == (
        ("vision", True) if "gpu_pool_options" in chosen else (None, False)
    )
    assert bool(own_lab.get("daemonsets", "--all-namespaces")["items"]) == ("gpu_path" not in chosen)
    assert bench.succeed("site.yml").counts["changed"] == 0
    assert "Nothing is left." in bench.succeed("playbooks/teardown.yml").output


def test_the_headers_went_with_the_creating_requests_only(own_lab: RunningLab) -> None:
    (pool,) = put_headers(own_lab, "/agentPools/gpunp")
    assert (pool["UseGPUDedicatedVHD"], pool["usegen2vm"]) == ("true", "true")
    clusters = put_headers(own_lab, "/managedClusters/myAKSCluster")
    assert [one.get("UseGPUDedicatedVHD") for one in clusters] == [None, "true", None]


def test_a_device_plugin_beside_the_dedicated_image_is_refused(own_lab: RunningLab, here: Path) -> None:
    bench = Workbench(own_lab, here, DEDICATED)
    for step in ("register", "cluster", "pool"):
        bench.succeed(f"playbooks/{step}.yml")
    run = bench.run("playbooks/plugin.yml", gpu_path="manual_plugin")
    assert run.status != 0
    assert "is the dedicated GPU image, which contains the device plugin" in run.output
    assert not own_lab.get("daemonsets", "--all-namespaces")["items"]
