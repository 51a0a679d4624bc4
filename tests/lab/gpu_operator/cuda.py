# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that runs the operator's CUDA program on a node, for the validator there; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.gpu_operator.marks import CUDA_VALIDATOR, LABEL
from tests.lab.gpu_operator.operands import CUDA_VALIDATION


def cuda_validator(validator: Mapping[str, Any]) -> dict[str, Any]:
    """The pod, on the node of the validator and with its image; it goes with the validator's DaemonSet."""
    metadata, spec = validator["metadata"], validator["spec"]
    image = spec["containers"][0]["image"]
    # Not as its controller, or the DaemonSet's own would take the pod for one of its pods, and let it go.
    owners = [{name: each[name] for name in ("apiVersion", "kind", "name", "uid")} for each in metadata.get("ownerReferences") or ()]
    kept = {name: spec[name] for name in ("nodeName", "tolerations", "runtimeClassName", "priorityClassName") if name in spec}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{CUDA_VALIDATOR}-{metadata['uid'][:5]}",
            "namespace": metadata["namespace"],
            "labels": {"app": CUDA_VALIDATOR, LABEL: CUDA_VALIDATOR},
            "ownerReferences": owners,
        },
        "spec": {
            **kept,
            "restartPolicy": "OnFailure",
            "initContainers": [{"name": CUDA_VALIDATION, "image": image}],
            "containers": [{"name": CUDA_VALIDATOR, "image": image}],
        },
    }
