# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.dra import DynamicDevices, NodeDevices
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.node_facts import known_nodes
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import Fit, fit
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.usage import NodeUsage, requests_of_pod

from ...builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, facts_of, node, pod

CORDON = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}


def asking(gpus: int = 1, *, cpu: str = "", memory: str = "", **spec: Any) -> Json:
    requests = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"containers": [{"name": "main", "resources": {"requests": requests, "limits": {GPU: gpus} if gpus else {}}}], **spec}


def why(made: Json, spec: Json, *pods: Json) -> list[str]:
    return list(fit(spec, facts_of(made, pods=pods)).nodes[GPU_NODE])


def busy(**requests: str) -> Json:
    return pod("busy", containers=[{"name": "main", "resources": {"requests": requests}}])


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("made", "spec", "pods", "reasons"),
    [
        pytest.param(node(), asking(), [], [], id="free"),
        pytest.param(node(taints=[SKU_TAINT]), asking(), [], [f"the pod doesn't tolerate its taint {SKU_TAINT}"], id="taint"),
        pytest.param(node(taints=[SKU_TAINT]), asking(tolerations=[SKU_TOLERATION]), [], [], id="tolerated taint"),
        pytest.param(node(cordoned=True), asking(), [], ["it is cordoned"], id="cordon"),
        pytest.param(node(cordoned=True), asking(tolerations=[CORDON]), [], [], id="a pod that doesn't mind a cordon"),
        pytest.param(
            node(cordoned=True, taints=["node.kubernetes.io/unschedulable:NoExecute"]),
            asking(tolerations=[{**CORDON, "effect": "NoSchedule"}]),
            [],
            ["the pod doesn't tolerate its taint node.kubernetes.io/unschedulable:NoExecute"],
            id="more than a cordon",
        ),
        pytest.param(node(ready=False), asking(), [], ["it is not Ready"], id="not ready"),
        pytest.param(node(), asking(nodeSelector={"tier": "gold"}), [], ["it doesn't match the pod's nodeSelector tier=gold"], id="label"),
        pytest.param(
            node(),
            asking(
                affinity={
                    "nodeAffinity": {
                        REQUIRED: {
                            "nodeSelectorTerms": [{"matchExpressions": [{"key": "agentpool", "operator": "NotIn", "values": ["gpunp"]}]}]
                        }
                    }
                }
            ),
            [],
            ["it doesn't match the pod's node affinity agentpool NotIn gpunp"],
            id="affinity",
        ),
        pytest.param(node(), asking(nodeName="other"), [], ["the pod is bound to other"], id="bound elsewhere"),
        pytest.param(node(), asking(schedulingGates=[{"name": "quota"}]), [], ["the pod has the scheduling gate quota"], id="gate"),
        pytest.param(node(gpus=None), asking(), [], [f"1 {GPU} asked for, 0 of 0 free"], id="none"),
        pytest.param(node(gpus=2), asking(2), [pod(gpus=1)], [f"2 {GPU} asked for, 1 of 2 free (held by default/train-0 (1))"], id="held"),
        pytest.param(node(), asking(cpu="5840m"), [], [], id="all of the CPU"),
        pytest.param(node(), asking(cpu="5841m"), [], ["5.841 cpu asked for, 5.840 of 5.840 free"], id="more than all of the CPU"),
        pytest.param(node(), asking(cpu="5"), [busy(cpu="841m")], ["5.000 cpu asked for, 4.999 of 5.840 free"], id="CPU in use"),
        pytest.param(node(), asking(memory="52183688Ki"), [], [], id="all of the memory"),
        pytest.param(
            node(), asking(memory="1Ki"), [busy(memory="52183688Ki")], ["1024 memory asked for, 0 of 53436096512 free"], id="memory in use"
        ),
        pytest.param(node(), asking(), [busy(cpu="100")], [], id="a node that is overcommitted in what the pod doesn't ask for"),
        pytest.param(node(), asking(), [pod(f"p{number}") for number in range(110)], ["it has its 110 pods"], id="pods"),
        pytest.param(node(), asking(), [pod(f"p{number}", phase="Succeeded", gpus=1) for number in range(110)], [], id="ended pods"),
        pytest.param(
            node(gpus=0, taints=[SKU_TAINT]),
            asking(cpu="6"),
            [],
            [
                f"the pod doesn't tolerate its taint {SKU_TAINT}",
                "6.000 cpu asked for, 5.840 of 5.840 free",
                f"1 {GPU} asked for, 0 of 0 free",
            ],
            id="every reason, not only the first",
        ),
    ],
)
def test_why_a_node_does_not_take_a_pod(made: Json, spec: Json, pods: list[Json], reasons: list[str]) -> None:
    assert why(made, spec, *pods) == reasons


def test_pod_fits_if_one_node_admits_it() -> None:
    found = fit(asking(), facts_of(node("a", gpus=0), node("b")))
    assert found.facts() == {"fits": True, "nodes": {"a": [f"1 {GPU} asked for, 0 of 0 free"], "b": []}}
    assert not Fit({}).fits


def on_dra(gpus: int | None, devices: NodeDevices, asked: int, *pods: Json) -> list[str]:
    usage = NodeUsage(whole=True)
    for each in pods:
        usage.add(requests_of_pod(each))
    nodes = known_nodes([node(gpus=gpus)], usage, GPU, DynamicDevices(classes=("gpu.nvidia.com",), nodes={GPU_NODE: devices}))
    return list(fit(asking(asked), nodes, (GPU,)).nodes[GPU_NODE])


def test_dra_devices_count_where_the_kubelet_offers_none() -> None:
    two = NodeDevices(2, 1, (("team/train-0", 1),))
    assert on_dra(None, two, 1) == []
    assert on_dra(None, two, 2) == [f"2 {GPU} asked for, 1 of 2 free by DRA (held by team/train-0 (1))"]
    # The scheduler counts the request of a pod that DRA serves at its node as well, where it means nothing.
    assert on_dra(None, two, 1, pod("train-0", gpus=1, namespace="team")) == []


def test_devices_of_dra_do_not_serve_where_the_kubelet_offers_some() -> None:
    assert on_dra(1, NodeDevices(2), 2) == [f"2 {GPU} asked for, 1 of 1 free"]
