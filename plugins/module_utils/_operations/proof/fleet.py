# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Runs the Jobs of a proof: starts as many as may run at a time, and follows each to its end and its log."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from typing import Iterable, Sequence

from ..._clock import Deadline
from ..._core.proof.findings import JOB_GONE, JOB_REFUSED, NO_REPORT, NOT_DONE, NOT_STARTED, POD_GONE, PROGRAM_GONE
from ..._core.proof.jobs import ProofJob, ProofSettings, job_manifest
from ..._core.proof.judge import ObservedJob
from ..._core.proof.progress import proof_status
from ..._core.proof.report import has_report, read_report
from ..._core.proof.room import obstacle
from ..._core.proof.verdict import node_gone, without_pod
from ..._core.scheduling.placement import PodDemand
from ..._core.scheduling.pods import container_troubles, pod_ended
from ..._core.shared.explanation import Explanation
from ..._core.shared.findings import Finding, finding
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_going
from ..._core.signatures.pod import CREATION, IMAGE_REASONS
from ..._core.signatures.signature import recognize
from ..._core.verify.permanent_causes import PERMANENT
from ..._core.workload.causes import diagnose_workload
from ..._core.workload.evidence import Workload
from ..._core.workload.job import Ending, container_ending, container_status, ending, last_failure, outlived
from ..._core.workload.leftovers import name_taken
from ..._errors import GpuopsError, KubernetesError
from ..._kube.client import KubeClient
from ..._kube.mirror import Mirror
from ..._kube.patience import entered
from ..._kube.resources import JOBS, NODES, PODS
from ..._kube.watch import Watched
from ..._progress import Status
from ..evidence import EVIDENCE_SECONDS
from ..jobs.attempt_logs import AttemptLogs
from ..jobs.evidence import explain_deletion, is_refused, with_cluster
from ..jobs.job_view import JobName, JobView
from ..jobs.log_file import LogFiles
from ..operation import Run
from .objects import Program, selector_of

_NO_FILES = LogFiles(None)
# A policy refuses a Job as it refuses a pod; the API server also says so of a field that is invalid.
_POLICIES = ("AdmissionDenied", "WebhookFailed")
_START_ERRORS = ("StartError", "ContainerCannotRun")  # containerd's and Docker's
_MOST_LINES = 10_000  # more than any report has
# Answers that are about this Job, such as a quota, a policy, another Job of its name, or that its namespace is gone.
_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class _Following:
    """One Job that runs, its pod and its log."""

    def __init__(self, asked: ProofJob, job: Json, settings: ProofSettings, mirror: Mirror, client: KubeClient) -> None:
        mirror.objects["job"].setdefault(job["metadata"]["uid"], job)  # the watch does not show it yet
        self.asked = asked
        self._namespace = settings.namespace
        self.view = JobView(job, mirror)
        self.logs = AttemptLogs(JobName(asked.name, settings.namespace), client, _NO_FILES)
        self.lines: tuple[str, ...] = ()
        self.problem: str | None = None  # why the log cannot be read
        self.over = False

    def has_news(self) -> bool:
        """Whether there is something to do: the log has begun, or all is over."""
        self.view.refresh()
        return self._ended or self.logs.is_behind(self.view.pod)

    @property
    def _ended(self) -> bool:
        """Whether nothing more comes. A container that admission has added, such as a proxy, can keep a Job from ending."""
        return self.view.finished or self.never_starts or outlived(self.view.pod, self.asked.name)

    @property
    def workload(self) -> Workload:
        """What the Job and its pod show of a reason why it has not done its work."""
        job, pod = self.view.job, self.view.pod
        spec = pod["spec"] if pod is not None else job["spec"]["template"]["spec"]
        return Workload(f"{self._namespace}/{self.asked.name}", PodDemand(spec, self.asked.resource, self.asked.asked), job, pod)

    @property
    def ending(self) -> Ending | None:
        """How the program has ended, None while it runs."""
        return ending(self.view.job) or container_ending(self.view.pod, self.asked.name)

    @property
    def deleted(self) -> tuple[Explanation, str] | None:
        """What someone has deleted of it, with the evidence, None if nothing."""
        if self.view.gone:
            return JOB_GONE, "the Job is being deleted" if is_going(self.view.job) else "the Job no longer exists"
        return (POD_GONE, "its pod was deleted") if self.view.pod is not None and is_going(self.view.pod) else None

    @property
    def never_starts(self) -> bool:
        """Whether waiting cannot help the pod, because its image does not exist, for example."""
        waits = any(reason in IMAGE_REASONS for reason, _message in container_troubles(self.view.pod or {}))
        return waits and any(each.code in PERMANENT for each in diagnose_workload(self.workload))

    def take_in(self, deadline: Deadline, run: Run) -> None:
        """Follow the log, and read it to its end when the Job is over."""
        ended = self._ended
        self.view.wait_for_pods(run.clock)
        self.logs.keep_up(self.view.pod, last=ended)
        if ended:
            self.finish(deadline, run)

    def finish(self, deadline: Deadline, run: Run) -> None:
        """Read what there is of the log. Raises KubernetesError if the user may not read it."""
        try:
            self.lines, _no_file = self.logs.whole(self.ending, deadline, run.clock)
        except KubernetesError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                raise
            self.problem = error.message
        self.logs.close()
        self.over = True


