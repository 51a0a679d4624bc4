# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpu_proof on the lab's nodes, with the program that runs on real GPUs and the lab's stand-in for the driver."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import ending
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import CONFIG_MAPS, JOBS, PODS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION

from tests.integration.plugins.admission import changing
from tests.integration.plugins.cluster import GPU, SKU, Cluster, Json, proving
from tests.integration.plugins.test_metrics import run_exporter
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

SIZES = {1: "Standard_NC4as_T4_v3", 2: "Standard_NC12s_v3", 4: "Standard_NC64as_T4_v3", 8: "Standard_ND96asr_v4"}
SEVEN_SLICES = f"gpuops-aks-lab/mig-slices={','.join(['1g.10gb'] * 7)}"
HELD = {"resources": {"limits": {GPU: "1"}}, "name": "idle", "image": "example.com/idle:1"}


def add_node(cluster: Cluster, suffix: str = "gpu", *, gpus: int = 2, **more: Any) -> str:
    """A node of a size with so many GPUs."""
    labels = {"node.kubernetes.io/instance-type": SIZES[gpus]}
    return cluster.add_node(suffix, gpus=gpus, labels=labels, taints=[SKU], **more)


def wanted(cluster: Cluster, **changes: Any) -> Json:
    return {"namespace": cluster.name, "pool": cluster.name, "wait_timeout": 3 * PATIENCE_S, **changes}


def left(cluster: Cluster) -> list[str]:
    """What is left of a proof."""
    found = [(kind, each) for kind in (JOBS, PODS, CONFIG_MAPS) for each in cluster.client.list(kind, namespace=cluster.name)]
    return [f"{kind.plural}/{each['metadata']['name']}" for kind, each in found if each["metadata"]["name"].startswith("gpu-proof-")]


def hold(cluster: Cluster, node: str, name: str = "train-0") -> Json:
    """Another's pod that holds one GPU of the node."""
    spec = {"nodeName": node, "tolerations": [{"operator": "Exists"}], "containers": [HELD]}
    made = cluster.client.create(PODS, {"metadata": {"name": name, "namespace": cluster.name}, "spec": spec})
    cluster.until(lambda: cluster.get(PODS, name, cluster.name)["status"].get("phase") == "Running")
    return dict(made)


def test_every_gpu_of_the_pool_is_proven_and_nothing_is_left(cluster: Cluster) -> None:
    nodes = [add_node(cluster, f"gpu{number}", gpus=gpus) for number, gpus in enumerate((4, 4, 1))]
    with cluster.writes() as written:
        predicted = cluster.run(OPERATION, check=True, **wanted(cluster))
    assert (predicted["changed"], written) == (False, [])
    assert [(job["node"], job["resource"], job["gpus"]) for job in predicted["jobs"]] == list(zip(nodes, [GPU] * 3, (4, 4, 1), strict=True))
    assert predicted["coverage"]["proven"] == 0

    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"] == {
        "proven": 9, "total": 9, "nodes": 3, "held": 0, "failed": 0, "sentence": "9 of 9 GPUs proven on 3 nodes",
    }  # fmt: skip
    assert done["selection"] == {"pool": cluster.name, "nodes": [], "node_selector": ""}
    assert {node["pool"] for node in done["nodes"]} == {cluster.name}
    assert {device["verdict"] for device in done["devices"]} == {"proven"}
    assert len({device["uuid"] for device in done["devices"]}) == 9
    assert all(device["figures"]["memory_gb_s"] >= device["floor"]["memory_gb_s"] > 0 for device in done["devices"])
    assert [node["verdict"] for node in done["nodes"]] == ["proven"] * 3
    assert (done["changed"], done["simulated"], done["warnings"]) == (False, True, [])
    assert left(cluster) == []


