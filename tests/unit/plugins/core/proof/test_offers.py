# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node offers to a proof, and the Jobs and the ConfigMap that follow from it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import config_map, identity_of, job_manifest, jobs_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import Offer, plans
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import fit
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose

from ...builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, facts_of, node, pod, snapshot
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
    made = node(gpus=2, vm_size="Standard_NC96ads_A100_v4", resources={MIG: 7})
    assert offers(made) == (Offer(GPU, 2, 2), Offer(MIG, 7, 7))
    (plan,) = plans(snapshot(made), [])
    assert [(job.resource, job.asked) for job in jobs_of(plan, settings())] == [(GPU, 2), (MIG, 7)]


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


def test_shares_that_are_all_held_are_not_proven() -> None:
    made = node(gpus=2, labels={"nvidia.com/gpu.replicas": "2", "nvidia.com/gpu.count": "1"})
    assert offers(made, pods=[pod(gpus=2)]) == (Offer(GPU, 1, 0, 1, ("default/train-0",), shared=True),)


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