class Fleet:
    """The Jobs of a run."""

    def __init__(self, jobs: Sequence[ProofJob], settings: ProofSettings, program: Program, client: KubeClient, run: Run) -> None:
        self._nodes = {(job.node, job.node_uid) for job in jobs}
        self._waiting = list(jobs)
        self._total = sum(job.asked for job in jobs)
        self._settings, self._program, self._client, self._run = settings, program, client, run
        self._running: list[_Following] = []
        self._done: list[_Following] = []
        self._refused: dict[str, ObservedJob] = {}

    def prove(self, parallel: int, subject: str) -> None:
        """Run the Jobs until all are over or the time is. Raises KubernetesError.

        Args:
            parallel: How many nodes may run Jobs at a time.
            subject: How progress names the selection.
        """
        deadline = self._client.deadline
        with ExitStack() as stack:
            mirror = entered(stack, Mirror(self._client, self._collections()), deadline, self._run.clock)
            stack.callback(self._close)
            while self._start(parallel, mirror):
                look_after = min(each.view.look_after for each in self._running)
                if not mirror.wait(self._has_news, deadline, lambda: self._status(subject), look_after=look_after):
                    if deadline.passed:
                        break
                    self._give_up_refused(deadline)
                self._take_in(deadline)
            for each in self._running:
                each.finish(deadline, self._run)

    def seen(self, failure: GpuopsError | None) -> dict[str, ObservedJob]:
        """What is known of each Job, by its name.

        Args:
            failure: Why they could not be followed to their end; nothing more is read then.
        """
        followed = {each.asked.name: self._observed(each, failure) for each in (*self._done, *self._running)}
        waiting = {each.name: ObservedJob({}, findings=(self._not_done(each, "the Job has not started"),)) for each in self._waiting}
        return {**followed, **self._refused, **waiting}

    def gone_nodes(self) -> set[str]:
        """The nodes of the Jobs that no longer exist, or are others of the same name, also when the task's time is over."""
        if not self._nodes:
            return set()
        live = self._client.until(self._run.deadline(EVIDENCE_SECONDS)).list(NODES)
        return {name for name, _uid in self._nodes - {(node["metadata"]["name"], node["metadata"]["uid"]) for node in live}}

    def _collections(self) -> tuple[Watched, Watched]:
        selector, namespace = selector_of(self._settings, run_only=True), self._settings.namespace
        return (
            Watched("job", JOBS, namespace, label_selector=selector, remember=True),
            Watched("pods", PODS, namespace, label_selector=selector, remember=True),
        )

    def _start(self, parallel: int, mirror: Mirror) -> bool:
        """Start Jobs on as many nodes as may run some at a time; False when all Jobs are over."""
        for asked in list(self._waiting):
            nodes = {each.asked.node for each in self._running}
            if asked.node in nodes or len(nodes) < parallel:
                self._waiting.remove(asked)
                self._begin(asked, mirror)
        return bool(self._running)

    def _begin(self, asked: ProofJob, mirror: Mirror) -> None:
        """Start a Job. One that cannot run does not keep the others from running."""
        found = self._obstacle(asked)
        if found is not None:
            self._refused[asked.name] = ObservedJob({}, findings=(found,))
            return
        try:
            job = self._client.create(JOBS, job_manifest(asked, self._settings, self._program.name))
        except KubernetesError as error:
            if error.status not in _REFUSED:
                raise
            self._refused[asked.name] = ObservedJob({}, findings=(self._refusal(asked, error),))
            return
        self._running.append(_Following(asked, job, self._settings, mirror, self._client))
        self._program.add_owner(job)

    def _obstacle(self, asked: ProofJob) -> Finding | None:
        """Why a pod cannot run on the node as it is now: the pod would wait, or the scheduler would preempt another one for it."""
        nodes = self._client.list(NODES, fieldSelector=f"metadata.name={asked.node}")
        if not nodes or nodes[0]["metadata"]["uid"] != asked.node_uid:
            return node_gone(asked.node)
        return obstacle(nodes[0], self._client.list(PODS, fieldSelector=f"spec.nodeName={asked.node}"), asked)

    def _refusal(self, asked: ProofJob, error: KubernetesError) -> Finding:
        said = self._refused_by(asked, error)
        why = replace(JOB_REFUSED, cause=said.cause or JOB_REFUSED.cause, remedy=said.remedy or JOB_REFUSED.remedy)
        return finding(why, [(f"{self._settings.namespace}/{asked.name}", error.message)], node=asked.node)

    def _refused_by(self, asked: ProofJob, error: KubernetesError) -> Explanation | KubernetesError:
        """What refuses a Job: one that has its name, a policy, or what the API server's answer says."""
        if error.status == HTTPStatus.CONFLICT:
            named = self._client.list(JOBS, namespace=self._settings.namespace, fieldSelector=f"metadata.name={asked.name}")
            if named:
                return name_taken(JOB_REFUSED.code, named[0])
        known = recognize(error.message, CREATION)
        return known[0].explanation if known and known[0].explanation.code in _POLICIES else error

    def _has_news(self) -> bool:
        return any(each.has_news() for each in self._running)

    def _give_up_refused(self, deadline: Deadline) -> None:
        """Do not wait for pods that Kubernetes refuses to create."""
        for each in self._running:
            if is_refused(each.workload, self._client):
                each.finish(deadline, self._run)

    def _take_in(self, deadline: Deadline) -> None:
        for each in self._running:
            if each.has_news():
                each.take_in(deadline, self._run)
        self._done += [each for each in self._running if each.over]
        self._running = [each for each in self._running if not each.over]

    def _status(self, subject: str) -> Status:
        proven = sum(each.asked.asked for each in self._done if each.ending is not None and each.ending.succeeded)
        pods = [pod for each in self._running for pod in each.view.pods if not pod_ended(pod)]
        return proof_status(subject, proven=proven, total=self._total, waiting=len(self._running) + len(self._waiting), pods=pods)

    def _close(self) -> None:
        for each in self._running:
            each.logs.close()

    def _observed(self, each: _Following, failure: GpuopsError | None) -> ObservedJob:
        lines = each.lines if each.over else each.logs.newest(_MOST_LINES)
        if read_report(lines).is_whole:
            return ObservedJob(each.view.job, each.view.pod, lines)
        why = self._why(each, lines) if failure is None else [self._not_done(each.asked, failure.message)]
        return ObservedJob(each.view.job, each.view.pod, lines, tuple(why))

    def _not_done(self, asked: ProofJob, evidence: str) -> Finding:
        return finding(NOT_DONE, [(f"{self._settings.namespace}/{asked.name}", evidence)], node=asked.node)

    def _why(self, each: _Following, lines: Sequence[str]) -> Iterable[Finding]:
        """Why a Job has reported nothing, or has not come to the end of its report."""
        client = self._client.until(self._run.deadline(EVIDENCE_SECONDS))  # also when the task's time is over
        found = diagnose_workload(with_cluster(each.workload, client))
        if found:
            return found
        if each.deleted is not None:
            itself, evidence = each.deleted
            why = explain_deletion(self._settings.namespace, itself, PROGRAM_GONE, client)
            return [finding(why, [(each.workload.name, evidence)], node=each.asked.node)]
        if each.problem:
            return [finding(NO_REPORT, [(each.workload.name, each.problem)], node=each.asked.node)]
        if each.view.finished:
            return [] if has_report(lines) else self._why_without_report(each)
        if each.view.pod is None:
            return [without_pod(each.view.job, each.asked.node)]
        return [self._not_done(each.asked, "the Job has not ended")]

    def _why_without_report(self, each: _Following) -> Iterable[Finding]:
        """Why a program that has ended has reported nothing."""
        ended = (container_status(each.view.pod, each.asked.name).get("state") or {}).get("terminated") or {}
        failure = last_failure(each.view.pod, each.asked.name)
        why = NOT_STARTED if ended.get("reason") in _START_ERRORS else NO_REPORT
        return [finding(why, [(each.workload.name, failure)], node=each.asked.node)] if failure else []