def test_load_of_the_gpus_is_measured_where_there_is_an_exporter(cluster: Cluster) -> None:
    node, bare = add_node(cluster, gpus=2), add_node(cluster, "bare", gpus=1)
    run_exporter(cluster, node)
    done = cluster.run(OPERATION, **wanted(cluster, measure_load=True, load_seconds=2))
    loads = {each["uuid"]: each["load"] for each in done["devices"] if each["node"] == node}
    assert len(loads) == 2
    for moments in loads.values():
        assert [moment[0] for moment in moments] == sorted(moment[0] for moment in moments)
        assert [max(moment[at] for moment in moments) > least for at, least in ((1, 80), (2, 1000), (3, 30))] == [True] * 3, moments
    assert [(each["load"], each["findings"]) for each in done["devices"] if each["node"] == bare] == [([], [])]
    (warning,) = done["warnings"]
    assert warning.startswith(f"The load of some GPUs was not measured. No DCGM exporter that answers was found on {bare}.")
    assert left(cluster) == []


def test_gpus_do_not_work_for_an_exporter_that_cannot_be_read(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=1)
    run_exporter(cluster, node, image="registry.example.com/web:1")
    done = cluster.run(OPERATION, **wanted(cluster, measure_load=True, wait_timeout=30))  # an exporter would need 35 s
    assert [(each["verdict"], each["load"]) for each in done["devices"]] == [("proven", [])]
    (warning,) = done["warnings"]
    assert warning.startswith(f"The load of some GPUs was not measured. The pod {cluster.name}/dcgm-exporter-{node} on node {node}: ")


@pytest.mark.proves("LoadNotSeen")
def test_gpu_that_its_exporter_does_not_show_is_proven_with_a_warning(cluster: Cluster) -> None:
    """Where the GPU Operator installs the driver, an exporter without a RuntimeClass sees no GPU."""
    labels = {"node.kubernetes.io/instance-type": SIZES[1], "nvidia.com/gpu.deploy.driver": "true"}
    node = cluster.add_node(gpus=1, labels=labels, taints=[SKU])
    run_exporter(cluster, node)
    (device,) = cluster.run(OPERATION, **wanted(cluster, measure_load=True, load_seconds=1))["devices"]
    (found,) = device["findings"]
    assert (device["verdict"], device["load"], found["code"], found["severity"]) == ("proven", [], "LoadNotSeen", "warning")
    assert device["uuid"] in found["evidence"]


@pytest.mark.proves("GpuNotProven")
def test_held_gpu_is_named_with_its_holder_and_not_disturbed(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=4)
    holder = hold(cluster, node)
    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"]["sentence"] == f"3 of 4 GPUs proven on 1 node; 1 is held by {cluster.name}/train-0"
    (held,) = [device for device in done["devices"] if device["held_by"]]
    assert (held["verdict"], held["uuid"], held["held_by"]) == ("not_proven", None, [f"{cluster.name}/train-0"])
    still = cluster.get(PODS, "train-0", cluster.name)
    assert (still["metadata"]["uid"], still["status"]["phase"]) == (holder["metadata"]["uid"], "Running")
    refused = cluster.fail(OPERATION, **wanted(cluster, require="all"))
    assert refused["error"]["code"] == "GpuNotProven"
    assert "require: free" in refused["error"]["remedy"]
    assert refused["coverage"]["proven"] == 3
    assert left(cluster) == []


def test_held_gpus_that_the_node_no_longer_offers_are_not_accepted(cluster: Cluster) -> None:
    add_node(cluster, "good", gpus=1)
    node = add_node(cluster, "dead", gpus=2)
    for name in ("train-0", "train-1"):
        hold(cluster, node, name)
    cluster.show_gpus(node, capacity=2, allocatable=0)
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert failed["error"]["code"] == "NoDevicePlugin"
    assert failed["coverage"] | {"sentence": ""} == {"proven": 1, "total": 3, "nodes": 2, "held": 0, "failed": 0, "sentence": ""}


