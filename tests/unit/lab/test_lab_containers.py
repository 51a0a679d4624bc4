# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lab import bare_python, containers
from tests.lab.containers import Invocation, ThisMachine
from tests.lab.device_faults import DeviceFaults
from tests.lab.device_manager import DeviceManager, Grant
from tests.lab.gpu_models import MODELS
from tests.lab.programs import PYTHON_IMAGES, UNAVAILABLE, device_plugin, gpus
from tests.lab.volumes import File, PodDirectory
from tests.unit.lab.pool_views import ERA_2026, one_node, pool

MNIST = "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu"
PYTHON = "mcr.microsoft.com/azurelinux/base/python:3.12"
MACHINE = ThisMachine(Path("/lab/python3"), Path("/lab/gpu"), Path("/lab/pods"))


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "main", "image": MNIST, **fields}


def started(
    wanted: Mapping[str, Any], *, grant: Grant | None = None, files: Path = Path("/lab/pod"), fields: Mapping[str, str] | None = None
) -> Invocation:
    return containers.invocation(wanted, fields=fields or {}, files=PodDirectory(files), grant=grant or Grant(), machine=MACHINE)


def granted(wanted: Mapping[str, Any], *, size: str, profile: str = "") -> Grant:
    """What a node of that size gives the container."""
    manager = DeviceManager(DeviceFaults())
    node = one_node(pool(vm_size=size, gpu_instance_profile=profile))
    node["metadata"]["uid"] = "node-1"
    manager.admit({"metadata": {"uid": "pod-1"}, "spec": {"containers": [wanted]}}, node, ERA_2026.size(size))
    return manager.grant("pod-1", "main")


def test_image_runs_its_program_with_the_containers_arguments() -> None:
    wanted = started(container(args=["--max_steps", "$(STEPS)"], env=[{"name": "STEPS", "value": "5"}]))
    assert wanted.command[-4:] == ("-m", "tests.lab.programs.mnist", "--max_steps", "5")
    assert wanted.env["STEPS"] == "5"


def test_command_takes_the_programs_place() -> None:
    wanted = started(container(command=["/usr/bin/nvidia-smi", "-L"]))
    assert wanted.command[-2:] == ("tests.lab.programs.nvidia_smi", "-L")


@pytest.mark.parametrize("image", sorted(PYTHON_IMAGES))
def test_image_with_a_python_runs_the_pods_program(tmp_path: Path, image: str) -> None:
    PodDirectory(tmp_path).add_volume("program", {"__main__.py": File(b"", 0o644)})
    wanted = container(
        image=image,
        command=["python3", "-B", "-m", "proof"],
        args=["--node", "$(NODE_NAME)"],
        workingDir="/opt/gpuops",
        env=[{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        volumeMounts=[{"name": "program", "mountPath": "/opt/gpuops/proof", "readOnly": True}],
    )
    invocation = started(wanted, files=tmp_path, fields={"spec.nodeName": "node-0"})
    assert invocation.command == ("/lab/python3", "-B", "-m", "proof", "--node", "node-0")
    assert (invocation.directory / "proof" / "__main__.py").is_file()
    assert invocation.env["NODE_NAME"] == "node-0"


def test_python_of_pods_has_no_packages(tmp_path: Path) -> None:
    python = bare_python.make(tmp_path / "python")
    script = "import json, sys; print(json.dumps([sys.prefix, sorted(sys.modules), [part for part in sys.path if 'packages' in part]]))"
    done = subprocess.run([python, "-c", script], env={}, check=True, capture_output=True, text=True)
    prefix, modules, packages = json.loads(done.stdout)
    assert (prefix, packages) == (str(tmp_path / "python"), [])
    assert "numpy" not in modules
    missing = subprocess.run([python, "-c", "import numpy"], env={}, check=False, capture_output=True, text=True)
    assert "ModuleNotFoundError" in missing.stderr


def test_environment_of_the_lab_does_not_reach_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LD_LIBRARY_PATH", "PYTHONPATH", "AZURE_SECRET", "HOME"):
        monkeypatch.setenv(name, "of the lab")
    for image in (PYTHON, MNIST):
        assert sorted(started(container(image=image)).env) == ["LAB_SPEED", "NVIDIA_VISIBLE_DEVICES", "OPENBLAS_NUM_THREADS", "PATH"]


def test_variable_without_a_source_in_the_lab_is_refused() -> None:
    env = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]
    with pytest.raises(containers.NoProgramError, match="KEY") as caught:
        started(container(env=env))
    assert caught.value.reason == "CreateContainerConfigError"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"command": ["/bin/sh"]}, "StartError"),
        ({"command": ["python3"]}, "StartError"),
        ({"image": PYTHON, "command": ["/bin/sh"]}, "StartError"),
        ({"image": "example.com/other"}, "ImagePullBackOff"),
    ],
)
def test_what_has_no_program_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(containers.NoProgramError) as caught:
        started(container(**fields))
    assert caught.value.reason == reason


