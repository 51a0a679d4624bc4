# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which "proven" could be said wrongly of a Job that is complete; docs/workload.md lists them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.cluster_identity import CLUSTER_LABEL, TargetCluster
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.gpu_names import is_gpu_name
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.log import DEVICE_PATTERN
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.log_patterns import refuse_echoed, refuse_lax
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.manifest import job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.proof import (
    ExpectedRun,
    doubt_of_place,
    doubt_of_pod,
    place_facts,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import GPU, GPU_NODE, Json, job_settings, node

NAME = "samples-tf-mnist-demo"
OURS = TargetCluster("rg-ml", "dev")
ASKED = ExpectedRun(NAME, GPU, 1, "gpunp", OURS)
STARTED, FINISHED = "2026-11-28T10:00:00Z", "2026-11-28T10:02:00Z"


def a_job() -> Json:
    """The wanted Job."""
    return job_manifest(job_settings())


def a_pod(**container: Any) -> Json:
    """The pod that the Job's controller made of it, as it ended well; container has what admission changed."""
    spec = copy.deepcopy(a_job()["spec"]["template"]["spec"])
    spec["containers"][0].update(container)
    status = {"name": NAME, "state": {"terminated": {"exitCode": 0, "startedAt": STARTED, "finishedAt": FINISHED}}}
    return {
        "metadata": {"name": f"{NAME}-x", "uid": "pod-uid"},
        "spec": {**spec, "nodeName": GPU_NODE},
        "status": {"phase": "Succeeded", "startTime": STARTED, "containerStatuses": [status]},
    }


def a_node(*, created: str = "2026-11-28T09:00:00Z", group: str = "MC_rg-ml_dev_eastus", machine: str = "x", **fields: Any) -> Json:
    """The node of the pool and cluster that are meant."""
    made = node(**{"labels": {CLUSTER_LABEL: group}, **fields})
    made["metadata"].update(creationTimestamp=created, uid="node-uid")
    made["spec"]["providerID"] = f"azure:///subscriptions/0/resourceGroups/{group.lower()}/providers/{machine}"
    return made


def test_matching_pod_and_node_leave_no_doubt() -> None:
    assert doubt_of_pod(a_job(), a_pod(), ASKED) is None
    assert doubt_of_place(a_pod(), a_node(), ASKED) is None


def test_pod_with_injected_sidecar_and_variables_is_still_the_workloads() -> None:
    pod = a_pod(env=[{"name": "AZURE_CLIENT_ID", "value": "1"}])
    pod["spec"]["containers"].insert(0, {"name": "istio-proxy"})
    assert doubt_of_pod(a_job(), pod, ASKED) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"resources": {}}, "GpuNotRequested", id="no GPU"),
        pytest.param({"resources": {"limits": {GPU: "2"}}}, "GpuNotRequested", id="more GPUs"),
        pytest.param({"resources": {"limits": {"nvidia.com/gpu.shared": "1"}}}, "GpuNotRequested", id="a share of one"),
        pytest.param({"name": "other"}, "GpuNotRequested", id="the workload's container isn't there"),
        pytest.param({"command": ["echo", "device"]}, "PodDiffers", id="another command"),
        pytest.param({"image": "docker.io/library/busybox:1.36"}, "PodDiffers", id="another image"),
        pytest.param({"image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:cpu"}, "PodDiffers", id="another tag"),
        pytest.param({"args": ["--help"]}, "PodDiffers", id="other args"),
        pytest.param({"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}, "PodDiffers", id="GPUs past Kubernetes"),
    ],
)
def test_pod_that_differs_from_its_job_proves_nothing(changes: Json, code: str) -> None:
    doubt = doubt_of_pod(a_job(), a_pod(**changes), ASKED)
    assert doubt is not None
    assert (doubt.explanation.code, doubt.lost) == (code, False)


@pytest.mark.parametrize(
    ("going", "code"),
    [
        pytest.param({"deletionTimestamp": "2026-11-28T10:02:20Z", "deletionGracePeriodSeconds": 30}, "PodInterrupted", id="drained"),
        pytest.param({"deletionTimestamp": FINISHED, "deletionGracePeriodSeconds": 0}, "PodInterrupted", id="in the same second"),
        pytest.param({"deletionTimestamp": "2026-11-28T10:05:00Z", "deletionGracePeriodSeconds": 30}, "", id="when it had ended"),
    ],
)
def test_a_pod_that_was_told_to_go_has_not_done_its_work_though_it_exits_with_0(going: Json, code: str) -> None:
    pod = a_pod()
    pod["metadata"].update(going)
    doubt = doubt_of_pod(a_job(), pod, ASKED)
    assert (doubt.explanation.code if doubt else "") == code


