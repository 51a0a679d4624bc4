# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random small clusters and pods, each drawn from a seed of its own, so that one of them can be drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

Json = dict[str, Any]
GPUS = ("nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb")
OVERHEAD = "with-overhead"
_GPU_ODDS = (70, 25, 15)
_CPU = ("1", "2", "3860m", "4", "0.5", "3.9995")
_MEMORY = ("2Gi", "4Gi", "4e9", "3.5G", "16777216Ki", "4294967296500m")
_ASKED_CPU = ("0", "100m", "250m", "0.5", "1", "1500m", "2", "100500u", "3")
_ASKED_MEMORY = ("0", "64Mi", "128e6", "1Gi", "1.5Gi", "2G", "1073741824500m", "3Gi")
_TAINT_KEYS = ("sku", "sku", "kubernetes.azure.com/scalesetpriority", "nvidia.com/gpu", "node.kubernetes.io/not-ready",
               "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable")  # fmt: skip
_TAINT_VALUES = ("", "gpu", "spot")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
# What looks like a number is not one for everybody: Go takes 08 and refuses 1_0 and what exceeds 64 bits.
_LABELS = {
    "agentpool": ("gpunp", "other"),
    "gpus": ("1", "4", "08", "1_0", "99999999999999999999", "many", ""),
    "accelerator": ("nvidia",),
}
_IMAGE = "registry.k8s.io/pause:3.10"


class Dice(Random):
    """A source of chance."""

    def percent(self, odds: int) -> bool:
        """True so many times in a hundred."""
        return self.randrange(100) < odds

    def some(self, options: Sequence[Any], most: int) -> list[Any]:
        """Up to so many of the options, each once."""
        return self.sample(options, self.randint(0, min(most, len(options))))


def random_node(dice: Dice, name: str) -> Json:
    """A node as it stands in the API: its taints are in spec, though the API server would add one to a new node."""
    allocatable = {"cpu": dice.choice(_CPU), "memory": dice.choice(_MEMORY), "ephemeral-storage": "20Gi"}
    if not dice.percent(3):
        allocatable["pods"] = dice.choices(("110", "3", "2", "1", "0"), (80, 6, 6, 6, 2))[0]
    if dice.percent(20):
        allocatable["hugepages-2Mi"] = "64Mi"
    for gpu, odds in zip(GPUS, _GPU_ODDS, strict=True):
        if dice.percent(odds):
            allocatable[gpu] = dice.choices(("0", "1", "2", "4", "8"), (10, 25, 20, 25, 20))[0]
    capacity = {name: "8" if name in GPUS else amount for name, amount in allocatable.items()}
    labels = {key: dice.choice(values) for key, values in _LABELS.items() if dice.percent(70)}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"unschedulable": dice.percent(8), "taints": _taints(dice)},
        "status": {"capacity": capacity, "allocatable": allocatable, "conditions": [{"type": "Ready", "status": "True"}]},
    }


def _taints(dice: Dice) -> list[Json]:
    count = dice.choices((0, 1, 2, 3), (60, 25, 10, 5))[0]
    drawn = [(dice.choice(_TAINT_KEYS), dice.choice(_EFFECTS), dice.choice(_TAINT_VALUES)) for _unused in range(count)]
    by_key = {(key, effect): value for key, effect, value in drawn}
    return [{"key": key, "effect": effect, **({"value": value} if value else {})} for (key, effect), value in by_key.items()]


def random_pod(dice: Dice, name: str, *, weight: int) -> Json:
    """A pod of random requests; the greater the weight, the fewer resources a container names."""
    spec: Json = {
        "containers": [_container(dice, f"main{number}", weight) for number in range(dice.choices((1, 2), (75, 25))[0])],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
    }
    if dice.percent(30):
        spec["initContainers"] = [_init_container(dice, f"init{number}", weight) for number in range(dice.randint(1, 3))]
    if dice.percent(12):
        spec["runtimeClassName"] = OVERHEAD
    if dice.percent(15):
        spec["resources"] = _resources(dice, {"cpu": ("1500m", "2", "3"), "memory": ("2Gi", "3Gi")}, 70)
    return {"metadata": {"name": name}, "spec": spec}


def _init_container(dice: Dice, name: str, weight: int) -> Json:
    return {**_container(dice, name, weight), **({"restartPolicy": "Always"} if dice.percent(40) else {})}


