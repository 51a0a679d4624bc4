# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node has room for the pod of a proof, right before its Job is created."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import ProofJob
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.room import obstacle
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding

from ...builders import GPU, GPU_NODE, Json, node, pod

ROOM = {"cpu": "4", "memory": "8Gi", "pods": "3"}


def with_room(**changes: str) -> Json:
    made = node(gpus=2)
    made["status"]["allocatable"].update({**ROOM, **changes})
    return made


def taking(name: str, **amounts: str) -> Json:
    made = pod(name)
    made["spec"]["containers"] = [{"name": "main", "resources": {"requests": amounts}}]
    return made


def examples() -> list[Finding]:
    """The findings, for docs/diagnosis.md."""
    job = ProofJob("job", GPU_NODE, GPU, 2)
    found = [obstacle(with_room(), [pod("train-0", gpus=1)], job), obstacle(with_room(), [taking("train-0", cpu="3990m")], job)]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("made", "pods", "expected"),
    [
        pytest.param(with_room(), [], None, id="an empty node"),
        pytest.param(with_room(), [taking("a", cpu="3950m", memory="7936Mi")], None, id="just enough"),
        pytest.param(with_room(), [taking("a", cpu="3951m")], ("NoRoomForProof", "cpu: 0.049 free, 0.050 requested"), id="too little CPU"),
        pytest.param(with_room(), [taking("a", memory="8Gi")], ("NoRoomForProof", "memory: 0 free, 268435456 requested"), id="no memory"),
        pytest.param(with_room(), [taking(name) for name in "abc"], ("NoRoomForProof", "pods: 3 of 3"), id="no pod more"),
        pytest.param(
            with_room(), [pod("train-0", gpus=1)], ("GpuTaken", f"1 {GPU} free, 2 requested; held by default/train-0"), id="a GPU is taken"
        ),
        pytest.param(with_room(), [pod("done", gpus=2, phase="Succeeded")], None, id="a pod that has ended"),
    ],
)
def test_what_keeps_the_pod_from_its_node(made: Json, pods: list[Json], expected: tuple[str, str] | None) -> None:
    found = obstacle(made, pods, ProofJob("job", GPU_NODE, GPU, 2))
    assert (found and (found.code, found.evidence)) == expected


def test_devices_of_dynamic_resource_allocation_are_not_counted_by_the_node() -> None:
    made: dict[str, Any] = dict(with_room())
    del made["status"]["allocatable"][GPU]
    assert obstacle(made, [], ProofJob("job", GPU_NODE, GPU, 2)) is None
