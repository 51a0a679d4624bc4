# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No false alarm where nothing is wrong, and no scene that breaks the diagnosis."""

from __future__ import annotations

import time

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.autoscaler import PoolSize
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose
from hypothesis import given, settings
from hypothesis import strategies as st

from ...builders import (
    DEDICATED_IMAGE,
    GPU,
    GPU_NODE,
    SKU_TAINT,
    SKU_TOLERATION,
    Json,
    daemonset,
    event,
    node,
    plugin_pod,
    pod,
    snapshot,
    waiting,
)

PLUGIN = daemonset(tolerations=[SKU_TOLERATION], node_selector={"kubernetes.azure.com/accelerator": "nvidia"})
MANAGED = {"kubernetes.azure.com/dcgm-exporter": "enabled"}
HEALTHY = [
    {"type": "GPUMissing", "status": "False", "reason": "NoGPUMissing", "message": "All GPUs are present"},
    {"type": "UnhealthyNvidiaDevicePlugin", "status": "False", "reason": "HealthyNvidiaDevicePlugin", "message": ""},
    {"type": "UnhealthyNvidiaDCGMServices", "status": "False", "reason": "HealthyNvidiaDCGMServices", "message": ""},
    {"type": "XIDErrors", "status": "False", "reason": "NoXIDErrors", "message": ""},
]
DEPLOYED = {"nvidia.com/gpu.deploy.device-plugin": "true"}


def operator(name: str, **fields: Json) -> Json:
    """A DaemonSet of the GPU Operator."""
    made = daemonset(name, namespace="gpu-operator", made_by="ClusterPolicy", image=f"nvcr.io/nvidia/{name}:v1", **fields)  # type: ignore[arg-type]
    made["metadata"]["uid"] = f"operator-{name}"
    return made


