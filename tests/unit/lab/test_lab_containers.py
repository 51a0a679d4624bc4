# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.lab import containers
from tests.lab.programs import IMAGES, gpus
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

(MNIST,) = IMAGES


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "main", "image": MNIST, **fields}


def test_image_runs_its_program_with_the_containers_arguments() -> None:
    wanted = containers.invocation(container(args=["--max_steps", "$(STEPS)"], env=[{"name": "STEPS", "value": "5"}]), gpu_model=None)
    assert wanted.command[-4:] == ("-m", "tests.lab.programs.mnist", "--max_steps", "5")
    assert wanted.env["STEPS"] == "5"


def test_command_takes_the_programs_place() -> None:
    wanted = containers.invocation(container(command=["/usr/bin/nvidia-smi", "-L"]), gpu_model=None)
    assert wanted.command[-2:] == ("tests.lab.programs.nvidia_smi", "-L")


@pytest.mark.parametrize(
    ("fields", "reason"), [({"command": ["/bin/sh"]}, "StartError"), ({"image": "example.com/other"}, "ImagePullBackOff")]
)
def test_what_has_no_program_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(containers.NoProgramError) as caught:
        containers.invocation(container(**fields), gpu_model=None)
    assert caught.value.reason == reason


def test_container_that_asks_for_gpus_sees_as_many() -> None:
    wanted = containers.invocation(container(resources={"limits": {"nvidia.com/gpu": "2"}}), gpu_model="Tesla T4")
    assert [(gpu.index, gpu.model) for gpu in gpus.visible(wanted.env)] == [(0, "Tesla T4"), (1, "Tesla T4")]


def test_container_that_asks_for_none_sees_none_on_a_gpu_node() -> None:
    assert gpus.visible(containers.invocation(container(), gpu_model="Tesla T4").env) == []


def test_node_knows_its_model_once_it_shows_gpus() -> None:
    assert containers.gpu_model(one_node(pool(), gpus=("1", "1")), ERA_2026) == "Tesla T4"
    assert containers.gpu_model(one_node(pool()), ERA_2026) is None
    assert containers.gpu_model(None, ERA_2026) is None


def test_every_model_of_the_catalogue_is_known_to_the_programs() -> None:
    for model in {size.gpu_model for size in ERA_2026.sizes.values() if size.gpu_model}:
        (gpu,) = gpus.visible({"NVIDIA_VISIBLE_DEVICES": "0", "LAB_GPU_MODEL": model})
        assert gpu.memory_gib > 0


def test_image_id_says_what_really_runs() -> None:
    assert containers.image_id(container()).startswith("gpuops.aks-lab/tests.lab.programs.mnist@sha256:")
    assert containers.image_id(container(image="example.com/other")) == ""


def test_pod_with_a_known_image_is_the_kubelets() -> None:
    assert containers.runs_here({"spec": {"containers": [container(image="sidecar"), container()]}})
    assert not containers.runs_here({"spec": {"containers": [container(image="sidecar")]}})