def test_pod_status_reset_by_a_kubelet_restart_is_reported_with_its_reason() -> None:
    pod = a_pod()
    pod["status"] = {"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": "Allocate failed due to no devices"}
    doubt = doubt_of_pod(a_job(), pod, ASKED)
    assert doubt is not None
    assert (doubt.explanation.code, doubt.lost) == ("LogGone", True)
    assert "Failed (UnexpectedAdmissionError: Allocate failed due to no devices)" in doubt.explanation.cause
    assert f"{NAME}-x" in doubt.explanation.cause


@pytest.mark.parametrize(
    "image",
    [
        "mirror.example.com/mcr/azuredocs/samples-tf-mnist-demo:gpu",
        "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu@sha256:3f5c",
        "mirror.example.com:5000/samples-tf-mnist-demo@sha256:3f5c",
    ],
)
def test_image_by_mirror_or_digest_is_the_same(image: str) -> None:
    assert doubt_of_pod(a_job(), a_pod(image=image), ASKED) is None


@pytest.mark.parametrize(
    ("found", "asked", "code", "lost"),
    [
        pytest.param(None, ASKED, "NodeGone", True, id="the node is gone"),
        pytest.param(a_node(created="2026-11-28T10:00:01Z"), ASKED, "NodeGone", True, id="the same name, another machine"),
        pytest.param(a_node(pool="other"), ASKED, "RanOnOtherPool", True, id="another pool, with the same taint"),
        pytest.param(
            a_node(machine="Microsoft.Compute/virtualMachineScaleSets/aks-other-12345678-vmss/virtualMachines/0"),
            ASKED,
            "RanOnOtherPool",
            True,
            id="another pool's machine, labeled as this one's",
        ),
        pytest.param(
            a_node(machine="Microsoft.Compute/virtualMachines/aks-other-12345678-vms2"),
            ASKED,
            "RanOnOtherPool",
            True,
            id="another pool's virtual machine, labeled as this one's",
        ),
        pytest.param(a_node(group="MC_rg-ml_stage_eastus"), ASKED, "WrongCluster", False, id="another cluster"),
        pytest.param(None, ExpectedRun(NAME, GPU, 1, "gpunp"), "NodeGone", True, id="by the pool alone"),
        pytest.param(None, ExpectedRun(NAME, GPU, 1, None, OURS), "NodeGone", True, id="by the cluster alone"),
    ],
)
def test_node_of_the_pod_determines_what_is_proven(found: Json | None, asked: ExpectedRun, code: str, lost: bool) -> None:
    doubt = doubt_of_place(a_pod(), found, asked)
    assert doubt is not None
    assert (doubt.explanation.code, doubt.lost) == (code, lost)
    assert GPU_NODE in doubt.predicate


def test_first_pool_is_a_pool_like_any_other() -> None:
    first = ExpectedRun(NAME, GPU, 1, "nodepool1", OURS)
    assert doubt_of_place(a_pod(), a_node(pool="nodepool1"), first) is None
    assert doubt_of_place(a_pod(), a_node(), first) is not None


def test_proof_without_a_place_needs_no_node() -> None:
    anywhere = ExpectedRun(NAME, GPU, 1)
    assert not anywhere.names_place
    assert doubt_of_place(a_pod(), None, anywhere) is None


