# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each Kubernetes step against answers that an API server does not give."""

from __future__ import annotations

from random import Random
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome, Run
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.parameters import Parameters

from tests.fuzz.api_server import Cluster, serving
from tests.unit.plugins.operation_table import OPERATIONS

_PLUGIN = {"name": "nvidia-device-plugin-daemonset", "namespace": "gpu-resources", "node_taints": ["sku=gpu:NoSchedule"]}
_STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gpu_schedulable_facts", {}),
    ("gpu_schedulable_facts", {"node_pool": "gpunp", "pod": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": 1}}}]}}),
    ("gpu_schedulable_facts", {"wait": True, "wait_timeout": 1, "wait_for": {"schedulable": 9}}),
    ("gpu_job", {"name": "train", "image": "example.com/train:1", "success_pattern": "done", "wait_timeout": 1}),
    ("mnist_job", {"name": "train", "wait_timeout": 1}),
    ("mnist_job", {"name": "train", "wait_timeout": 1, "state": "absent"}),
    ("nvidia_device_plugin", {**_PLUGIN, "wait": False}),
    ("nvidia_device_plugin", {**_PLUGIN, "wait_timeout": 1}),
    ("nvidia_device_plugin", {**_PLUGIN, "state": "absent", "wait": False}),
)


def case(rng: Random) -> Outcome:
    """One step; about a quarter of the answers are nonsense."""
    name, given = rng.choice(_STEPS)
    operation = OPERATIONS[name]
    with serving(Cluster(rng, 0.25)) as address:
        asked = {name: value for name, value in given.items() if name in operation.arguments}
        params = Parameters(name, operation, {**asked, "host": address, "api_key": "token"})
        return operation.run(params.values, Run(check_mode=rng.random() < 0.2, clock=SystemClock(), environ={"HOME": "/nonexistent"}))
