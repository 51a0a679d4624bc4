# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node offers to a proof, and the Jobs and the ConfigMap that follow from it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import held_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import config_map, identity_of, job_manifest, jobs_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import Offer, plans
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.slices import Slices, sliced_gpus
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import fit
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose

from ...builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, daemonset, facts_of, node, plugin_pod, pod, snapshot
from ...proof_builders import settings

MIG = "nvidia.com/mig-1g.10gb"
SHARED = "nvidia.com/gpu.shared"

CORDON = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}


def offers(made: dict[str, Any], **scene: Any) -> tuple[Offer, ...]:
    """What a node offers."""
    (plan,) = plans(snapshot(made, **scene), [])
    return plan.offers


def test_free_gpus_are_requested_and_held_ones_named() -> None:
    held = [pod("train-0", namespace="team", gpus=2), pod("train-1", gpus=1)]
    assert offers(node(gpus=8, vm_size="Standard_ND96asr_v4"), pods=held) == (Offer(GPU, 8, 5, 3, ("team/train-0", "default/train-1")),)


def test_mig_slices_are_requested_by_their_own_names() -> None:
    made = node(gpus=2, vm_size="Standard_NC96ads_A100_v4", resources={MIG: 14})
    assert offers(made) == (Offer(GPU, 2, 2), Offer(MIG, 14, 14, sliced=True))
    (plan,) = plans(snapshot(made), [])
    assert [(job.resource, job.asked) for job in jobs_of(plan, settings())] == [(GPU, 2), (MIG, 14)]


@pytest.mark.parametrize(
    ("made", "resource"),
    [
        (node(gpus=None, resources={SHARED: 8}, labels={"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.count": "2"}), SHARED),
        (node(gpus=8, labels={"nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.count": "2"}), GPU),
        (node(gpus=8, vm_size="Standard_NC12"), GPU),
    ],
    ids=["renamed", "not renamed", "more than the size has"],
)
def test_one_share_is_requested_of_shared_gpus(made: dict[str, Any], resource: str) -> None:
    assert offers(made) == (Offer(resource, 2, 1, shared=True),)
    (plan,) = plans(snapshot(made), [])
    assert [each.code for each in plan.findings] == ["GpuShared"]


A100 = "Standard_NC24ads_A100_v4"


def with_strategy(**container: Any) -> dict[str, Any]:
    """A device plugin whose container is given this, and its pod on the node."""
    plugin = daemonset(tolerations=[SKU_TOLERATION])
    plugin["spec"]["template"]["spec"]["containers"][0].update(container)
    return {"daemonsets": [plugin], "pods": [plugin_pod(plugin)]}


@pytest.mark.parametrize(
    "container",
    [
        {"args": ["--mig-strategy=single"]},
        {"command": ["nvidia-device-plugin", "--mig-strategy", "single"]},
        {"env": [{"name": "MIG_STRATEGY", "value": "single"}]},
    ],
    ids=["argument", "two words", "environment"],
)
def test_slices_that_only_the_device_plugin_shows_are_all_requested(container: dict[str, Any]) -> None:
    scene = with_strategy(**container)
    assert offers(node(gpus=7, vm_size=A100), **scene) == (Offer(GPU, 7, 7, sliced=True),)


def test_slices_of_a_managed_node_without_labels_are_all_requested() -> None:
    made = node(gpus=7, vm_size=A100, labels={"kubernetes.azure.com/dcgm-exporter": "enabled"})
    assert offers(made) == (Offer(GPU, 7, 7, sliced=True),)


def test_shares_that_a_configuration_file_may_have_made_are_not_taken_for_slices() -> None:
    scene = with_strategy(args=["--mig-strategy=single"])
    scene["daemonsets"][0]["spec"]["template"]["spec"].setdefault("volumes", []).append({"name": "config", "configMap": {"name": "config"}})
    assert offers(node(gpus=7, vm_size=A100), **scene) == (Offer(GPU, 1, 1, shared=True),)


def test_node_with_a_gpu_of_another_vendor_is_not_proven_unless_it_is_named() -> None:
    amd = node("amd", gpus=None, vm_size="Standard_ND96isr_MI300X_v5", resources={"amd.com/gpu": 8})
    assert plans(snapshot(amd, node(gpus=1)), []) == plans(snapshot(node(gpus=1)), [])
    assert [plan.name for plan in plans(snapshot(amd), [], ["amd"])] == ["amd"]


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize(
    ("shares", "labels", "gpus"),
    [(2, {"nvidia.com/gpu.replicas": "2", "nvidia.com/gpu.count": "1"}, 1), (8, {"nvidia.com/gpu.replicas": "4"}, 2)],
)
def test_shared_gpus_of_which_a_pod_holds_a_share_are_not_disturbed(units: int, shares: int, labels: Any, gpus: int) -> None:
    made = node(gpus=shares, vm_size="Standard_NC12" if gpus == 2 else "Standard_NC6", labels=labels)
    assert offers(made, pods=[pod(gpus=units)]) == (Offer(GPU, gpus, 0, gpus, ("default/train-0",), shared=True),)