OPERATORS = operator("nvidia-device-plugin-daemonset", node_selector=DEPLOYED)
SANDBOX = operator("nvidia-sandbox-device-plugin-daemonset", node_selector={"nvidia.com/gpu.deploy.sandbox-device-plugin": "true"})
SGX = daemonset("sgx-plugin", namespace="kube-system", image="mcr.microsoft.com/aks/acc/sgx-device-plugin:1")
ELSEWHERE = daemonset(node_selector={"agentpool": "other"})
SECOND = daemonset("nvidia-second", node_selector={"agentpool": "two"})
IN_POOL = daemonset(tolerations=[SKU_TOLERATION], node_selector={"agentpool": "gpunp"})
PATHS = [
    node("a", taints=[SKU_TAINT]),
    node("b", pool="managed", labels=MANAGED, conditions=HEALTHY),
    node("c", pool="op", labels=DEPLOYED),
]


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(snapshot(node(taints=[SKU_TAINT]), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)]), id="manual_plugin"),
        pytest.param(snapshot(node(), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)]), id="manual_plugin without a taint"),
        pytest.param(
            snapshot(node(conditions=HEALTHY), daemonsets=[PLUGIN, SGX], pods=[plugin_pod(PLUGIN), plugin_pod(SGX)]),
            id="manual_plugin beside another device's",
        ),
        pytest.param(snapshot(node(image=DEDICATED_IMAGE)), id="dedicated_vhd"),
        pytest.param(snapshot(node(labels=MANAGED, conditions=HEALTHY)), id="managed"),
        pytest.param(snapshot(node(labels=MANAGED)), id="managed without a node problem detector"),
        pytest.param(snapshot(node(labels=MANAGED), daemonsets=[ELSEWHERE]), id="managed beside a manual pool"),
        pytest.param(snapshot(node(labels=DEPLOYED), daemonsets=[OPERATORS, SANDBOX], pods=[plugin_pod(OPERATORS)]), id="gpu_operator"),
        pytest.param(snapshot(node(gpus=None), dra_devices={GPU_NODE: 1}, dra_resources=[GPU]), id="DRA by the name of the resource"),
        pytest.param(snapshot(node(gpus=None, labels=MANAGED), dra_devices={GPU_NODE: 1}), id="managed with DRA"),
        pytest.param(
            snapshot(*PATHS, pool="", daemonsets=[IN_POOL, OPERATORS], pods=[plugin_pod(PLUGIN, on="a"), plugin_pod(OPERATORS, on="c")]),
            id="three paths in one cluster",
        ),
        pytest.param(snapshot(node(gpus=2), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN), pod(gpus=1)]), id="one of two in use"),
        pytest.param(snapshot(node("a"), node("b"), daemonsets=[PLUGIN], pods=[pod(on="a", gpus=1)]), id="one node of two in use"),
        pytest.param(
            snapshot(
                node(),
                pools={"gpunp": PoolSize(1, 0, 1, "long ago")},
                daemonsets=[PLUGIN],
                pods=[plugin_pod(PLUGIN)],
                events=[
                    event(
                        "FailedCreate",
                        "exceeded quota: q",
                        kind="DaemonSet",
                        namespace="gpu-resources",
                        name="nvidia-device-plugin-daemonset",
                    )
                ],
            ),
            id="old troubles",
        ),
        pytest.param(
            snapshot(node(), pools={"gpunp": PoolSize(1, 1, 1)}, daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)]),
            id="a pool at its maximum that has a free GPU",
        ),
        pytest.param(
            snapshot(
                node("a"),
                node("b"),
                pools={"gpunp": PoolSize(1, 0, 3)},
                daemonsets=[PLUGIN],
                pods=[plugin_pod(PLUGIN, on=name) for name in "ab"],
            ),
            id="a pool that shrinks",
        ),
        pytest.param(
            snapshot(
                node("a"),
                pool="gpunp",
                pools={"gpunp": PoolSize(1, 0, 3), "other": PoolSize(4, 0, 5)},
                daemonsets=[PLUGIN],
                pods=[plugin_pod(PLUGIN, on="a")],
            ),
            id="a pool beside one that grows",
        ),
        pytest.param(
            snapshot(
                node(vm_size="Standard_NV36ads_A10_v5", conditions=[{"type": "NVIDIAGRIDStatusInvalid", "status": "False"}]),
                daemonsets=[PLUGIN],
                pods=[plugin_pod(PLUGIN)],
            ),
            id="a GRID licence",
        ),
        pytest.param(
            snapshot(node(), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)], dra_devices={GPU_NODE: 1}),
            id="a device plugin beside a DRA driver",
        ),
        pytest.param(
            snapshot(
                node("a"), node("b", pool="two"), daemonsets=[PLUGIN, SECOND], pods=[plugin_pod(PLUGIN, on="a"), plugin_pod(SECOND, on="b")]
            ),
            id="two plugins, each with its own nodes",
        ),
        pytest.param(
            snapshot(node(gpus=7, resources={"nvidia.com/gpu.shared": 10}), daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN)]),
            id="a second name beside the first",
        ),
    ],
)
def test_healthy_cluster_has_no_findings(shown: ClusterSnapshot) -> None:
    assert [finding.sentence() for finding in diagnose(shown)] == []


def assert_complete(findings: list[Finding]) -> None:
    """Every field says something, and no placeholder is left."""
    for finding in findings:
        assert all(finding.facts().values()), finding
        assert finding.severity in ("error", "warning")
        assert all(finding.subjects)
        assert not [word for word in ("{first}", "{all}", "{node}", "{pod}") if word in finding.sentence()], finding
    assert [finding.severity for finding in findings] == sorted(finding.severity for finding in findings)


NAMES = [f"n{number}" for number in range(4)]
PLUGINS = [PLUGIN, OPERATORS, SANDBOX, daemonset("plain"), daemonset("nvidia-picky", node_selector={"gpu": "yes"})]
TAINTS = [SKU_TAINT, "kubernetes.azure.com/scalesetpriority=spot:NoSchedule", "ToBeDeletedByClusterAutoscaler=1:NoSchedule",
          "node.kubernetes.io/disk-pressure:NoSchedule", "a=b:PreferNoSchedule", "node.cilium.io/agent-not-ready:NoExecute"]  # fmt: skip
STATES = [waiting("CrashLoopBackOff"), waiting("ErrImagePull", ""), waiting("ImagePullBackOff", "denied"), waiting("PodInitializing"),
          {"state": {"running": {}}}, {"state": {"terminated": {"reason": "Error", "exitCode": 1}}, "lastState": {}}, {}]  # fmt: skip