def test_program_knows_how_fast_its_lab_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert started(container()).env["LAB_SPEED"] == "60"
    monkeypatch.setenv("LAB_SPEED", "30000")
    assert started(container()).env["LAB_SPEED"] == "30000"


def test_container_that_asks_for_gpus_sees_as_many() -> None:
    wanted = container(resources={"limits": {"nvidia.com/gpu": "2"}}, env=[{"name": "LD_LIBRARY_PATH", "value": "/usr/lib"}])
    grant = granted(wanted, size="Standard_NC64as_T4_v3")
    env = started(wanted, grant=grant).env
    seen = gpus.visible(env)
    assert [(gpu.index, gpu.model, gpu.pci_bus_id) for gpu in seen] == [(0, "Tesla T4", "0001:00:00.0"), (1, "Tesla T4", "0002:00:00.0")]
    assert env["NVIDIA_VISIBLE_DEVICES"] == ",".join(gpu.uuid for gpu in seen)
    assert env["LD_LIBRARY_PATH"] == "/lab/gpu:/usr/lib"


def test_container_without_a_request_sees_no_gpu() -> None:
    env = started(container(), grant=granted(container(), size="Standard_NC4as_T4_v3")).env
    assert gpus.visible(env) == []
    assert env["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert "LD_LIBRARY_PATH" not in env


def test_container_with_slices_sees_them_and_cuda_the_first() -> None:
    wanted = container(resources={"limits": {"nvidia.com/mig-1g.10gb": "2"}})
    env = started(wanted, grant=granted(wanted, size="Standard_NC24ads_A100_v4", profile="MIG1g")).env
    assert [(gpu.index, gpu.model) for gpu in gpus.visible(env)] == [(index, "NVIDIA A100 80GB PCIe MIG 1g.10gb") for index in (0, 1)]
    (found,) = gpus.cuda(env)
    assert found.memory_gib == pytest.approx(79.15 / 8)


def test_every_model_of_the_catalog_is_known_to_the_programs() -> None:
    missing = {size.gpu_model for size in ERA_2026.sizes.values() if size.gpu_model} - MODELS.keys()
    assert missing == set(), "add these to MODELS of tests/lab/gpu_models.py"


def test_image_id_names_the_image_that_runs() -> None:
    assert containers.image_id(container()).startswith("gpuops.aks-lab/tests.lab.programs.mnist@sha256:")
    assert containers.image_id(container(image=PYTHON)).startswith("gpuops.aks-lab/python3@sha256:")
    assert containers.image_id(container(image="example.com/other")) == ""


def test_pod_with_a_known_image_is_the_kubelets() -> None:
    assert containers.runs_here({"spec": {"containers": [container(image="sidecar"), container()]}})
    assert not containers.runs_here({"spec": {"containers": [container(image="sidecar")]}})


@pytest.mark.parametrize("image", UNAVAILABLE)
def test_image_that_no_node_can_have_is_the_kubelets_and_is_refused_with_the_reason(image: str) -> None:
    pod = {"spec": {"containers": [container(image=image)]}}
    assert containers.runs_here(pod)
    with pytest.raises(containers.NoProgramError, match="Back-off pulling image") as caught:
        started(pod["spec"]["containers"][0])
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