SHARES = {"nvidia.com/gpu.replicas": "2"}


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(node(ready=False), "NodeNotReady", id="not ready"),
        pytest.param(node(gpus=0, capacity=1), "NoDevicePlugin", id="not offered"),
        pytest.param(node(gpus=2, labels=SHARES, ready=False), "NodeNotReady", id="shared, not ready"),
        pytest.param(node(gpus=0, capacity=2, labels=SHARES), "NoDevicePlugin", id="shared, not offered"),
    ],
)
@pytest.mark.parametrize("held", [0, 1])
def test_gpu_counts_as_held_only_where_the_node_offers_it(made: dict[str, Any], code: str, held: int) -> None:
    scene = snapshot(made, pods=[pod(gpus=1)] * held)
    (plan,) = plans(scene, diagnose(scene))
    (offer,) = plan.offers
    assert (offer.capacity, offer.asked, offer.held, len(offer.holders)) == (1, 0, 0, held)
    assert plan.findings[0].code == code
    assert held_of([plan]) == []


def test_held_gpu_beyond_what_the_node_offers_is_missing() -> None:
    made = node(gpus=1, capacity=2, vm_size="Standard_NC12")
    (offer,) = offers(made, pods=[pod("a", gpus=1), pod("b", gpus=1)])
    assert (offer.capacity, offer.asked, offer.held, offer.missing) == (2, 0, 1, 1)


def test_what_is_wrong_with_a_node_is_said_if_others_hold_its_gpus() -> None:
    broken = node(conditions=[{"type": "GPUMissing", "status": "True", "reason": "GPUMissing", "message": "NHC2001"}])
    scene = snapshot(broken, pods=[pod(gpus=1)])
    (plan,) = plans(scene, diagnose(scene))
    assert [each.code for each in plan.findings] == ["GPUMissing"]


ND96 = "Standard_ND96asr_v4"
SLICE = "nvidia.com/mig-1g.5gb"
PRODUCT = "NVIDIA-A100-SXM4-40GB"


@pytest.mark.parametrize(
    ("made", "total"),
    [
        pytest.param(node(gpus=7, vm_size=ND96), 8, id="the size has more"),
        pytest.param(node(gpus=7, vm_size=ND96, labels={"nvidia.com/gpu.count": "7"}), 8, id="the label does not count the lost one"),
        pytest.param(node(gpus=7, vm_size="Standard_ND96new_v9", labels={"nvidia.com/gpu.count": "8"}), 8, id="only the label is known"),
        pytest.param(node(gpus=7, capacity=8, vm_size="Standard_ND96new_v9"), 8, id="only the capacity is known"),
        pytest.param(node(gpus=12, vm_size=ND96, labels={"nvidia.com/gpu.replicas": "2"}), 8, id="shared"),
        pytest.param(node(gpus=0, vm_size=ND96, resources={SLICE: 7}), 7 + 7, id="slices of one GPU"),
        pytest.param(node(gpus=3, vm_size=ND96, resources={SLICE: 7}), 7 + 7, id="slices of one GPU and three whole ones"),
        pytest.param(node(gpus=0, vm_size=ND96, resources={SLICE: 56}), 56, id="slices of all GPUs"),
        pytest.param(node(gpus=0, vm_size=ND96, resources={"nvidia.com/mig-3g.20gb": 16}), 16, id="half GPUs"),
        pytest.param(node(gpus=0, vm_size=ND96, resources={"nvidia.com/mig-2g.10gb": 24}), 24, id="thirds of GPUs"),
        pytest.param(node(gpus=0, vm_size=ND96, resources={"nvidia.com/mig-odd": 8}), 8, id="a profile that is not known"),
        pytest.param(
            node(gpus=0, vm_size=ND96, resources={SLICE: 16, "nvidia.com/mig-2g.10gb": 8, "nvidia.com/mig-3g.20gb": 8}), 32, id="balanced"
        ),
        pytest.param(
            node(gpus=7, vm_size=ND96, labels={"nvidia.com/gpu.product": f"{PRODUCT}-MIG-1g.5gb", "nvidia.com/gpu.count": "7"}),
            7 + 7,
            id="strategy single, slices of one GPU",
        ),
        pytest.param(node(gpus=56, vm_size=ND96, labels={"nvidia.com/gpu.product": f"{PRODUCT}-MIG-1g.5gb"}), 56, id="strategy single"),
        pytest.param(node(gpus=1, vm_size="Standard_NC24ads_A100_v4", labels={"nvidia.com/mig.strategy": "none"}), 1, id="strategy none"),
    ],
)  # fmt: skip
def test_total_is_what_the_machine_has(made: dict[str, Any], total: int) -> None:
    scene = snapshot(made)
    (plan,) = plans(scene, diagnose(scene))
    assert plan.capacity == total
    shared = any(offer.shared for offer in plan.offers)
    assert bool(plan.findings) == (plan.free < total)
    assert shared or (plan.free < total) == any(offer.lacks for offer in plan.offers)


