# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other path and the older form of the article, end to end in the lab's year 2021."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Workbench, azure_writes
from tests.integration.running_lab import RunningLab

ERA = "2021"
LAB_OPTIONS = ("--speed", "240")
DEDICATED = {"gpu_path": "dedicated_vhd", "gpu_allow_retired": True, "gpu_vm_size": "Standard_NC6"}
TAINTS = {"gpu_node_taints": ["nvidia.com/gpu=present:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]}
TO_THE_PLUGIN = "register,preflight,cluster,pool,plugin"
SPOT = {"gpu_pool_options": {"scale_set_priority": "Spot", "node_labels": {"team": "vision"}, "os_disk_size_gb": 256}}


@dataclass(frozen=True)
class Form:
    """What a user chooses, and the pool, the image and the headers of what is put that this makes.

    again: with which tags it runs once more. What follows the plugin does so in the first form, and does not depend on the others.
    """

    chosen: Mapping[str, object]
    pool: str
    image: str
    put: Mapping[str, Mapping[str, str]]
    again: str = "all"


FORMS = {
    "dedicated image of generation 2 in a spot pool": Form(
        {**DEDICATED, **SPOT, **TAINTS, "gpu_gen2": True},
        "gpunp",
        "gen2gpucontainerd",
        {"managedClusters/myAKSCluster": {}, "agentPools/gpunp": {"UseGPUDedicatedVHD": "true", "usegen2vm": "true"}},
    ),
    "dedicated image in the first pool": Form(
        {**DEDICATED, "gpu_first_pool": True},
        "nodepool1",
        "1804gpucontainerd",
        {"managedClusters/myAKSCluster": {"UseGPUDedicatedVHD": "true"}},
        TO_THE_PLUGIN,
    ),
    "device plugin in the first pool": Form(
        {"gpu_vm_size": "Standard_NC6s_v2", "gpu_first_pool": True},
        "nodepool1",
        "",
        {"managedClusters/myAKSCluster": {}},
        TO_THE_PLUGIN,
    ),
}
# The headers by which a request asks for an image, as the article has them.
OF_IMAGES = ("UseGPUDedicatedVHD", "usegen2vm")


def puts(lab: RunningLab) -> list[tuple[str, dict[str, str]]]:
    """What was put so far, by the last two parts of its path, and the headers about images that went with it."""
    requests = [json.loads(line) for line in lab.layout.arm_requests.read_text().splitlines()]
    return [
        ("/".join(one["path"].rsplit("/", 2)[-2:]), {name: value for name, value in one["headers"].items() if name in OF_IMAGES})
        for one in requests
        if one["method"] == "PUT" and "/managedClusters/" in one["path"]
    ]


def test_retired_path_is_refused_before_any_change(own_lab: RunningLab, here: Path) -> None:
    before = azure_writes(own_lab)
    run = Workbench(own_lab, here, {**DEDICATED, "gpu_allow_retired": False}).run("site.yml")
    assert run.status != 0
    assert "was retired on 2025-01-10" in run.output
    assert "allow_retired is gpu_allow_retired" in run.output
    assert azure_writes(own_lab) == before


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_form_runs_end_to_end(own_lab: RunningLab, here: Path, form: Form) -> None:
    bench = Workbench(own_lab, here, form.chosen)
    before = puts(own_lab)
    bench.succeed("site.yml")
    put = puts(own_lab)[len(before) :]
    assert (dict(put), len(put)) == (form.put, len(form.put)), "each is put once, with the headers of its image"
    report = bench.report
    assert report["pool"] == form.pool
    assert report["job"]["succeeded"]
    assert report["job"]["gpu_device"] == ("Tesla K80" if "gpu_path" in form.chosen else "Tesla P100-PCIE-16GB")
    (node,) = own_lab.get("nodes", f"--selector=agentpool={form.pool}")["items"]
    assert form.image in node["metadata"]["labels"]["kubernetes.azure.com/node-image-version"]
    assert (node["metadata"]["labels"].get("team"), "spot" in str(node["spec"].get("taints"))) == (
        ("vision", True) if "gpu_pool_options" in form.chosen else (None, False)
    )
    assert bool(own_lab.get("daemonsets", "--all-namespaces")["items"]) == ("gpu_path" not in form.chosen)
    assert bench.succeed("site.yml", "--tags", form.again).counts["changed"] == 0
    assert "Nothing was kept." in bench.succeed("playbooks/teardown.yml").output


def test_device_plugin_with_the_dedicated_image_is_refused(own_lab: RunningLab, here: Path) -> None:
    bench = Workbench(own_lab, here, DEDICATED)
    bench.succeed("playbooks/register.yml", "playbooks/cluster.yml", "playbooks/pool.yml")
    run = bench.run("playbooks/plugin.yml", gpu_path="manual_plugin")
    assert run.status != 0
    assert "is the dedicated GPU image, which contains the device plugin" in run.output
    assert not own_lab.get("daemonsets", "--all-namespaces")["items"]
