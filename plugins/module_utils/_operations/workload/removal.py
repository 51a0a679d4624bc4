# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Deletes the Job with its pods, and the pods that an earlier Job of its name has left behind, and waits until they are gone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Sequence

from ..._clock import Deadline
from ..._core.scheduling.pods import pod_name
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_going, is_made_by, is_marked, manager_of
from ..._core.workload.job import JOB_NAME, left_by, owned_by
from ..._core.workload.leftovers import why_it_stays, why_job_stays
from ..._kube.client import KubeClient
from ..._kube.mirror import await_gone
from ..._kube.resources import JOBS, PODS, Kind
from ..._kube.watch import Watched
from ..jobs.job_view import job_collections
from ..jobs.left_pods import delete_allowed_pods, delete_pods
from ..operation import Outcome, Run
from .request import JobRequest

_OF_OTHERS = "its Job was deleted without it, and it does not have this collection's label. If nothing needs it, delete it with"


def remove_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the Job with its pods, and what earlier Jobs of its name have left, and wait until they are gone."""
    settings = request.settings
    live = client.find(JOBS, settings.name, settings.namespace)
    if live is not None and request.created_only and not is_marked(live):
        return Outcome({"kept": [f"{request.subject}: not made by this collection"]})
    if live is not None and not run.check_mode:
        delete_job(request, live, client, client.deadline)
    left = _left_pods(request, client)
    changes = (*_removed(request, live), *_delete_own(request, left, client, run))
    if not run.check_mode:
        _await_pods(request, client)
    return Outcome({"kept": [_kept(pod) for pod in left if not is_marked(pod)]}, changes, of_others(request, live, "removed"))


def of_others(request: JobRequest, live: Json | None, what: str) -> tuple[str, ...]:
    """That the Job that is replaced or removed (what) is not one of this collection, as a warning."""
    if live is None or is_marked(live):
        return ()
    manager = manager_of(live)
    whose = f"belongs to {manager}" if manager else "was not created by this collection"
    return (f"{request.subject} {whose}, and is {what}.",)


def delete_job(request: JobRequest, live: Json, client: KubeClient, deadline: Deadline) -> None:
    """Delete the live Job, and wait until it and its pods are gone if the task waits. Raises KubernetesError, WaitTimeoutError."""
    settings, uid = request.settings, live["metadata"]["uid"]
    if not is_going(live):
        client.delete(JOBS, settings.name, settings.namespace, uid=uid)
    if request.wait:
        job, pods = job_collections(request.job_name, live, known=False)
        own = replace(pods, keep=partial(owned_by, uid=uid))
        await_gone(client, (job, own), deadline, what=f"{request.subject} with its pods", why=_why_kept)


def delete_left_pods(request: JobRequest, client: KubeClient, run: Run) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Delete the pods that our earlier Jobs of this name have left, and that would keep their GPUs; warnings about those that stay.

    A pod that the user may not delete does not keep the next Job from running. Raises KubernetesError.
    """
    own = list(filter(is_marked, _left_pods(request, client)))
    kept = [] if run.check_mode else delete_allowed_pods(own, client)
    stay = [each.pod for each in kept]
    return _gone(request, [pod for pod in own if pod not in stay]), tuple(each.reason for each in kept)


def _left_pods(request: JobRequest, client: KubeClient) -> list[Json]:
    """The pods that Jobs of this name, which are gone, have left, also those of others."""
    pods = client.list(PODS, namespace=request.settings.namespace, labelSelector=_selector(request))
    return [pod for pod in pods if left_by(pod) and not is_going(pod)]


def _delete_own(request: JobRequest, left: Sequence[Json], client: KubeClient, run: Run) -> tuple[Change, ...]:
    own = list(filter(is_marked, left))
    if not run.check_mode:
        delete_pods(own, client)
    return _gone(request, own)


def _gone(request: JobRequest, pods: Sequence[Json]) -> tuple[Change, ...]:
    return tuple(Change(f"Pod {pod_name(pod)}", before={"left by": f"{request.subject}, which was deleted without it"}) for pod in pods)


def _await_pods(request: JobRequest, client: KubeClient) -> None:
    """Kubernetes deletes a Job before its pods: those that an earlier removal has left may hold their GPUs still."""

    def is_of_job(pod: Json) -> bool:
        return is_made_by(pod, "Job", request.settings.name) or (bool(left_by(pod)) and is_marked(pod))

    if request.wait:
        pods = Watched("pods", PODS, request.settings.namespace, label_selector=_selector(request), keep=is_of_job)
        await_gone(client, [pods], client.deadline, what=f"A pod of {request.subject}", why=_why_kept)


def _why_kept(kind: Kind, item: Json) -> str:
    return why_job_stays(item) if kind == JOBS else why_it_stays(item)


def _selector(request: JobRequest) -> str:
    return f"{JOB_NAME}={request.settings.name}"


def _removed(request: JobRequest, live: Json | None) -> tuple[Change, ...]:
    if live is None or is_going(live):  # it was removed before
        return ()
    image, labels = live["spec"]["template"]["spec"]["containers"][0]["image"], live["metadata"].get("labels") or {}
    return (Change(request.subject, before={"image": image, "labels": dict(labels)}),)


def _kept(pod: Json) -> str:
    metadata = pod["metadata"]
    return f"Pod {pod_name(pod)}: {_OF_OTHERS} 'kubectl delete pod {metadata['name']} --namespace {metadata['namespace']}'."
