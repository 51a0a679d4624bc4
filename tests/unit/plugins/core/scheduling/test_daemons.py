# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.daemons import pods_of

from ...builders import Json

VALIDATOR: Json = {"metadata": {"name": "nvidia-operator-validator", "uid": "u1"}}
OWNER: Json = {"kind": "DaemonSet", "name": "nvidia-operator-validator", "uid": "u1"}


def pod(name: str, *owners: Json) -> Json:
    return {"metadata": {"name": name, "uid": name, "ownerReferences": [*owners]}, "spec": {"nodeName": "n1"}, "status": {}}


def test_pods_of_a_daemonset_are_those_that_it_controls() -> None:
    """The pod with the CUDA program of the GPU Operator's validator is only owned, so that it goes with the validator."""
    own, program = pod("validator", {**OWNER, "controller": True}), pod("cuda", OWNER)
    for pods in ([own, program], [program, own]):
        assert pods_of([VALIDATOR], pods) == {"u1": {"n1": own}}
