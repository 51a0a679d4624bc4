# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Mapping

from .._clock import Deadline
from .._errors import WaitTimeoutError
from .._gpu.diagnosis import Scene, diagnose
from .._gpu.findings import most_telling
from .._kube.client import KubeClient
from .._kube.settings import kube_settings
from .arguments import KUBE_LIBRARIES, kube_arguments, wait_arguments
from .operation import Operation, Outcome, Run
from .scene import Selection, live_scene, read_scene

GPU_RESOURCE = "nvidia.com/gpu"


@dataclass(frozen=True)
class SchedulableRequest:
    """Which nodes to look at, and whether to wait until at least min_nodes of them and all that there are serve GPUs."""

    selection: Selection
    min_nodes: int
    wait: bool
    wait_timeout: float


def gather_facts(request: SchedulableRequest, client: KubeClient, run: Run) -> Outcome:
    """Facts of the GPU nodes and what keeps GPUs from being used. Raises WaitTimeoutError, with the facts and the diagnosis."""
    if not request.wait or run.check_mode:
        return Outcome(scene_facts(read_scene(request.selection, client)))
    deadline = Deadline(run.clock, request.wait_timeout)
    with live_scene(request.selection, client) as live:
        if not live.mirror.wait(lambda: serves(live.now(), request.min_nodes), deadline):
            raise _timeout(request, live.now())
        return Outcome(scene_facts(live.now()))


def serves(scene: Scene, min_nodes: int) -> bool:
    """Whether every node offers all its GPUs, and there are enough nodes; GPUs that pods hold are offered all the same."""
    return len(scene.nodes) >= min_nodes and all(node.serves for node in scene.nodes)


def scene_facts(scene: Scene) -> dict[str, Any]:
    """The module's return value: facts per node, totals, and the findings."""
    totals = {name: sum(getattr(node, name) for node in scene.nodes) for name in ("capacity", "allocatable", "requested", "free")}
    schedulable_gpus = sum(node.free for node in scene.nodes if node.schedulable)
    return {
        "ansible_facts": {
            "gpu_schedulable": {
                "resource": scene.resource,
                "pool": scene.pool,
                "nodes": [node.facts() for node in scene.nodes],
                **totals,
                "schedulable_gpus": schedulable_gpus,
                "schedulable": schedulable_gpus > 0,
                "findings": [finding.facts() for finding in diagnose(scene)],
            }
        }
    }


def _timeout(request: SchedulableRequest, scene: Scene) -> WaitTimeoutError:
    findings = diagnose(scene)
    first = most_telling(findings)
    serving = sum(node.serves for node in scene.nodes)
    more = [finding for finding in findings if finding is not first]
    also = f" Also: {' '.join(finding.cause for finding in more)}" if more else ""
    return WaitTimeoutError(
        f"{serving} of {max(len(scene.nodes), request.min_nodes)} GPU nodes serve {scene.resource} after {request.wait_timeout:.0f} s.",
        code=first.code if first else "Timeout",
        cause=f"{first.cause} ({', '.join(first.subjects)}: {first.evidence}.){also}" if first else "",
        remedy=first.remedy if first else "Run the task again, with a longer wait_timeout.",
        facts=scene_facts(scene),
    )


def _nothing_to_read(request: SchedulableRequest) -> Outcome:
    """Check mode before there is a cluster: what would be read is not there yet."""
    scene = Scene(request.selection.resource, request.selection.pool, (), {}, ())
    return Outcome(scene_facts(scene), warnings=("There is no kubeconfig yet, so there are no GPU nodes to look at.",))


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        "pool": {"type": "str", "default": ""},
        "resource_name": {"type": "str", "default": GPU_RESOURCE},
        "min_nodes": {"type": "int", "default": 1},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": wait_arguments(timeout=900)["wait_timeout"],
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = SchedulableRequest(
        selection=Selection(params["pool"], params["resource_name"]),
        min_nodes=params["min_nodes"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _nothing_to_read(request)
    with closing(KubeClient(settings)) as client:
        return gather_facts(request, client, run)


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES)