@pytest.mark.parametrize(
    "name",
    ["Tesla T4", "NVIDIA A100 80GB PCIe", "NVIDIA H100 NVL", "GRID A10-4Q", "Quadro M2000", "GPU-3f5c", "cuda:0", "NVIDIA GB200", "gpu"],
)
def test_names_of_gpus_are_such(name: str) -> None:
    assert is_gpu_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "cpu", "CPU", "cpu:0", "XLA_CPU:0", "CPU (0)", "None", "False", "no", "0",
        "[]", "N/A", "unknown", " ", "-", "/device:CPU:0", "cpu0",
        "TFRT_CPU_0", "[CpuDevice(id=0)]", "torch.device('cpu')", "cpu, 8 cores", "Intel(R) Xeon(R) Platinum 8272CL @ 2.60GHz",
        "AMD EPYC 7V12 64-Core Processor", "llvmpipe (LLVM 15.0.7, 256 bits)", "pthread-Intel(R) Xeon(R)", "Microsoft Basic Render Driver",
        "No CUDA GPUs are available", "No devices were found", "[Not Supported]", "not available", "none found", "<none>", "(null)",
        "0 GPUs",
        "undefined", "unavailable", "Unknown Error", "ERR!", "host", "nan",
    ],
)  # fmt: skip
def test_placeholder_is_not_a_gpu_name(name: str) -> None:
    assert not is_gpu_name(name)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        ".*",
        "(.*)",
        r"\w*",
        "device",
        r"(\S+)",
        "Step|Tesla",
        "(?i)cpu|gpu",
        "^$",
        r"GPU (\S+)",
        "(?i)cuda",
        "NVIDIA",
        r"(.+)GPU",
        r"Using (\S+)",
    ],
)
def test_pattern_that_matches_any_log_is_rejected(pattern: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        refuse_lax(pattern)
    assert caught.value.code == "InvalidPattern"


@pytest.mark.parametrize(
    "pattern",
    [
        DEVICE_PATTERN,
        r"cuda:\d+ (NVIDIA .*)",
        r"\| +0 \| (Tesla \w+)",
        r"GPU \d+: (.+) \(UUID",
        r"Found GPU at: (.*)",
        r"Using (\S+) device",
        r"cuda:\d+",
    ],
)
def test_pattern_of_the_gpu_line_is_accepted(pattern: str) -> None:
    refuse_lax(pattern)


LINE = "Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla T4, pci bus id: 1)"


HALVES = {"FIRST": LINE[:40], "REST": LINE[40:]}


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        pytest.param([f"echo '{LINE}'"], {}, id="quoted"),
        pytest.param(["sh", "-c", f"set -e\necho {LINE}"], {}, id="a script"),
        pytest.param([LINE], {}, id="alone"),
        pytest.param(["echo", *LINE.split(" ")], {}, id="word by word"),
        pytest.param(["sh", "-c", "echo " + LINE.replace(" -> ", " -> \\\n")], {}, id="in two lines"),
        pytest.param(["env"], {"LINE": LINE}, id="in the environment"),
        pytest.param(["echo", "$(FIRST)$(REST)"], HALVES, id="put together by Kubernetes"),
    ],
)
def test_workload_arguments_must_not_contain_the_proof(arguments: list[str], env: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        refuse_echoed(DEVICE_PATTERN, arguments, env)
    assert caught.value.code == "ProofInArguments"


def test_workload_that_queries_the_driver_is_accepted() -> None:
    refuse_echoed(DEVICE_PATTERN, ["--max_steps", "500"], {"NAME": "$(NAME)"})
    refuse_echoed(r"cuda:\d+ (NVIDIA .*)", ["python", "-c", "print(f'cuda:0 {torch.cuda.get_device_name()}')"], {})


@pytest.mark.parametrize(
    ("resource", "labels", "sharing"),
    [
        (GPU, {}, "none"),
        (GPU, {"nvidia.com/gpu.sharing-strategy": "time-slicing"}, "time-slicing"),
        (GPU, {"nvidia.com/gpu.sharing-strategy": "mps"}, "mps"),
        (GPU, {"nvidia.com/gpu.replicas": "4"}, "shared"),
        (GPU, {"nvidia.com/gpu.product": "A10-24Q-SHARED"}, "shared"),
        (GPU, {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb"}, "mig"),
        (GPU, {"nvidia.com/mig.strategy": "single"}, "mig"),
        (GPU, {"nvidia.com/mig.strategy": "single", "nvidia.com/gpu.product": "NVIDIA-A100-80GB-PCIe"}, "none"),
        (GPU, {"node.kubernetes.io/instance-type": "Standard_NV6ads_A10_v5"}, "vgpu"),
        ("nvidia.com/mig-1g.10gb", {}, "mig"),
        ("nvidia.com/gpu.shared", {}, "shared"),
    ],
)
def test_shared_gpu_is_reported_as_shared(resource: str, labels: dict[str, str], sharing: str) -> None:
    assert place_facts(a_pod(), node(labels=labels), ExpectedRun(NAME, resource, 1, "gpunp"))["sharing"] == sharing


def test_node_that_offers_more_gpus_than_its_machine_shares_them() -> None:
    """Time-slicing without GPU feature discovery, which AKS has only with the GPU Operator: no label tells."""
    assert place_facts(a_pod(), node(vm_size="Standard_NC4as_T4_v3", gpus=4), ASKED)["sharing"] == "shared"
    assert place_facts(a_pod(), node(vm_size="Standard_NC64as_T4_v3", gpus=4), ASKED)["sharing"] == "none"
    assert place_facts(a_pod(), node(vm_size="Standard_NC_from_2031", gpus=4), ASKED)["sharing"] == "none"


def test_facts_name_pod_machine_and_time() -> None:
    assert place_facts(a_pod(), a_node(), ASKED) == {
        "pod_uid": "pod-uid", "finished": FINISHED, "pool": "gpunp", "node_uid": "node-uid", "sharing": "none",
    }  # fmt: skip
    assert place_facts(None, None, ASKED) == {"pod_uid": "", "finished": "", "pool": "", "node_uid": "", "sharing": ""}
