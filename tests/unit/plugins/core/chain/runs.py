# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the chain as gpu_report gets them, from a single GPU to a large pool, for the tests of report and page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.report import chain_report

Json = dict[str, Any]

CHAIN: Json = {
    "pool": "gpunp", "resource_group": "rg-ml", "cluster": "aks-dev", "path": "manual_plugin", "written": "2026-11-28T15:01:00Z",
    "host": "dev", "user": "ada",
}  # fmt: skip
_SERVER = "https://aks-dev-rg-ml-4be8.hcp.eastus.azmk8s.io:443"
_SECONDS = {
    "register": 1.2, "preflight": 1.6, "cluster": 10.1, "credentials": 0.5, "pool": 5.1, "plugin": 4.2, "verify": 0.7, "workload": 13.2,
    "prove": 4.4,
}  # fmt: skip
_CHANGED = ("cluster", "credentials", "pool", "plugin", "workload", "prove")
BUSY: Json = {
    "code": "GpusInUse", "severity": "warning", "message": "1 GPU is held by team/train-0.", "cause": "A pod holds the GPU.",
    "remedy": "Wait until the pod ends, or set require: free.",
}  # fmt: skip
SLOW: Json = {
    "code": "GpuSlow", "message": "Memory moves 31 GB/s; the floor is 200 GB/s.", "cause": "The GPU is slower than others of its model.",
    "remedy": "Replace the node: run 'kubectl drain {node} --ignore-daemonsets', then delete it with 'az aks nodepool delete-machines'.",
}  # fmt: skip


def node_name(number: int) -> str:
    """The name of a node as AKS makes it."""
    return f"aks-gpunp-28993262-vmss{number:06}"


def device(node: int, number: int, verdict: str = "proven", **different: Any) -> Json:
    """A GPU as gpu_proof returns it."""
    figures = {
        "host_to_device_gb_s": 12.1 + number / 10, "device_to_host_gb_s": 12.9, "memory_gb_s": 243.2 - node / 7, "sgemm_tflops": 3.94,
        "memory_tested_bytes": 1 << 30, "memory_errors": 0, "train_accuracy": None, "train_steps": None, "seconds": 1.9,
    }  # fmt: skip
    return {
        "node": node_name(node), "resource": "nvidia.com/gpu", "uuid": f"GPU-{node:08x}-5c1e-4f0a-9d3b-{number:012x}",
        "model": "Tesla T4", "level": "smoke",
        "verdict": verdict, "figures": figures, "floor": {"memory_gb_s": 200, "sgemm_tflops": 2.5}, "findings": [], "simulated": False,
        "pod": f"gpu-proof-{node}-x7k2p", "driver_version": "580.126.09", **different,
    }  # fmt: skip


def slow(node: int, number: int) -> Json:
    """A GPU that is below its floor."""
    remedy = SLOW["remedy"].replace("{node}", node_name(node))
    found = device(node, number, "failed", findings=[{**SLOW, "remedy": remedy}])
    return {**found, "figures": {**found["figures"], "memory_gb_s": 31.0}}


def busy(node: int) -> Json:
    """A GPU that another pod holds."""
    return {**device(node, 0, "not_proven", held_by=["team/train-0"], findings=[BUSY]), "uuid": None, "figures": {}}


def proof(*devices: Json) -> Json:
    """The result of gpu_proof."""
    counts = {verdict: sum(each["verdict"] == verdict for each in devices) for verdict in ("proven", "failed", "not_proven")}
    nodes = len({each["node"] for each in devices})
    sentence = f"{counts['proven']} of {len(devices)} GPUs proven on {nodes} node{'s' * (nodes > 1)}"
    sentence += f"; {counts['not_proven']} is held by team/train-0" * bool(counts["not_proven"])
    coverage = {
        "proven": counts["proven"], "total": len(devices), "nodes": nodes, "held": counts["not_proven"], "failed": counts["failed"],
        "sentence": sentence,
    }  # fmt: skip
    held = {"resource_group": "rg-ml", "cluster": "aks-dev", "server": _SERVER}
    asked = {"pool": "gpunp", "nodes": [], "node_selector": ""}
    looked_at = [_proved(name, devices) for name in dict.fromkeys(each["node"] for each in devices)]
    return {
        "coverage": coverage, "devices": list(devices), "nodes": looked_at, "level": "smoke", "evidence": [], **held, "selection": asked,
    }  # fmt: skip


