# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's chart of the GPU Operator, installed by the lab's Helm on a pool of the lab."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.merge import operator_values

from tests.integration.running_lab import REPOSITORY, RunningLab

CHART = REPOSITORY / "tests" / "lab" / "charts" / "gpu-operator"
NAMESPACE = RELEASE = "gpu-operator"
POLICIES = "clusterpolicies.nvidia.com"
POOL, TAINT = "gpunp", "sku=gpu:NoSchedule"


def helm(lab: RunningLab, *arguments: str, driver: str = "") -> str:
    """What the lab's Helm prints. driver: where it keeps releases, as in HELM_DRIVER."""
    done = subprocess.run(["helm", *arguments], env={**lab.env, "HELM_DRIVER": driver}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(lab: RunningLab, values: dict[str, Any], directory: Path) -> None:
    """Installs or upgrades the lab's chart with these values."""
    file = directory / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    names = ("--namespace", NAMESPACE, "--create-namespace", "--values", str(file))
    helm(lab, "upgrade", "--install", RELEASE, str(CHART), *names)


def newer_chart(directory: Path) -> Path:
    """The lab's chart with the next version, which is in the labels of its objects, so that an upgrade changes them."""
    newer = directory / "gpu-operator-newer"
    shutil.copytree(CHART, newer)
    described = yaml.safe_load((newer / "Chart.yaml").read_text())
    (newer / "Chart.yaml").write_text(yaml.safe_dump({**described, "version": "v26.7.1"}))
    return newer


def uninstall(lab: RunningLab) -> None:
    """Removes the release as Helm does."""
    helm(lab, "uninstall", RELEASE, "--namespace", NAMESPACE)


def chart_values(**facts: Any) -> dict[str, Any]:
    """What the product's filter computes for these facts, and the pool's taint."""
    # As JSON and back: what a playbook writes has no objects that two keys share.
    computed: dict[str, Any] = json.loads(json.dumps(operator_values({"node_taints": [TAINT], **facts}).values))
    return computed


def create_pool(lab: RunningLab, driver: str = "None", **fields: Any) -> None:
    """A pool with one GPU node. driver: what AKS installs, Install or None."""
    lab.create_pool(POOL, vmSize="Standard_NC4as_T4_v3", nodeTaints=[TAINT], gpuProfile={"driver": driver}, **fields)
    lab.until(lambda: gpu_node(lab))


def gpu_node(lab: RunningLab) -> str:
    """The name of the pool's one node, "" before it is there."""
    return next((each["metadata"]["name"] for each in lab.get("nodes", "--selector", f"agentpool={POOL}")["items"]), "")


def condition(lab: RunningLab) -> tuple[str, str]:
    """status.state of the ClusterPolicy, and the reason of its condition that is true."""
    status = lab.get(POLICIES, "cluster-policy").get("status", {})
    reasons = [each["reason"] for each in status.get("conditions", ()) if each["status"] == "True"]
    return status.get("state", ""), reasons[0] if reasons else ""
