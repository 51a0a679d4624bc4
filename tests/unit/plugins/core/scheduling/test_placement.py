# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import PodDemand, why_pending
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from hypothesis import given
from hypothesis import strategies as st

from ...builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, facts_of, node, pod

POD = "default/samples-tf-mnist-demo-mtd44"


def tolerate(name: str, taint: str) -> str:
    """What to do about a taint of the node of this name: it may be the pool's or a person's."""
    removed = (
        f"If a taint is not the pool's, but someone set it, such as for maintenance, remove it with 'kubectl taint nodes {name} {taint}-'"
    )
    return f"Add ['{taint}'] to node_taints. {removed} instead."


def why(*nodes: Json, pods: list[Json] | None = None, gpus: int = 1, **spec: Any) -> list[Finding]:
    return why_pending(POD, PodDemand({"tolerations": [SKU_TOLERATION], **spec}, GPU, gpus), facts_of(*nodes, pods=pods or []))


@pytest.mark.parametrize(
    ("made", "asked", "code", "words", "remedy"),
    [
        pytest.param(node(taints=[SKU_TAINT]), {"tolerations": []}, "PodLacksToleration", [SKU_TAINT],
                     f"Add ['{SKU_TAINT}'] to node_taints.", id="taint"),
        pytest.param(node(taints=[SKU_TAINT, "team=a:NoExecute"]), {"tolerations": []}, "PodLacksToleration",
                     [SKU_TAINT, "team=a:NoExecute"], f"Add ['{SKU_TAINT}', 'team=a:NoExecute'] to node_taints.", id="two taints"),
        pytest.param(node(taints=[SKU_TAINT, "team=a:NoExecute"]), {}, "PodLacksToleration", ["team=a:NoExecute"],
                     "Add ['team=a:NoExecute'] to node_taints.", id="only the taint that is not tolerated"),
        pytest.param(node(), {"nodeSelector": {"tier": "gold"}}, "PodSelectorMisses", ["tier=gold"],
                     "node_selector", id="selector"),
        pytest.param(node(ready=False), {}, "NodeNotReady", ["not Ready"],
                     f"'kubectl describe node {GPU_NODE}'", id="not ready, whatever its taints"),
        pytest.param(node(ready=False), {"tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]}, "NodeNotReady",
                     ["not Ready"], f"'kubectl describe node {GPU_NODE}'", id="not ready, only half of it tolerated"),
        pytest.param(node(cordoned=True), {}, "NodeCordoned", ["cordoned"], f"kubectl uncordon {GPU_NODE}", id="cordoned"),
        pytest.param(node(gpus=None), {}, "NoGpuOnNode", [GPU],
                     "plugin and verify steps", id="no GPU"),
        pytest.param(node(gpus=1), {"gpus": 2}, "AsksForTooMany", ["has 1", "asks for 2"],
                     "vm_size", id="too many"),
        pytest.param(node(gpus=1), {"pods": [pod("train-0", gpus=1, namespace="team")]}, "AllGpusInUse", ["team/train-0 (1)"],
                     "max_count", id="in use"),
        pytest.param(node(gpus=2), {"gpus": 2, "pods": [pod("train-0", gpus=1)]}, "AllGpusInUse", ["default/train-0 (1)"],
                     "max_count", id="too few of them left"),
    ],
)  # fmt: skip
def test_a_pending_pod_is_explained(made: Json, asked: dict[str, Any], code: str, words: list[str], remedy: str) -> None:
    (finding,) = why(made, **asked)
    assert (finding.code, finding.severity, finding.subjects) == (code, "error", (POD,))
    assert GPU_NODE in finding.evidence
    assert not [word for word in words if word not in finding.explanation.cause], finding.explanation.cause
    assert remedy in finding.explanation.remedy


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        pytest.param(node(), {}, id="free"),
        pytest.param(node(taints=[SKU_TAINT]), {}, id="tolerated taint"),
        pytest.param(
            node(cordoned=True), {"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]}, id="tolerated cordon"
        ),
        pytest.param(node(ready=False), {"tolerations": [{"operator": "Exists"}]}, id="a node that isn't ready, tolerated"),
        pytest.param(node(taints=["sku=gpu:PreferNoSchedule"]), {"tolerations": None}, id="a mere preference"),
        pytest.param(node(), {"nodeSelector": {"accelerator": "nvidia"}}, id="selected"),
        pytest.param(node(gpus=2), {"pods": [pod(gpus=1)]}, id="one of two free"),
    ],
)
def test_pod_that_fits_is_only_waiting_for_the_scheduler(made: Json, asked: dict[str, Any]) -> None:
    assert why(made, **asked) == []


