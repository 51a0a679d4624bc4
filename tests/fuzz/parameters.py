# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters as a task might give them, from each module's own argument spec, through Ansible's check and ours."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import success
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._operations.arguments import azure_arguments, kube_arguments
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome, Run
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.parameters import Parameters

from tests.fuzz.values import ODD, mutated
from tests.unit.plugins.operation_table import NAMES, OPERATIONS
from tests.unit.plugins.test_clock import HandClock

_GOOD: Mapping[str, tuple[Any, ...]] = {
    "str": ("gpunp", "eastus", "Standard_NC4as_T4_v3", "1", "50%", "1.30", "sku=gpu:NoSchedule", "a=b", "*"),
    "path": ("/tmp/gpuops-fuzz-none/config", "config", "~"),  # noqa: S108  # never written: its directory does not exist
    "int": (1, 0, 3, -1, 100, 1800, 2**31, "2"),
    "float": (0.5, 0, 1, "0.9", 2.0),
    "bool": (True, False, "yes", "no"),
    "list": ([], ["a"], ["1", "2"], ["sku=gpu:NoSchedule"], [{"key": "sku", "operator": "Exists"}]),
    "dict": ({}, {"a": "b"}, {"a": 1, "b": None}, {"limits": {"cpu": "1"}}),
    "raw": (1, "1", {}, []),
}
# What a task names of Azure or of a cluster, so that the others are looked at; nothing listens at either.
_PLACE = {"resource_group": "rg", "cluster": "aks", "name": "gpunp", "vm_size": "Standard_NC4as_T4_v3", "kubeconfig": "/no/such/kubeconfig"}
# A pod in Kubernetes' own form, to be spoiled.
_POD = {
    "containers": [
        {"name": "a", "image": "b", "resources": {"limits": {"nvidia.com/gpu": 1, "cpu": "500m"}, "requests": {"memory": "2Gi"}}}
    ],
    "initContainers": [{"name": "i", "restartPolicy": "Always", "resources": {}}],
    "tolerations": [{"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}],
    "nodeSelector": {"a": "b"},
    "overhead": {"cpu": "1"},
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]
            }
        }
    },
}


# In check mode, and without any way to sign in: a step that gets past the parameters ends there.
_ENVIRON = {"HOME": "/nonexistent", "PATH": "/nonexistent"}
# How to reach Azure or a cluster, which would be tried.
_REACHING = {*azure_arguments(), *kube_arguments()}


def case(rng: Random) -> Outcome | str:
    """One module's parameters: a few of them good, a few odd."""
    if rng.random() < 0.1:
        return _connection(rng)
    name = rng.choice(NAMES)
    operation = OPERATIONS[name]
    given = {key: value for key, value in _PLACE.items() if key in operation.arguments}
    if "pod" in operation.arguments and rng.random() < 0.7:
        given["pod"] = mutated(rng, _POD, rng.randint(0, 2))
    options = sorted(set(operation.arguments) - _REACHING)
    for option in rng.sample(options, rng.randint(1, min(6, len(options)))):
        given[option] = _value(rng, operation.arguments[option])
    parameters = Parameters(name, operation, given)
    if parameters.error:
        return "refused by Ansible"
    outcome = operation.run(parameters.values, Run(check_mode=True, clock=HandClock(), environ=_ENVIRON))
    parameters.result(success(outcome, diff=True))
    return outcome


def _connection(rng: Random) -> str:
    """What says how to reach Azure and a cluster, as far as that can be looked at without trying."""
    for arguments in (azure_arguments(), kube_arguments()):
        given = {name: _value(rng, spec) for name, spec in arguments.items() if rng.random() < 0.5}
        params = {**dict.fromkeys(arguments), **{name: value for name, value in given.items() if isinstance(value, (str, bool))}}
        if arguments.keys() == azure_arguments().keys():
            azure_settings(params, _ENVIRON)
        else:
            KubeClient(kube_settings(params, _ENVIRON)).close()
    return "settings"


def _value(rng: Random, spec: Mapping[str, Any]) -> Any:
    if rng.random() < 0.4:
        return copy.deepcopy(rng.choice(ODD))
    good = rng.choice(spec.get("choices") or _GOOD[spec.get("type", "str")])
    if spec.get("options"):
        good = {name: _value(rng, below) for name, below in spec["options"].items() if rng.random() < 0.4}
        good = [good] if spec.get("type") == "list" else good
    return mutated(rng, good, rng.randint(0, 2)) if isinstance(good, (list, dict)) else good
