# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.placement import Asked, why_pending
from hypothesis import given
from hypothesis import strategies as st

from .builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, facts_of, labels_of, node, pod

POD = "default/samples-tf-mnist-demo-mtd44"


def why(*nodes: Json, pods: list[Json] | None = None, gpus: int = 1, **spec: Any) -> list[Finding]:
    return why_pending(
        POD, Asked({"tolerations": [SKU_TOLERATION], **spec}, GPU, gpus), facts_of(*nodes, pods=pods or []), labels_of(*nodes)
    )


@pytest.mark.parametrize(
    ("made", "asked", "code", "words", "remedy"),
    [
        pytest.param(node(taints=[SKU_TAINT]), {"tolerations": []}, "PodLacksToleration", [SKU_TAINT],
                     f"Set node_taints: ['{SKU_TAINT}'].", id="taint"),
        pytest.param(node(taints=[SKU_TAINT, "team=a:NoExecute"]), {"tolerations": []}, "PodLacksToleration",
                     [SKU_TAINT, "team=a:NoExecute"], f"Set node_taints: ['{SKU_TAINT}', 'team=a:NoExecute'].", id="two taints"),
        pytest.param(node(taints=[SKU_TAINT, "team=a:NoExecute"]), {}, "PodLacksToleration", ["team=a:NoExecute"],
                     "Set node_taints: ['team=a:NoExecute'].", id="only the taint that is not tolerated"),
        pytest.param(node(), {"nodeSelector": {"tier": "gold"}}, "PodSelectorMisses", ["tier=gold"],
                     "Change the job's node_selector.", id="selector"),
        pytest.param(node(ready=False), {}, "NodeNotReady", ["not Ready"],
                     f"Look at 'kubectl describe node {GPU_NODE}'.", id="not ready, whatever its taints"),
        pytest.param(node(ready=False), {"tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]}, "NodeNotReady",
                     ["not Ready"], f"Look at 'kubectl describe node {GPU_NODE}'.", id="not ready, only half of it tolerated"),
        pytest.param(node(cordoned=True), {}, "NodeCordoned", ["cordoned"], f"kubectl uncordon {GPU_NODE}", id="cordoned"),
        pytest.param(node(gpus=None), {}, "NoGpuOnNode", [GPU],
                     "Run the plugin and verify steps; verify names what is missing.", id="no GPU"),
        pytest.param(node(gpus=1), {"gpus": 2}, "AsksForTooMany", ["has 1", "asks for 2"],
                     "Ask for fewer gpus, or use a bigger vm_size.", id="too many"),
        pytest.param(node(gpus=1), {"pods": [pod("train-0", gpus=1, namespace="team")]}, "AllGpusInUse", ["team/train-0 (1)"],
                     "Wait for these pods, delete them, or raise the pool's max_count.", id="in use"),
        pytest.param(node(gpus=2), {"gpus": 2, "pods": [pod("train-0", gpus=1)]}, "AllGpusInUse", ["default/train-0 (1)"],
                     "Wait for these pods, delete them, or raise the pool's max_count.", id="too few of them left"),
    ],
)  # fmt: skip
def test_a_pending_pod_is_explained(made: Json, asked: dict[str, Any], code: str, words: list[str], remedy: str) -> None:
    (finding,) = why(made, **asked)
    assert (finding.code, finding.severity, finding.subjects) == (code, "error", (POD,))
    assert GPU_NODE in finding.evidence
    assert not [word for word in words if word not in finding.cause], finding.cause
    assert finding.remedy == remedy


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
def test_a_pod_that_a_node_would_take_is_only_waiting_for_the_scheduler(made: Json, asked: dict[str, Any]) -> None:
    assert why(made, **asked) == []


def test_one_node_that_takes_the_pod_is_enough() -> None:
    assert why(node("a", cordoned=True), node("b")) == []


def test_every_nodes_reason_is_in_the_evidence_and_the_first_leads() -> None:
    (finding,) = why(node("a", cordoned=True), node("b", gpus=None))
    assert finding.code == "NodeCordoned"
    assert finding.evidence == "a is cordoned; b offers no nvidia.com/gpu"


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
def test_a_pod_is_explained_exactly_when_no_node_takes_it(nodes: list[tuple[int, bool, bool, bool]], gpus: int, tolerates: bool) -> None:
    made = [
        node(f"n{number}", gpus=n, ready=ready, cordoned=cordoned, taints=[SKU_TAINT] if tainted else [])
        for number, (n, ready, cordoned, tainted) in enumerate(nodes)
    ]
    takes = [n >= gpus and ready and not cordoned and (tolerates or not tainted) for n, ready, cordoned, tainted in nodes]
    found = why(*made, gpus=gpus, tolerations=[SKU_TOLERATION] if tolerates else [])
    assert bool(found) is not any(takes)