@pytest.mark.parametrize(
    ("slices", "memory", "gpus"),
    [
        ([], 40, 0),
        ([Slices("1g.5gb", 1)], 40, 1),
        ([Slices("1g.10gb", 8)], 40, 2),  # half of the compute slices stay unused
        ([Slices("1g.10gb", 8)], 0, 2),
        ([Slices("1g.12gb", 7), Slices("7g.94gb", 1)], 94, 2),
        ([Slices("1g.18gb+me", 1), Slices("3g.71gb", 2)], 141, 2),
        ([Slices("4g.20gb", 1), Slices("3g.20gb", 1)], 40, 1),
        ([Slices("", 5)], 40, 5),
    ],
)
def test_slices_are_of_as_few_gpus_as_possible(slices: list[Slices], memory: int, gpus: int) -> None:
    assert sliced_gpus(slices, memory) == gpus


def test_gpus_that_only_a_claim_can_request_are_named() -> None:
    scene = snapshot(node(gpus=None), dra_devices={GPU_NODE: 2})
    (plan,) = plans(scene, diagnose(scene, by_name=True))
    assert (plan.capacity, plan.free, [each.code for each in plan.findings]) == (2, 0, ["DraOnly"])


def test_gpu_that_the_machine_has_and_the_node_does_not_offer_counts() -> None:
    scene = snapshot(node(gpus=3, vm_size="Standard_NC64as_T4_v3"))
    (plan,) = plans(scene, diagnose(scene))
    assert (plan.capacity, plan.free, [each.code for each in plan.findings]) == (4, 3, ["FewerGpusThanSize"])


def test_node_that_is_not_ready_gets_no_job_and_its_own_finding() -> None:
    scene = snapshot(node(ready=False))
    (plan,) = plans(scene, diagnose(scene))
    assert (plan.capacity, plan.free, [each.code for each in plan.findings]) == (1, 0, ["NodeNotReady"])


def test_cordoned_node_is_proven() -> None:
    (plan,) = plans(snapshot(node(cordoned=True)), [])
    assert (plan.free, [str(taint) for taint in plan.taints]) == (1, ["node.kubernetes.io/unschedulable:NoSchedule"])


def test_only_the_named_nodes_are_proven() -> None:
    assert [plan.name for plan in plans(snapshot(node("a"), node("b")), [], ["b"])] == ["b"]


def test_job_fits_its_node_and_no_other() -> None:
    nodes = [node(taints=[SKU_TAINT, "team=vision:NoExecute"]), node("aks-other", taints=[SKU_TAINT, "team=vision:NoExecute"])]
    (plan, _other) = plans(snapshot(*nodes), [])
    (job,) = jobs_of(plan, settings())
    spec = job_manifest(job, settings(), "program")["spec"]["template"]["spec"]
    assert spec["tolerations"] == [SKU_TOLERATION, {**SKU_TOLERATION, "key": "team", "value": "vision", "effect": "NoExecute"}, CORDON]
    fits = fit(spec, facts_of(*nodes)).nodes
    assert fits[GPU_NODE] == []
    assert any("metadata.name In" in why for why in fits["aks-other"])


def test_job_holds_the_restricted_level_and_sets_no_visible_devices() -> None:
    (plan,) = plans(snapshot(node()), [])
    (job,) = jobs_of(plan, settings())
    manifest = job_manifest(job, settings(image_pull_secrets=["registry"]), "gpu-proof-1")
    spec, (container,) = manifest["spec"]["template"]["spec"], manifest["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec["automountServiceAccountToken"]
    assert "NVIDIA_VISIBLE_DEVICES" not in str(manifest)
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert (manifest["spec"]["backoffLimit"], spec["restartPolicy"]) == (0, "Never")
    assert spec["volumes"][0]["configMap"]["name"] == "gpu-proof-1"


def test_kept_job_has_no_time_to_live() -> None:
    (plan,) = plans(snapshot(node()), [])
    (job,) = jobs_of(plan, settings())
    kept, removed = (job_manifest(job, settings(keep=keep), "program")["spec"] for keep in (True, False))
    assert "ttlSecondsAfterFinished" not in kept
    assert removed["ttlSecondsAfterFinished"] > 0


def test_config_map_is_named_by_its_content() -> None:
    one, same, other = (config_map({"a.py": text}, settings())["metadata"]["name"] for text in ("1", "1", "2"))
    assert one == same != other
    assert config_map({"a.py": "1"}, settings())["immutable"]


def test_identity_depends_on_the_selection_and_not_on_the_order_of_nodes() -> None:
    assert identity_of("default", "gpunp", ["a", "b"], "") == identity_of("default", "gpunp", ["b", "a"], "")
    assert len({identity_of(*each) for each in [("d", "p", ["a"], ""), ("d", "p", [], ""), ("d", "q", [], ""), ("e", "p", [], "")]}) == 4