def _proved(name: str, devices: Sequence[Json]) -> Json:
    """A node as gpu_proof returns it."""
    own = [each for each in devices if each["node"] == name]
    verdict = next((word for word in ("failed", "not_proven") if word in [each["verdict"] for each in own]), "proven")
    free = sum(not each.get("held_by") for each in own)
    return {
        "name": name, "pool": "gpunp", "resource": "nvidia.com/gpu", "capacity": len(own), "free": free, "held_by": [], "verdict": verdict,
        "findings": [],
    }  # fmt: skip


def facts(*nodes: str, simulated: bool = False) -> Json:
    """The result of gpu_schedulable_facts."""
    seen = [
        {"name": name, "vm_size": "Standard_NC4as_T4_v3", "capacity": 1, "allocatable": 1, "schedulable": True, "simulated": simulated}
        for name in nodes
    ]
    return {"ansible_facts": {"gpu_schedulable": {"schedulable_gpus": len(nodes), "nodes": seen, "findings": [], "server": _SERVER}}}


def job(**different: Any) -> Json:
    """The job of mnist_job's result."""
    return {
        "name": "samples-tf-mnist-demo", "namespace": "default", "succeeded": True, "gpu_device": "Tesla T4", "node": node_name(0),
        "pod": "samples-tf-mnist-demo-mtd44", "pod_uid": "5a1c9f0e-6c0b-4a55-9c8e-2f1f3d1f7a10", "final_accuracy": 0.9506, "steps": 490,
        "accuracy": [[step, round(0.951 - 0.85 * math.exp(-step / 60), 4)] for step in range(0, 500, 10)], "findings": [],
        "image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu", "finished": "2026-11-28T15:00:48Z", "sharing": "none",
        "image_id": f"mcr.microsoft.com/azuredocs/samples-tf-mnist-demo@sha256:{'0123456789abcdef' * 4}",
        "pool": "gpunp", "resource_group": "rg-ml", "cluster": "aks-dev", "server": _SERVER, **different,
    }  # fmt: skip


def steps(**returned: Json) -> dict[str, Json]:
    """The results of all steps, each when and as long as it ran."""
    results: dict[str, Json] = {name: {} for name in _SECONDS} | {
        "cluster": {"cluster": {"location": "eastus", "kubernetes_version": "1.35.4"}},
        "pool": {"pool": {"node_image_version": "AKSUbuntu-2204gen2containerd-202610.15.0", "kubernetes_version": "1.35.4"}},
        "verify": facts(node_name(0)),
        "workload": {"job": job()},
        "prove": proof(device(0, 0)),
    }
    began = 12.0
    timed = {}
    for name, result in (results | returned).items():
        time = {"started_at": f"2026-11-28T15:00:{began:06.3f}Z", "seconds": _SECONDS[name], "changed": name in _CHANGED}
        timed[name] = {**time, **result} if name not in returned or result else result
        began += _SECONDS[name] + 0.4
    return timed


def proven() -> Json:
    """The report on a single GPU that is proven."""
    return chain_report(steps(), CHAIN, {})


def lab_trained() -> Json:
    """The report on a run in the lab in which each GPU has trained."""

    def curve(number: int) -> list[list[float]]:
        return [[step, round(0.95 - number / 80 - 0.8 * math.exp(-step / (40 + 5 * number)), 4)] for step in range(0, 300, 10)]

    devices = [device(0, number, simulated=True, model="Tesla T4 (gpuops.aks lab)", level="train") for number in range(4)]
    for number, each in enumerate(devices):
        each["figures"] |= {"train_accuracy": curve(number)[-1][1], "train_curve": curve(number)}
        each["load"] = [[second / 2, 95.0 if second else None, 9000 * min(second, 1), 9.5 + 10 * number + second] for second in range(8)]
    return chain_report(steps(prove=proof(*devices), verify=facts(node_name(0), simulated=True)), CHAIN, {})


