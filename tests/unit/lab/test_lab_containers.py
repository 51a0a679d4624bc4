# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import containers
from tests.lab.devices import NodeGpu
from tests.lab.programs import UNAVAILABLE, device_plugin, gpus
from tests.unit.lab.pool_views import ERA_2026

MNIST = "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "main", "image": MNIST, **fields}


def test_image_runs_its_program_with_the_containers_arguments() -> None:
    wanted = containers.invocation(container(args=["--max_steps", "$(STEPS)"], env=[{"name": "STEPS", "value": "5"}]), gpu=None)
    assert wanted.command[-4:] == ("-m", "tests.lab.programs.mnist", "--max_steps", "5")
    assert wanted.env["STEPS"] == "5"


def test_command_takes_the_programs_place() -> None:
    wanted = containers.invocation(container(command=["/usr/bin/nvidia-smi", "-L"]), gpu=None)
    assert wanted.command[-2:] == ("tests.lab.programs.nvidia_smi", "-L")


@pytest.mark.parametrize(
    ("fields", "reason"), [({"command": ["/bin/sh"]}, "StartError"), ({"image": "example.com/other"}, "ImagePullBackOff")]
)
def test_what_has_no_program_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(containers.NoProgramError) as caught:
        containers.invocation(container(**fields), gpu=None)
    assert caught.value.reason == reason


def test_program_knows_how_fast_its_lab_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert containers.invocation(container(), gpu=None).env["LAB_SPEED"] == "60"
    monkeypatch.setenv("LAB_SPEED", "30000")
    assert containers.invocation(container(), gpu=None).env["LAB_SPEED"] == "30000"


def test_container_that_asks_for_gpus_sees_as_many() -> None:
    wanted = containers.invocation(container(resources={"limits": {"nvidia.com/gpu": "2"}}), gpu=NodeGpu("Tesla T4"))
    assert [(gpu.index, gpu.model) for gpu in gpus.visible(wanted.env)] == [(0, "Tesla T4"), (1, "Tesla T4")]


def test_container_without_a_request_sees_no_gpu() -> None:
    assert gpus.visible(containers.invocation(container(), gpu=NodeGpu("Tesla T4")).env) == []


def test_container_with_slices_sees_them_and_cuda_the_first() -> None:
    part = NodeGpu("NVIDIA A100 80GB PCIe", "1g.10gb")
    env = containers.invocation(container(resources={"limits": {"nvidia.com/mig-1g.10gb": "2"}}), gpu=part).env
    assert [(gpu.index, gpu.model) for gpu in gpus.visible(env)] == [(index, "NVIDIA A100 80GB PCIe MIG 1g.10gb") for index in (0, 1)]
    (found,) = gpus.cuda(env)
    assert found.memory_gib == pytest.approx(79.15 / 8)


def test_every_model_of_the_catalog_is_known_to_the_programs() -> None:
    for model in {size.gpu_model for size in ERA_2026.sizes.values() if size.gpu_model}:
        (gpu,) = gpus.visible({"NVIDIA_VISIBLE_DEVICES": "0", "LAB_GPU_MODEL": model})
        assert gpu.memory_gib > 0


def test_image_id_names_the_image_that_runs() -> None:
    assert containers.image_id(container()).startswith("gpuops.aks-lab/tests.lab.programs.mnist@sha256:")
    assert containers.image_id(container(image="example.com/other")) == ""


def test_pod_with_a_known_image_is_the_kubelets() -> None:
    assert containers.runs_here({"spec": {"containers": [container(image="sidecar"), container()]}})
    assert not containers.runs_here({"spec": {"containers": [container(image="sidecar")]}})


@pytest.mark.parametrize("image", UNAVAILABLE)
def test_image_that_no_node_can_have_is_the_kubelets_and_is_refused_with_the_reason(image: str) -> None:
    pod = {"spec": {"containers": [container(image=image)]}}
    assert containers.runs_here(pod)
    with pytest.raises(containers.NoProgramError, match="Back-off pulling image") as caught:
        containers.invocation(pod["spec"]["containers"][0], gpu=None)
    assert str(caught.value).endswith(UNAVAILABLE[image])


@pytest.mark.parametrize(
    ("fault", "ends", "word"),
    [
        ("no-driver", True, "invalid device discovery strategy"),
        ("nvml-mismatch", True, "nvml init failed"),
        ("config", True, "unable to load config"),
        ("xid", False, "XidCriticalError: Xid=79"),
    ],
)
def test_broken_device_plugin_writes_its_name_and_error(capsys: pytest.CaptureFixture[str], fault: str, ends: bool, word: str) -> None:
    error = device_plugin.run({"LAB_FAULT": fault})
    said = capsys.readouterr().out
    assert said.startswith(device_plugin.INTRODUCTION)
    assert bool(error) == ends
    assert word in said + error
    waits = device_plugin.run({"LAB_FAULT": "no-driver", "FAIL_ON_INIT_ERROR": "false"})
    assert (waits, "Waiting indefinitely" in capsys.readouterr().out) == ("", True)