def test_shared_gpu_of_which_a_pod_holds_a_share_is_not_disturbed(cluster: Cluster) -> None:
    add_node(cluster, "good", gpus=1)
    labels = {"node.kubernetes.io/instance-type": SIZES[1], "nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.count": "1"}
    node = cluster.add_node("shared", gpus=4, labels=labels, taints=[SKU])
    hold(cluster, node)
    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"]["sentence"] == f"1 of 2 GPUs proven on 2 nodes; 1 is held by {cluster.name}/train-0"
    assert [job["node"] for job in done["jobs"] if job["node"] == node] == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        proving("EccErrors", "ecc"),
        proving("MemoryErrors", "bit_flip"),
        proving("PtxRefused", "ptx"),
        proving("GpuTimeout", "hang"),
        proving("WrongResult", "wrong_result"),
        proving("CountMismatch", "missing"),
        proving("GpuLost", "lost"),
    ],
)
def test_one_bad_gpu_is_found_and_named(cluster: Cluster, fault: str, code: str) -> None:
    good, bad = add_node(cluster, "good", gpus=1), add_node(cluster, "bad", gpus=2)
    cluster.break_gpu(fault, bad, 1)
    failed = cluster.fail(OPERATION, **wanted(cluster, timeout=10))
    assert failed["error"]["code"] == code
    assert failed["coverage"] | {"sentence": ""} == {"proven": 2, "total": 3, "nodes": 2, "held": 0, "failed": 1, "sentence": ""}
    (device,) = [device for device in failed["devices"] if device["verdict"] == "failed"]
    assert (device["node"], [each["code"] for each in device["findings"]]) == (bad, [code])
    assert {node["name"]: node["verdict"] for node in failed["nodes"]} == {good: "proven", bad: "failed"}
    assert f"{bad}: {code}" in failed["coverage"]["sentence"]
    assert left(cluster) == []
    partly = cluster.run(OPERATION, **wanted(cluster, timeout=10, require="any"))
    assert partly["coverage"]["proven"] == 2


@pytest.mark.proves("NeighborGpu")
def test_container_that_sees_anothers_gpu_is_refused(cluster: Cluster) -> None:
    node = add_node(cluster, gpus=2)
    hold(cluster, node)
    for device in (0, 1):
        cluster.break_gpu("neighbor", node, device)
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert failed["error"]["code"] == "NeighborGpu"
    assert failed["coverage"]["proven"] == 0


@pytest.mark.proves("GpuSlow")
@pytest.mark.parametrize("fatal", [False, True])
def test_slow_gpu_is_found_and_fails_if_asked_for(cluster: Cluster, fatal: bool) -> None:
    node = add_node(cluster, gpus=2)
    cluster.break_gpu("slow_memory", node, 0)
    result = cluster.attempt(OPERATION, **wanted(cluster, fail_on_slow=fatal))
    (slow,) = [device for device in result["devices"] if device["findings"]]
    assert [each["code"] for each in slow["findings"]] == ["GpuSlow"]
    assert slow["figures"]["memory_gb_s"] < slow["floor"]["memory_gb_s"]
    assert (bool(result.get("failed")), slow["verdict"]) == ((True, "failed") if fatal else (False, "proven"))


@pytest.mark.parametrize(
    ("added", "code"),
    [
        proving("StaleProof", {"/spec/containers/0/args": ["--level", "smoke", "--nonce", "0" * 32, "--timeout", "60"]}),
        ({"/spec/containers/0/resources": {"limits": {"cpu": "1"}}}, "GpuNotRequested"),
        ({"/spec/containers/0/image": "example.com/no-gpu:1"}, "PodDiffers"),
    ],
    ids=["another run's nonce", "no GPU requested", "another image"],
)
def test_pod_that_admission_changes_proves_nothing(cluster: Cluster, added: Json, code: str) -> None:
    add_node(cluster, gpus=1)
    with changing(cluster, "pods", added):
        failed = cluster.fail(OPERATION, **wanted(cluster))
    assert failed["error"]["code"] == code
    assert failed["coverage"]["proven"] == 0
    assert left(cluster) == []


