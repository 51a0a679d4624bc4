# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes for a Job that runs on and on: a sidecar that does not end or fails, or a node that no longer reports.

Apart from causes, which is about Jobs that failed or never started.
"""

from __future__ import annotations

from typing import Iterator

from ..nodes.state_taints import LEAVING_CODES
from ..scheduling.pods import container_troubles
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from ..signatures.pod import IMAGE_REASONS, RUN_AGAIN
from ..verify.diagnosis import diagnose
from .evidence import Workload
from .job import container_status

# What a node's own findings say of pods that run there.
_OF_THE_NODE = LEAVING_CODES | {"NodeNotReady", "NodeUnreachable"}
_NEVER_STARTS = (*IMAGE_REASONS, "CreateContainerError", "CreateContainerConfigError", "RunContainerError")
_SHOWN = 300  # characters of the kubelet's message
_WITHOUT = (
    "Do not inject it into Jobs (for Istio, set the pod label sidecar.istio.io/inject: 'false' or use a namespace without injection), "
    "or inject it as a native sidecar."
)


# istio/istio#5056, kubeflow/trainer#1182; https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
def sidecar_runs(workload: Workload) -> Iterator[Finding]:
    """The workload has ended, but a container that admission added has not: the pod ends only after all its containers."""
    ended = (container_status(workload.pod, workload.container).get("state") or {}).get("terminated")
    others = [str(each.get("name")) for each in _sidecars(workload) if "running" in (each.get("state") or {})]
    if workload.running and ended and others:
        said = f"container {workload.container} has ended with exit code {ended.get('exitCode')}, {joined_names(others)} still runs"
        yield finding(
            Explanation(
                "SidecarRuns",
                cause=f"The workload has ended, but another container of the pod ({joined_names(others)}) is still "
                "running, so the pod and the "
                "Job cannot end.",
                remedy=_WITHOUT,
            ),
            [(workload.subject, said)],
        )


def _sidecars(workload: Workload) -> list[Json]:
    """The states of the pod's other containers."""
    statuses = ((workload.pod or {}).get("status") or {}).get("containerStatuses") or ()
    return [each for each in statuses if each.get("name") != workload.container]


# https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy: restarts of any container count
def sidecar_fails(workload: Workload) -> Iterator[Finding]:
    """A container that admission added fails or never starts, and the workload itself has not failed."""
    own = container_status(workload.pod, workload.container)
    if not own or own.get("restartCount"):
        return
    namespace, _slash, pod = workload.subject.partition("/")
    for each in _sidecars(workload):
        name = str(each.get("name"))
        waiting = (each.get("state") or {}).get("waiting") or {}
        if each.get("restartCount") or waiting.get("reason") in _NEVER_STARTS:
            troubles = container_troubles(workload.pod or {}, [name])
            said = next((f"{reason}: {message}".rstrip(": ") for reason, message in troubles), "restarted")
            yield finding(
                Explanation(
                    "SidecarFails",
                    cause=f"Another container of the pod ({name}) fails, which ends the Job or prevents it from ending.",
                    remedy=f"Check 'kubectl describe pod {pod} -n {namespace}' and the log of {name}. {_WITHOUT}",
                ),
                [(workload.subject, f"container {name}: {said[:_SHOWN]}")],
            )


def node_lost(workload: Workload) -> Iterator[Finding]:
    """The pod runs as far as is known, and its node doesn't report, is going, or is gone."""
    snapshot = workload.snapshot
    if not workload.running or snapshot is None:
        return
    if all(workload.node != node.name for node in snapshot.nodes):
        yield finding(
            Explanation(
                "NodeDeleted",
                cause="The pod's node no longer exists.",
                remedy=f"Wait until Kubernetes has replaced the pod. {RUN_AGAIN}.",
                severity="warning",
                retriable=True,
            ),
            [(workload.subject, f"it is on {workload.node}, which is not a GPU node anymore")],
        )
    for each in diagnose(snapshot):
        if workload.node in each.subjects and each.code in _OF_THE_NODE:
            yield each