FOREIGN = st.characters(exclude_characters="{}")  # a text that looks like a placeholder would be taken for one that was left
some_nodes = st.builds(
    node,
    st.sampled_from(NAMES),
    gpus=st.none() | st.integers(0, 4),
    capacity=st.none() | st.integers(0, 4),
    taints=st.lists(st.sampled_from(TAINTS), max_size=3),
    ready=st.booleans(),
    cordoned=st.booleans(),
    image=st.sampled_from([DEDICATED_IMAGE, "AKSUbuntu-2204gen2containerd-202601.01.0"]),
    labels=st.sampled_from([{}, MANAGED, DEPLOYED]),
    resources=st.sampled_from([{}, {"nvidia.com/mig-1g.10gb": 7}, {"nvidia.com/gpu.shared": 10}]),
    conditions=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["GPUMissing", "XIDErrors", "IBLinkFlapping", "Other"]), "status": st.sampled_from(["True", "False"])},
            optional={"reason": st.text(FOREIGN, max_size=5), "message": st.text(FOREIGN, max_size=5)},
        ),
        max_size=2,
    ),
)
some_pods = st.builds(
    plugin_pod,
    st.sampled_from(PLUGINS),
    on=st.sampled_from(["", *NAMES]),
    ready=st.booleans(),
    going=st.booleans(),
    phase=st.sampled_from(["Pending", "Running", "Failed"]),
    statuses=st.lists(st.sampled_from(STATES), max_size=2),
)
logs = st.sampled_from(["", "\n", "No devices found. Waiting indefinitely.", "nvml init failed", "odd"]) | st.text(FOREIGN, max_size=20)


@settings(deadline=None, max_examples=300)
@given(
    nodes=st.lists(some_nodes, max_size=4, unique_by=lambda each: each["metadata"]["name"]),
    daemonsets=st.lists(st.sampled_from(PLUGINS), max_size=3, unique_by=lambda each: each["metadata"]["uid"]),
    pods=st.lists(some_pods | st.builds(pod, on=st.sampled_from(NAMES), gpus=st.integers(0, 2)), max_size=6),
    pool=st.sampled_from(["", "gpunp"]),
    log=logs,
    dra=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2)),
    dra_resources=st.sampled_from([(), (GPU,)]),
    pools=st.dictionaries(
        st.just("gpunp"), st.builds(PoolSize, st.integers(0, 1), st.just(0), st.just(3), st.sampled_from(["", "no quota"]))
    ),
    events=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "reason": st.just("FailedCreate"),
                "message": st.text(FOREIGN, max_size=9) | st.none(),
                "involvedObject": st.just({}),
            },
        ),
        max_size=2,
    ),
)
def test_every_finding_of_any_scene_is_complete(
    *,
    nodes: list[Json], daemonsets: list[Json], pods: list[Json], pool: str, log: str, dra: dict[str, int],
    dra_resources: tuple[str, ...], pools: dict[str, PoolSize], events: list[Json],
) -> None:  # fmt: skip
    names = [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in pods]
    shown = snapshot(
        *nodes,
        daemonsets=daemonsets,
        pods=pods,
        pool=pool,
        plugin_logs=dict.fromkeys(names, log),
        dra_devices=dra,
        dra_resources=dra_resources,
        pools=pools,
        events=events,
    )
    assert_complete(diagnose(shown, by_name=True))


def test_gpu_node_without_gpus_always_has_a_finding() -> None:
    for taints in ([], [SKU_TAINT]):
        for daemonsets in ([], [PLUGIN], [OPERATORS]):
            assert diagnose(snapshot(node(gpus=None, taints=taints), daemonsets=daemonsets))


def test_time_of_a_diagnosis_grows_linearly_with_the_nodes() -> None:
    def seconds(count: int) -> float:
        nodes = [node(f"n{number}", gpus=None) for number in range(count)]
        shown = snapshot(*nodes, daemonsets=[PLUGIN], pods=[plugin_pod(PLUGIN, on=f"n{number}", ready=False) for number in range(count)])
        best = min(_timed(shown) for _unused in range(3))
        return best / count

    assert seconds(2000) < 5 * seconds(200)


def _timed(shown: ClusterSnapshot) -> float:
    start = time.process_time()
    diagnose(shown)
    return time.process_time() - start