@pytest.mark.proves("WrongNode")
def test_pod_on_another_node_proves_nothing(cluster: Cluster) -> None:
    asked, other = add_node(cluster, "asked", gpus=1), add_node(cluster, "other", gpus=1)
    field = {"key": "metadata.name", "operator": "In", "values": [other]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [field]}]}}}
    with changing(cluster, "pods", {"/spec/affinity": affinity}):
        failed = cluster.fail(OPERATION, **wanted(cluster, nodes=[asked]))
    assert (failed["error"]["code"], failed["coverage"]["proven"]) == ("WrongNode", 0)


def test_anothers_program_is_refused(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    cluster.run(OPERATION, **wanted(cluster, keep=True))
    (mine,) = [each for each in cluster.client.list(CONFIG_MAPS, namespace=cluster.name) if "immutable" in each]
    cluster.client.delete(CONFIG_MAPS, mine["metadata"]["name"], cluster.name)
    for job in cluster.client.list(JOBS, namespace=cluster.name):
        cluster.client.delete(JOBS, job["metadata"]["name"], cluster.name)
    cluster.until(lambda: left(cluster) == [])
    metadata = {"name": mine["metadata"]["name"], "namespace": cluster.name}
    cluster.client.create(CONFIG_MAPS, {"metadata": metadata, "data": {"__main__.py": "print('all GPUs are proven')"}})
    refused = cluster.fail(OPERATION, **wanted(cluster))
    assert refused["error"]["code"] == "ProgramDiffers"
    assert not refused["changed"]


def test_kept_proof_is_there_until_the_next_run(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    kept = cluster.run(OPERATION, **wanted(cluster, keep=True))
    assert (kept["changed"], len(kept["diff"])) == (True, 1)
    assert sorted(name.partition("/")[0] for name in left(cluster)) == ["configmaps", "jobs", "pods"]
    done = cluster.run(OPERATION, **wanted(cluster))
    assert (done["changed"], done["coverage"]["proven"]) == (True, 1)
    assert left(cluster) == []
    assert not cluster.run(OPERATION, **wanted(cluster))["changed"]


def test_evidence_is_written(cluster: Cluster, tmp_path: Path) -> None:
    add_node(cluster, gpus=2)
    done = cluster.run(OPERATION, **wanted(cluster, level="train", evidence_dir=str(tmp_path / "evidence")))
    files = [Path(name) for name in done["evidence"]]
    (folder,) = (tmp_path / "evidence").iterdir()
    assert sorted(files) == sorted(folder.iterdir())
    assert len(files) == 4
    devices = [json.loads(file.read_text()) for file in files[:2]]
    assert [each["uuid"] for each in devices] == [device["uuid"] for device in done["devices"]]
    assert all(each["figures"]["train_accuracy"] >= 0.9 for each in devices)
    suites = ET.parse(folder / "junit.xml").getroot()  # noqa: S314  # our own
    assert [suite.get("tests") for suite in suites] == ["2"]
    assert json.loads((folder / "summary.json").read_text())["coverage"] == done["coverage"]


def test_gpu_is_proven_under_load(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    done = cluster.run(OPERATION, **wanted(cluster, level="stress", timeout=15))
    (device,) = done["devices"]
    assert (device["verdict"], device["level"], device["findings"]) == ("proven", "stress", [])
    assert device["figures"]["memory_tested_bytes"] > 0


def test_image_that_does_not_exist_is_named(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    failed = cluster.fail(OPERATION, **wanted(cluster, image="mcr.microsoft.com/gpuops.aks-lab/missing:1", wait_timeout=1800))
    assert failed["error"]["code"] == "ImageNotFound"
    assert (failed["coverage"]["proven"], left(cluster)) == (0, [])


def test_nodes_are_proven_a_few_at_a_time(cluster: Cluster) -> None:
    for number in range(5):
        add_node(cluster, f"gpu{number}", gpus=1)
    most = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(cluster.run, OPERATION, **wanted(cluster, parallel=2))
        while not running.done():
            jobs = cluster.client.list(JOBS, namespace=cluster.name)
            most = max(most, sum(ending(job) is None and "deletionTimestamp" not in job["metadata"] for job in jobs))
    assert running.result()["coverage"]["proven"] == 5
    assert 1 <= most <= 2


def test_node_that_is_not_ready_is_not_proven_and_says_so(cluster: Cluster) -> None:
    with cluster.silent_kubelets():
        silent = add_node(cluster, gpus=1, ready=False)
        failed = cluster.fail(OPERATION, **wanted(cluster))
    assert (failed["error"]["code"], failed["jobs"]) == ("NodeNotReady", [])
    assert [(node["name"], node["verdict"]) for node in failed["nodes"]] == [(silent, "not_proven")]


def test_proof_runs_where_pod_security_is_restricted(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    cluster.lab.kubectl("label", "namespace", cluster.name, "pod-security.kubernetes.io/enforce=restricted")
    assert cluster.run(OPERATION, **wanted(cluster))["coverage"]["proven"] == 1


def test_proofs_of_other_selections_do_not_take_each_others_program(cluster: Cluster) -> None:
    nodes = [add_node(cluster, f"gpu{number}", gpus=1) for number in range(3)]
    with ThreadPoolExecutor(len(nodes)) as pool:
        running = [pool.submit(cluster.run, OPERATION, **wanted(cluster, nodes=[node])) for node in nodes]
    assert [each.result()["coverage"]["proven"] for each in running] == [1, 1, 1]
    cluster.until(lambda: left(cluster) == [])


def test_mig_slices_are_proven_each(cluster: Cluster) -> None:
    slices, size = "nvidia.com/mig-1g.10gb", "Standard_NC24ads_A100_v4"
    node = cluster.add_node(gpus=0, labels={"node.kubernetes.io/instance-type": size})
    cluster.lab.kubectl("annotate", "node", node, SEVEN_SLICES)
    cluster.patch_status(node, {"capacity": {slices: "7"}, "allocatable": {slices: "7"}})
    done = cluster.run(OPERATION, **wanted(cluster))
    assert [(job["resource"], job["gpus"]) for job in done["jobs"]] == [(slices, 7)]
    assert done["coverage"]["sentence"] == "7 of 7 GPUs proven on 1 node"
    assert len({device["uuid"] for device in done["devices"]}) == 7
    assert all(device["uuid"].startswith("MIG-") for device in done["devices"])


@pytest.mark.proves("MigSlicesUnknown")
def test_slices_that_look_like_gpus_prove_no_gpu(cluster: Cluster) -> None:
    """As with the plugin's MIG strategy single, without GPU feature discovery and without a plugin's pod that shows the strategy."""
    node = cluster.add_node(gpus=7, labels={"node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4"}, taints=[SKU])
    cluster.lab.kubectl("annotate", "node", node, SEVEN_SLICES)
    failed = cluster.fail(OPERATION, **wanted(cluster))
    assert (failed["error"]["code"], failed["coverage"]["proven"], failed["coverage"]["failed"]) == ("MigSlicesUnknown", 0, 0)


@pytest.mark.proves("GpuSliced")
def test_gpu_with_slices_that_is_offered_as_a_whole_is_one(cluster: Cluster) -> None:
    node = cluster.add_node(gpus=1, labels={"node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4"}, taints=[SKU])
    cluster.lab.kubectl("annotate", "node", node, SEVEN_SLICES)
    done = cluster.run(OPERATION, **wanted(cluster))
    assert done["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"
    (device,) = done["devices"]
    assert (device["verdict"], [each["code"] for each in device["findings"]]) == ("proven", ["GpuSliced"])
    assert device["uuid"].startswith("GPU-")


def test_node_that_is_unknown_is_refused(cluster: Cluster) -> None:
    add_node(cluster, gpus=1)
    assert cluster.fail(OPERATION, **wanted(cluster, nodes=["aks-nowhere"]))["error"]["code"] == "NodeNotFound"
    assert cluster.fail(OPERATION, **wanted(cluster, pool="nowhere"))["error"]["code"] == "NoGpuNodes"
