# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""KWOK's configuration: its own stages, minus the pods that the lab's kubelet runs, or the lab plays itself."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from typing import Any

import yaml

from tests.lab.config import LOOPBACK, Settings
from tests.lab.gpu_operator import host, marks

# One at a time would make a rollout on many nodes slow; KWOK's default is 4.
_PARALLELISM = 32
_LEASE_S = 40


def configuration(stages: str, images: Collection[str], settings: Settings) -> str:
    """KWOK's configuration file: options and stages as one stream of YAML documents."""
    changed = (without_stand_ins(without_images(stage, images)) for stage in yaml.safe_load_all(stages) if stage)
    documents = [_options(settings), *changed]
    return yaml.safe_dump_all(documents, sort_keys=False)


def without_images(stage: dict[str, Any], images: Collection[str]) -> dict[str, Any]:
    """A pod stage that ignores pods with a container of these images; other stages are unchanged.

    Deletion is one of them: KWOK would remove the pod before the kubelet has ended its process.
    """
    if stage["spec"]["resourceRef"]["kind"] != "Pod":
        return stage
    changed = deepcopy(stage)
    requirement = {"key": ".spec.containers.[].image", "operator": "NotIn", "values": sorted(images)}
    changed["spec"]["selector"]["matchExpressions"].append(requirement)
    return changed


def without_stand_ins(stage: dict[str, Any]) -> dict[str, Any]:
    """A stage that ignores the pods that the lab plays itself, apart from their deletion, and nodes whose containerd has stopped."""
    kind, deletes = stage["spec"]["resourceRef"]["kind"], stage["spec"]["next"].get("delete", False)
    mark = {"Pod": f'.metadata.labels["{marks.LABEL}"]', "Node": f'.metadata.annotations["{host.STOPPED}"]'}[kind]
    if deletes:
        return stage
    changed = deepcopy(stage)
    changed["spec"]["selector"]["matchExpressions"].append({"key": mark, "operator": "DoesNotExist"})
    return changed


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokConfiguration",
        "options": {
            "manageAllNodes": True,
            "serverAddress": f"{LOOPBACK}:{settings.ports.kwok}",
            # What KWOK writes into nodes as their kubelet's port.
            "nodePort": settings.ports.kubelet,
            "nodeLeaseDurationSeconds": _LEASE_S,
            "podPlayStageParallelism": _PARALLELISM,
            "nodePlayStageParallelism": _PARALLELISM,
            "nodeLeaseParallelism": _PARALLELISM,
            "enableProfilingHandler": False,
            "enableContentionProfiling": False,
        },
    }