def large() -> Json:
    """The report on 40 nodes of 8 GPUs, of which one is slow and one is held."""
    devices = [device(node, number) for node in range(40) for number in range(8)]
    devices[123], devices[200] = slow(15, 3), busy(25)
    names = [node_name(number) for number in range(40)]
    return chain_report(steps(verify=facts(*names), prove=proof(*devices)), CHAIN, {})


def dead() -> Json:
    """The report on a pool in which one node is dead, one offers 7 of 8 GPUs, and of one nobody knows how many it has."""
    proved = proof(*(device(0, number) for number in range(7)))
    proved["nodes"][0] |= {"capacity": 8, "findings": [{**BUSY, "code": "FewerGpusThanSize"}]}
    for number, gpus in ((1, 4), (2, 0)):
        gone = {**BUSY, "code": "NodeNotReady", "severity": "error"}
        proved["nodes"].append({**proved["nodes"][0], "name": node_name(number), "capacity": gpus, "free": 0, "findings": [gone]})
    proved["coverage"] |= {"total": 12, "nodes": 3, "sentence": "7 of 12 GPUs proven on 3 nodes; 5 were not proven"}
    return chain_report(steps(prove=proved), CHAIN, {})


def failed() -> Json:
    """The report on a run that ended at the step verify."""
    finding = {
        "code": "PluginLacksToleration", "severity": "error", "subjects": [node_name(0)],
        "evidence": "taint sku=gpu:NoSchedule; DaemonSet gpu-resources/nvidia-device-plugin-daemonset doesn't tolerate it",
        "cause": "DaemonSet gpu-resources/nvidia-device-plugin-daemonset does not tolerate the taint sku=gpu:NoSchedule.",
        "remedy": "Set node_taints: ['sku=gpu:NoSchedule'], with a longer wait_timeout. Check with 'kubectl get pods -A -o wide'.",
    }  # fmt: skip
    error = {
        "code": finding["code"], "message": "0 of 1 GPU nodes serve nvidia.com/gpu after 123 s.", "cause": finding["cause"],
        "remedy": finding["remedy"], "retriable": True,
    }  # fmt: skip
    warning = {
        "code": "GPUClockThrottling", "severity": "warning", "subjects": [node_name(0)],
        "evidence": "condition GPUClockThrottling is True (throttled)", "cause": "The GPU runs below its clock speed because of heat.",
        "remedy": "Run a short job again.",
    }  # fmt: skip
    result = {
        "failed": True, "msg": "m", "error": error, "findings": [finding, warning], "started_at": "2026-11-28T15:00:38.700Z",
        "seconds": 123.0,
    }  # fmt: skip
    ran = steps(verify={}, workload={}, prove={})
    return chain_report(ran, CHAIN, {"step": "verify", "task": "Wait until every node of the pool serves its GPUs", "result": result})


def hostile() -> Json:
    """The report on a run in which every name is an attack on the page, and long."""
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}\u202e" + "x" * 300
    finding = dict.fromkeys(("code", "severity", "cause", "evidence", "remedy", "message"), evil) | {"subjects": [evil]}
    names = dict.fromkeys(("node", "uuid", "model", "pod", "driver_version"), evil)
    found = {**device(0, 0, "failed", findings=[finding]), **names}
    ran = steps(
        verify=facts(evil),
        workload={"job": job(name=evil, gpu_device=evil, pod=evil, node=evil, image=evil)},
        prove={**proof(found, device(0, 1, evil)), "started_at": evil},
        cluster={"cluster": {"location": evil, "kubernetes_version": evil}},
    )
    error = {"code": evil, "message": evil, "cause": evil, "remedy": f"Run 'kubectl {evil.replace(chr(39), '')}'.", "retriable": False}
    chain = {**CHAIN, **dict.fromkeys(("cluster", "pool", "host", "user", "written", "path"), evil)}
    return chain_report(ran, chain, {"step": "workload", "task": evil, "result": {"msg": evil, "error": error, "findings": [finding]}})


RUNS = {"proven": proven, "lab, trained": lab_trained, "large": large, "dead": dead, "failed": failed, "hostile": hostile}