def _container(dice: Dice, name: str, weight: int) -> Json:
    odds = 100 // weight
    resources = _resources(dice, {"cpu": _ASKED_CPU, "memory": _ASKED_MEMORY, "ephemeral-storage": ("1Gi", "9Gi", "15Gi")}, odds // 2)
    gpus = {
        gpu: dice.choice(("1", "1", "2", "3", "0", "5"))
        for gpu, share in zip(GPUS, _GPU_ODDS, strict=True)
        if dice.percent(odds * share // 100)
    }
    if dice.percent(5):
        gpus["hugepages-2Mi"] = dice.choice(("32Mi", "64Mi"))
    resources["limits"] = {**resources.get("limits", {}), **gpus}
    if gpus and dice.percent(50):  # else the API server repeats the limits as requests
        resources["requests"] = {**resources.get("requests", {}), **gpus}
    return {"name": name, "image": _IMAGE, "resources": resources}


def _resources(dice: Dice, amounts: dict[str, Sequence[str]], odds: int) -> Json:
    """Requests, limits or both; a limit beside a request is the greatest amount that there is."""
    resources: Json = {}
    for name, choices in amounts.items():
        if dice.percent(odds):
            kinds = dice.choice((("requests",), ("limits",), ("requests", "limits")))
            for kind in kinds:
                amount = choices[-1] if kind == "limits" and len(kinds) > 1 else dice.choice(choices)
                resources.setdefault(kind, {})[name] = amount
    return resources


def bound_pod(dice: Dice, name: str, node: str) -> Json:
    """A pod that runs on that node, or has run there; nothing evicts it."""
    pod = random_pod(dice, name, weight=2)
    pod["spec"].update(nodeName=node, tolerations=[{"operator": "Exists"}])
    return pod


def random_status(dice: Dice, pod: Json) -> Json:
    """What its kubelet could report of a bound pod, {} for nothing yet: among others a resize under way, which counts against the node."""
    phase = dice.choices(("", "Running", "Succeeded", "Failed"), (40, 35, 15, 10))[0]
    if phase == "Running":
        return {"phase": phase, **_running(dice, pod["spec"])}
    return {"phase": phase} if phase else {}


def _running(dice: Dice, spec: Json) -> Json:
    conditions: list[Json] = []
    if dice.percent(30):
        conditions = [{"type": "PodResizePending", "status": "True", "reason": dice.choice(("Infeasible", "Deferred"))}]
    sidecars = [each for each in spec.get("initContainers", ()) if each.get("restartPolicy")]
    return {
        "conditions": conditions,
        "containerStatuses": _container_statuses(dice, spec["containers"]),
        "initContainerStatuses": _container_statuses(dice, sidecars),
        **(_held(dice) if "resources" in spec and dice.percent(50) else {}),
    }


def _container_statuses(dice: Dice, containers: Sequence[Json]) -> list[Json]:
    """Those of most containers: the kubelet has not reported on the others yet."""
    return [_container_status(dice, each["name"]) for each in containers if dice.percent(70)]


def _container_status(dice: Dice, name: str) -> Json:
    return {"name": name, "ready": True, "restartCount": 0, "image": _IMAGE, "imageID": _IMAGE, **_held(dice)}


def _held(dice: Dice) -> Json:
    """What a container or pod has been given."""
    amounts: tuple[Json, ...] = ({}, {"cpu": "750m"}, {"cpu": "2", "memory": "1Gi"})
    allocated = {"allocatedResources": dice.choice(amounts)} if dice.percent(50) else {}
    return {"resources": {"requests": dice.choice(amounts)}, **allocated}


def pod_to_place(dice: Dice, name: str, nodes: Sequence[str]) -> Json:
    """A pod that may run on these nodes only, whatever else it wants: every term of its affinity is there once for each node."""
    pod = random_pod(dice, name, weight=dice.choices((1, 2, 3), (20, 45, 35))[0])
    spec = pod["spec"]
    spec["tolerations"] = [_toleration(dice) for _unused in range(dice.choices((0, 1, 2, 4), (30, 30, 25, 15))[0])]
    if dice.percent(10):
        spec["nodeSelector"] = {"agentpool": dice.choice(_LABELS["agentpool"])}
    terms = [_term(dice) for _unused in range(dice.choices((0, 1, 2), (72, 16, 12))[0])] or [{}]
    ours = [{**term, **on_node(node)} for term in terms for node in nodes]
    spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": ours}}}
    if dice.percent(2):
        spec["schedulingGates"] = [{"name": "example.com/quota"}]
    return pod


def on_node(name: str) -> Json:
    """A term of node affinity that only the node of that name meets."""
    return {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}


def _toleration(dice: Dice) -> Json:
    key, effect = dice.choice((*_TAINT_KEYS, "")), dice.choice((*_EFFECTS, "", ""))
    operator = "Exists" if not key else dice.choice(("Exists", "Equal", ""))
    value = "" if operator == "Exists" else dice.choice(_TAINT_VALUES)
    named = {"key": key, "operator": operator, "value": value, "effect": effect}
    return {name: text for name, text in named.items() if text}


def _term(dice: Dice) -> Json:
    return {"matchExpressions": [_expression(dice) for _unused in range(dice.choices((1, 2), (70, 30))[0])]}


def _expression(dice: Dice) -> Json:
    key = dice.choice(tuple(_LABELS))
    operator = dice.choice(("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))
    if operator in ("Gt", "Lt"):
        return {"key": "gpus", "operator": operator, "values": [dice.choice(("0", "3", "08", "9"))]}
    values = [*dice.some(_LABELS[key], 2), "unheard-of"] if operator in ("In", "NotIn") else []
    return {"key": key, "operator": operator, **({"values": values} if values else {})}
