# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from typing import Any, Mapping

from .._clock import Deadline
from .._errors import InvalidInputError, KubernetesError
from .._gpu.change import Change
from .._gpu.jobs import differences, ending
from .._gpu.manifests import job_manifest
from .._gpu.marks import is_marked
from .._kube.client import KubeClient
from .._kube.mirror import await_gone
from .._kube.resources import JOBS
from .._kube.settings import kube_settings
from .arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from .job_request import JobRequest, job_arguments, job_request, validate
from .job_result import Seen, job_result, save_log
from .job_run import follow_job, job_collections
from .job_verdict import require_proof
from .log_file import LogFiles
from .meant_cluster import connected, meant_cluster
from .operation import Operation, Outcome, Run

Json = Mapping[str, Any]


def ensure_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Create the Job unless it is there, follow it to its end, and prove from its log that it used a GPU.

    Raises WorkloadError when it failed or proved nothing, WaitTimeoutError with the reason why it isn't done.
    """
    settings = request.settings
    manifest = job_manifest(settings)
    live = client.find(JOBS, settings.name, settings.namespace)
    again = live is not None and _runs_again(request, live)
    if live is not None and not again:
        _refuse_other(request, live, manifest)
    change = Change(request.subject, after={} if live is not None and not again else manifest)
    if run.check_mode:
        warnings = _rehearse(request, manifest, client) if live is None else ()
        return Outcome(job_result(request, Seen()), (change,), warnings)
    deadline = run.deadline(request.wait_timeout)
    if live is not None and again:
        _delete(request, live, client, deadline)
    if change.changed:
        live = client.create(JOBS, manifest)
    if live is None or not request.wait:
        return Outcome(job_result(request, Seen()), (change,))
    return Outcome(_prove(request, live, client, run, deadline), (change,))


def _rehearse(request: JobRequest, manifest: Json, client: KubeClient) -> tuple[str, ...]:
    """A server dry run; a namespace that an earlier step would have made is only warned of."""
    try:
        client.create(JOBS, manifest, dry_run=True)
    except KubernetesError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return (f"There is no namespace {request.settings.namespace} yet: the Job was not shown to the API server.",)
    return ()


def _runs_again(request: JobRequest, live: Json) -> bool:
    end = ending(live)
    return end is not None and (request.rerun == "always" or (request.rerun == "on_failure" and not end.succeeded))


def _refuse_other(request: JobRequest, live: Json, manifest: Json) -> None:
    """A Job's template can't be changed; another Job of this name is not the wanted one. Raises InvalidInputError."""
    for name, (found, wanted) in differences(live, manifest).items():
        raise InvalidInputError(
            f"{request.subject} exists with other settings: {name} is {found}, not {wanted}.",
            code="JobDiffers",
            cause="Kubernetes can't change the pod template of a Job.",
            remedy="Use another name, remove the Job first (state: absent), or set rerun: always once it has ended.",
        )


def _prove(request: JobRequest, job: Json, client: KubeClient, run: Run, deadline: Deadline) -> dict[str, Any]:
    with closing(LogFiles(request.log_path)) as files:
        seen = follow_job(request, job, client, deadline, run.clock, files=files)
        save_log(request, seen)
    require_proof(request, seen, client)
    return job_result(request, seen)


def remove_job(request: JobRequest, client: KubeClient, run: Run) -> Outcome:
    """Delete the Job with its pods and wait until they are gone."""
    settings = request.settings
    live = client.find(JOBS, settings.name, settings.namespace)
    if live is None:
        return Outcome({"left": []})
    if request.marked_only and not is_marked(live):
        return Outcome({"left": [f"{request.subject}: not made by this collection"]})
    if not run.check_mode:
        _delete(request, live, client, run.deadline(request.wait_timeout))
    before = {"image": live["spec"]["template"]["spec"]["containers"][0]["image"], "labels": dict(live["metadata"].get("labels") or {})}
    return Outcome({"left": []}, (Change(request.subject, before=before),))


def _delete(request: JobRequest, live: Json, client: KubeClient, deadline: Deadline) -> None:
    settings, uid = request.settings, live["metadata"]["uid"]
    client.delete(JOBS, settings.name, settings.namespace, uid=uid)
    if request.wait:
        await_gone(client, job_collections(settings, live, known=False), deadline, what=f"{request.subject} with its pods")


def _predicted(request: JobRequest) -> Outcome:
    """Check mode before there is a cluster: the Job would be created as described."""
    if request.absent:
        return Outcome({"left": []})
    change = Change(request.subject, after=job_manifest(request.settings))
    return Outcome(job_result(request, Seen()), (change,))


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = job_request(params)
    validate(request)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _predicted(request)
    with connected(settings, meant_cluster(params, run)) as client:
        return remove_job(request, client, run) if request.absent else ensure_job(request, client, run)


OPERATION = Operation(job_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