def test_one_fitting_node_is_enough() -> None:
    assert why(node("a", cordoned=True), node("b")) == []


def test_every_nodes_reason_is_in_the_evidence_and_the_first_leads() -> None:
    (finding,) = why(node("a", cordoned=True), node("b", gpus=None))
    assert finding.code == "NodeCordoned"
    assert finding.evidence == "a is cordoned; b offers no nvidia.com/gpu"


STATES = [
    ("node.cloudprovider.kubernetes.io/shutdown:NoSchedule", "NodeShutDown"),
    ("ToBeDeletedByClusterAutoscaler=1700000000:NoSchedule", "NodeBeingDeleted"),
    ("karpenter.sh/disrupted:NoSchedule", "NodeBeingDeleted"),
    ("node.kubernetes.io/disk-pressure:NoSchedule", "NodeUnderPressure"),
    ("node.kubernetes.io/memory-pressure:NoSchedule", "NodeUnderPressure"),
    ("node.kubernetes.io/network-unavailable:NoSchedule", "NodeNotOpen"),
    ("node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule", "NodeNotOpen"),
    ("node.kubernetes.io/out-of-service=nodeshutdown:NoExecute", "NodeShutDown"),
    ("node.cilium.io/agent-not-ready:NoExecute", "NodeNotOpen"),
    ("disk.csi.azure.com/agent-not-ready:NoExecute", "NodeNotOpen"),
    ("cni.istio.io/not-ready:NoSchedule", "NodeNotOpen"),
    ("startup-taint.cluster-autoscaler.kubernetes.io/gpu:NoSchedule", "NodeNotOpen"),
    ("karpenter.sh/unregistered:NoExecute", "NodeNotOpen"),
    ("karpenter.sh/disrupted:NoSchedule", "NodeBeingDeleted"),
    ("DeletionCandidateOfClusterAutoscaler=1785578400:NoSchedule", "NodeBeingDeleted"),
    ("node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule", "NodeNotOpen"),
    ("weave.works/kured-node-reboot:NoSchedule", "NodeNotOpen"),
    ("remediator.kubernetes.azure.com/unschedulable:NoSchedule", "NodeNotOpen"),
    ("remediator.aks.microsoft.com/unschedulable:NoSchedule", "NodeNotOpen"),
    ("kubernetes.azure.com/aks-maintenance:NoSchedule", "NodeNotOpen"),
    ("kubevirt.io/drain:NoSchedule", "NodeNotOpen"),
    ("medik8s.io/remediation=self-node-remediation:NoExecute", "NodeNotOpen"),
    ("aws-node-termination-handler/scheduled-maintenance:NoSchedule", "NodeNotOpen"),
    ("skyhook.nvidia.com=runtime-required:NoSchedule", "NodeNotOpen"),
    ("node.cluster.x-k8s.io/outdated-revision:NoSchedule", "NodeNotOpen"),
    ("nvidia.com/gpu-unhealthy:NoSchedule", "NodeNotOpen"),
]


