# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Iterator

from .diagnosis import diagnose
from .findings import Finding, finding, named
from .jobs import container_status
from .workload import Workload

# What a node's own findings say of pods that run there.
_OF_THE_NODE = ("NodeNotReady", "NodeBeingDeleted", "NodeShutDown", "NodeUnderPressure", "NodeUnreachable")


# istio/istio#5056, kubeflow/trainer#1182; https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
def sidecar_runs(workload: Workload) -> Iterator[Finding]:
    """The workload has ended, and what admission put beside it has not: the pod ends when all its containers have."""
    ended = (container_status(workload.pod, workload.container).get("state") or {}).get("terminated")
    statuses = ((workload.pod or {}).get("status") or {}).get("containerStatuses") or ()
    others = [
        str(each.get("name")) for each in statuses if each.get("name") != workload.container and "running" in (each.get("state") or {})
    ]
    if workload.running and ended and others:
        said = f"container {workload.container} has ended with exit code {ended.get('exitCode')}, {named(others)} still runs"
        yield finding(
            "SidecarRuns", "error", [(workload.subject, said)],
            f"The workload has ended, and a container beside it ({named(others)}) keeps its pod, and so the Job, from ending.",
            "Keep it out of Jobs (for Istio the pod label sidecar.istio.io/inject: 'false', or a namespace without injection), "
            "or have it injected as a native sidecar.",
        )  # fmt: skip


def node_lost(workload: Workload) -> Iterator[Finding]:
    """The pod runs as far as is known, and its node doesn't report, is going, or is gone."""
    scene = workload.scene
    if not workload.running or scene is None:
        return
    if workload.node not in scene.labels:
        yield finding(
            "NodeDeleted", "warning", [(workload.subject, f"it is on {workload.node}, and there is no such GPU node")],
            "The pod's node is gone.", "Wait until Kubernetes has replaced the pod, or run it again with rerun: on_failure.",
        )  # fmt: skip
    for each in diagnose(scene):
        if workload.node in each.subjects and each.code in _OF_THE_NODE:
            yield each