@pytest.mark.parametrize(("taint", "code"), STATES)
def test_no_advice_to_tolerate_a_nodes_state(taint: str, code: str) -> None:
    (finding,) = why(node(taints=[taint]))
    assert (finding.code, finding.severity) == (code, "warning")
    assert "node_taints" not in finding.explanation.remedy
    assert taint in finding.evidence
    assert "default/" not in finding.explanation.remedy, "a command about a node names a node"
    (lasting,) = why(node(taints=[taint, "team=a:NoSchedule"]))
    assert (lasting.code, lasting.explanation.remedy) == ("PodLacksToleration", tolerate(GPU_NODE, "team=a:NoSchedule"))


def test_every_taint_that_may_be_a_persons_can_be_removed() -> None:
    (found,) = why(node(taints=["team=a:NoExecute", "lab:NoSchedule"]))
    assert f"'kubectl taint nodes {GPU_NODE} team=a:NoExecute- lab:NoSchedule-'" in found.explanation.remedy


def test_causes_that_the_user_can_end_come_first() -> None:
    (finding,) = why(node("a", taints=[STATES[0][0]]), node("b", taints=["team=a:NoSchedule"]))
    assert (finding.code, finding.severity, finding.explanation.remedy) == (
        "PodLacksToleration",
        "error",
        tolerate("b", "team=a:NoSchedule"),
    )
    assert finding.evidence.startswith("b has the taint team=a:NoSchedule")


@pytest.mark.parametrize(
    "taint",
    [
        "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
        "nvidia.com/gpu=present:NoSchedule",
        "CriticalAddonsOnly=true:NoSchedule",
        "team=drainage:NoSchedule",
        "example.com/draincleaners:NoSchedule",
        "bootstrap=true:NoSchedule",
    ],
)
def test_pool_taint_is_not_taken_for_a_node_state(taint: str) -> None:
    (finding,) = why(node(taints=[taint]))
    assert (finding.code, finding.explanation.remedy) == ("PodLacksToleration", tolerate(GPU_NODE, taint))


def test_shared_reason_is_reported_once_and_each_node_under_one_reason() -> None:
    (finding,) = why(*(node(f"n{number:02}", cordoned=True) for number in range(50)))
    assert finding.evidence == "n00, n01, n02, n03, n04, 45 more: each is cordoned"
    assert finding.explanation.cause == f"No node fits the pod: {finding.evidence}."
    (mixed,) = why(node("a", cordoned=True), node("b", gpus=None), node("c", gpus=None))
    assert mixed.evidence == "a is cordoned; b, c: each offers no nvidia.com/gpu"
    assert "cordoned" not in mixed.explanation.cause


def test_message_is_short_however_many_details_there_are() -> None:
    taints = [f"team-{number}.example.com/only=for-them:NoSchedule" for number in range(300)]
    (finding,) = why(*(node(f"n{number:03}", taints=taints[number:]) for number in range(100)))
    assert len(finding.sentence()) < 2500
    assert "kubectl describe node n000" in finding.explanation.remedy
    (busy,) = why(node(gpus=300), pods=[pod(f"train-{number}", gpus=1) for number in range(300)])
    assert len(busy.sentence()) < 1000


def test_no_nodes_at_all_is_not_a_matter_of_placement() -> None:
    assert why() == []


@given(
    st.lists(
        st.builds(
            lambda gpus, ready, cordoned, tainted: (gpus, ready, cordoned, tainted),
            st.integers(0, 3),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 3),
    st.booleans(),
)
def test_pod_is_explained_exactly_when_no_node_fits(nodes: list[tuple[int, bool, bool, bool]], gpus: int, tolerates: bool) -> None:
    made = [
        node(f"n{number}", gpus=n, ready=ready, cordoned=cordoned, taints=[SKU_TAINT] if tainted else [])
        for number, (n, ready, cordoned, tainted) in enumerate(nodes)
    ]
    takes = [n >= gpus and ready and not cordoned and (tolerates or not tainted) for n, ready, cordoned, tainted in nodes]
    found = why(*made, gpus=gpus, tolerations=[SKU_TOLERATION] if tolerates else [])
    assert bool(found) is not any(takes)
