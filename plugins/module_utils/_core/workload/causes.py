# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a Job is not done or has failed: asks every cause in turn, from the Job itself to the pod's placement, start and log.

To add a cause that is not read from a log, add a function here and name it in _CAUSES. What a log says is a row in signatures/ instead:
in driver.py if the driver or NVML says it, in workload_log.py if a program, its image or a library (CUDA, NCCL, cuDNN, a framework) does.
"""

from __future__ import annotations

from typing import Callable, Iterable, Iterator, Sequence

from ..nodes.gpu_node import STARTING_SECONDS, GpuNode
from ..nodes.state_taints import STATE_CODES
from ..scheduling.autoscaler import event_time, newest, scaling
from ..scheduling.creation import WORKLOAD_LEVEL, explain_creation, quota_exceeded
from ..scheduling.placement import fit, why_pending
from ..scheduling.pods import container_troubles, unschedulable
from ..scheduling.requests import quantity
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, evidence_by_subject, finding, joined_names, without_repeats
from ..shared.timestamps import seconds_between
from ..signatures.pod import CONTAINER_START, IMAGE, IMAGE_REASONS, RUN_AGAIN, SCHEDULING, STARTING, STARTING_REASONS, TURNED_AWAY
from ..signatures.signature import Signatures, last_line, recognize
from ..signatures.workload_log import NO_USABLE_GPU, explain_log
from ..verify.diagnosis import diagnose
from ..verify.known_images import unfit_for_host
from .causes_disruption import disrupted
from .causes_running import node_lost, sidecar_fails, sidecar_runs
from .evidence import Workload
from .job import ending, failing, is_suspended
from .suspended import suspended

# Of the reasons why no node takes the pod, those that the nodes themselves say more of.
_TOLD_BY_NODES = STATE_CODES | {"NoGpuOnNode", "NodeNotReady"}


# The Job controller repeats these without end, and nothing but a change of the namespace, the cluster's policies or the Job helps.
_REFUSED_FOR_GOOD = (
    "AdmissionDenied", "LimitRangeViolated", "PodInvalid", "PodSecurityViolated", "PriorityClassNotAllowed", "QuotaTooSmall",
    "QuotaWantsRequests", "RuntimeClassMissing",
)  # fmt: skip


def refused_for_good(findings: Iterable[Finding]) -> bool:
    """Whether the Job's pod is never created, so that a wait for it can end early."""
    return any(each.code in _REFUSED_FOR_GOOD for each in findings)


def diagnose_workload(workload: Workload) -> list[Finding]:
    """Every reason that shows why the workload isn't done, or failed, the ones that nothing but the user can end first."""
    if is_suspended({"spec": {}, **workload.job}):
        return list(suspended(workload))
    if failing(workload.job) and ending(workload.job) is None:
        return [*sidecar_fails(workload), *_failing(workload)]
    return without_repeats(each for cause in _CAUSES for each in cause(workload))


# https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
def _failing(workload: Workload) -> Iterator[Finding]:
    """The Job has failed, and its condition says so only when its pods have ended."""
    namespace, _slash, name = workload.subject.partition("/")
    pod = name if workload.pod is not None else "POD"
    yield finding(
        Explanation(
            "JobFailing",
            cause="The Job has failed, and Kubernetes is waiting for its pods to end. Their node may not respond.",
            remedy=f"Check the node, or give up the pod with 'kubectl delete pod {pod} --namespace {namespace} --force'.",
            severity="warning",
        ),
        [(workload.name, f"condition FailureTarget is True ({failing(workload.job)})")],
    )


# https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
def _gated(workload: Workload) -> Iterator[Finding]:
    if workload.pending and workload.gates:
        shown = [(workload.subject, f"spec.schedulingGates: {joined_names(workload.gates)}")]
        yield finding(
            Explanation(
                "PodGated",
                cause="A scheduling gate holds the pod, usually because of a queue.",
                remedy="Check the queue that removes the gate.",
                severity="warning",
            ),
            shown,
        )


# https://kubernetes.io/docs/concepts/policy/resource-quotas/; the Job controller's event is FailedCreate
def _not_created(workload: Workload) -> Iterator[Finding]:
    """The Job controller may make no pod."""
    if workload.pod is not None:
        return
    event = newest(workload.events_about("Job"), "FailedCreate")
    message = str((event or {}).get("message") or "")
    known = explain_creation(message, workload.namespace, WORKLOAD_LEVEL)
    if known:
        explanation, line = known
        yield finding(explanation, [(workload.name, f"event FailedCreate: {line}")])
    elif message:
        yield finding(
            Explanation("PodNotCreated", cause="The Job controller cannot create the pod.", remedy="Correct what the event names."),
            [(workload.name, f"event FailedCreate: {message}")],
        )
    else:
        yield from _no_quota(workload)


def _no_quota(workload: Workload) -> Iterator[Finding]:
    key = f"requests.{workload.asked.resource}"
    for quota in workload.quotas:
        status = quota.get("status") or {}
        hard, used = (status.get("hard") or {}).get(key), (status.get("used") or {}).get(key, "0")
        if hard is not None and quantity(hard) - quantity(used) < workload.asked.gpus:
            name = quota["metadata"].get("name", "")
            explanation = quota_exceeded(name, {key: str(workload.asked.gpus)}, {key: hard}, workload.namespace)
            yield finding(explanation, [(workload.name, f"ResourceQuota {name}: {key} used {used} of {hard}")])


def _starting(workload: Workload) -> Iterator[Finding]:
    """The pod has a node, and what the kubelet says of its start."""
    pod = workload.pod
    if pod is None:
        return
    start = _start_signatures(workload)
    for reason, message in container_troubles(pod, workload.own_containers):
        yield from _of_text(workload, f"{reason}: {message}", IMAGE if reason in IMAGE_REASONS else start)
    status = pod.get("status") or {}
    if status.get("phase") == "Failed":
        yield from _of_text(workload, f"{status.get('reason', '')}: {status.get('message', '')}", (*STARTING, *TURNED_AWAY))
    last = newest(workload.events_about("Pod"), *STARTING_REASONS) if workload.starting else None
    if last is not None:
        message = str(last.get("message") or "")
        table = IMAGE if "pull image" in message else start
        yield from _of_text(workload, f"event {last['reason']}: {message}", table)


def _start_signatures(workload: Workload) -> Signatures:
    return STARTING if workload.of_proof else (*STARTING, *CONTAINER_START)


def _of_text(workload: Workload, text: str, table: Signatures) -> Iterator[Finding]:
    known = recognize(text, table)
    if known:
        signature, line = known
        yield finding(signature.explanation, [(workload.subject, line)], node=workload.node)


def _no_node(workload: Workload) -> Iterator[Finding]:
    """No node fits the pod. GPUs, taints and selectors are evaluated here; for everything else, the scheduler's message decides."""
    snapshot = workload.snapshot
    if workload.pending and not workload.gates and snapshot is not None:
        refused = [*_asks_for_too_many(workload, snapshot)] or why_pending(workload.subject, workload.asked, snapshot.nodes)
        yield from _by_nodes(snapshot, refused)
        yield from refused or _by_scheduler(workload, snapshot)


def _by_nodes(snapshot: ClusterSnapshot, refused: Sequence[Finding]) -> Iterator[Finding]:
    """What the nodes themselves show, where that says more, or where there are none."""
    if not snapshot.nodes or any(each.code in _TOLD_BY_NODES for each in refused):
        yield from (each for each in diagnose(snapshot, by_name=True) if each.code != "AllGpusInUse")


def _by_scheduler(workload: Workload, snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """What the scheduler says that the pod waits for, or else what keeps it off the nodes by the scheduler's rules."""
    known = list(_of_text(workload, _schedulers_words(workload), SCHEDULING))
    yield from known or _fits_nowhere(workload, snapshot)


def _asks_for_too_many(workload: Workload, snapshot: ClusterSnapshot) -> Iterator[Finding]:
    most = max((node.allocatable for node in snapshot.nodes), default=0)
    if 0 < most < workload.asked.gpus:
        yield finding(
            Explanation(
                "AsksForTooMany",
                cause="All GPUs of a pod must come from one node, and no node has that many.",
                remedy="Request fewer gpus, or use a larger vm_size.",
            ),
            [(workload.subject, f"it asks for {workload.asked.gpus} {workload.asked.resource}, no node has more than {most}")],
        )


def _fits_nowhere(workload: Workload, snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The scheduler has said nothing known, and by its rules no node takes the pod."""
    would = fit(workload.asked.spec, snapshot.nodes, snapshot.dra_resources)
    if snapshot.nodes and not would.fits:
        nodes: dict[str, list[str]] = {}
        for node, why in would.nodes.items():
            nodes.setdefault(", ".join(why), []).append(node)
        yield finding(
            Explanation(
                "NoNodeFits",
                cause="No GPU node fits the pod.",
                remedy="Change the pod's requests or the pool according to the evidence.",
            ),
            [(workload.subject, evidence_by_subject(nodes))],
        )


def _schedulers_words(workload: Workload) -> str:
    said = unschedulable(workload.pod) if workload.pod is not None else None
    return said or str((newest(workload.events_about("Pod"), "FailedScheduling") or {}).get("message") or "")


def _scaling(workload: Workload) -> Iterator[Finding]:
    if workload.pending:
        pools = workload.snapshot.pools if workload.snapshot is not None else {}
        yield from scaling(workload.subject, workload.events_about("Pod"), pools.values())
        yield from _added_too_soon(workload)


# NVIDIA/k8s-device-plugin#1746, kubernetes/autoscaler#1949: it looks again as soon as the first new node is Ready
def _added_too_soon(workload: Workload) -> Iterator[Finding]:
    """The autoscaler adds a node although another one has just become Ready, and has not had the time to offer its GPUs."""
    asked = newest(workload.events_about("Pod"), "TriggeredScaleUp", "NotTriggerScaleUp")
    if asked is None or asked["reason"] != "TriggeredScaleUp" or workload.snapshot is None:
        return
    new = [node.name for node in workload.snapshot.nodes if _was_starting(node, event_time(asked))]
    if new:
        yield finding(
            Explanation(
                "NodeAddedTooSoon",
                cause=f"The autoscaler is adding a node although {joined_names(new)} had just become Ready. A new node offers its GPUs "
                "some time after that, and until then, the autoscaler does not count it.",
                remedy="Wait: the pod runs on the first node that offers a GPU, and the autoscaler removes one that stays empty. "
                "To avoid the additional node, set min_count: 1 in gpuops.aks.aks_gpu_nodepool.",
                severity="warning",
            ),
            [(workload.subject, f"event TriggeredScaleUp: {asked.get('message', '')}")],
        )


def _was_starting(node: GpuNode, moment: str) -> bool:
    seconds = seconds_between(node.ready_since, moment)
    return node.offered == 0 and seconds is not None and node.ready_since <= moment and seconds < STARTING_SECONDS


def _out_of_memory(workload: Workload) -> Iterator[Finding]:
    killed = [reason for reason, _unused in container_troubles(workload.pod or {}, workload.own_containers) if reason == "OOMKilled"]
    if killed:
        yield finding(
            Explanation(
                "OutOfMemory",
                cause="The container exceeded its memory limit.",
                remedy="Raise the memory limit, which a LimitRange of the namespace may have set, or let the program use less memory.",
            ),
            [(workload.subject, "container terminated: OOMKilled")],
        )


# tensorflow/tensorflow#60530: a workload that finds no usable GPU goes on with the CPU and succeeds
def _from_log(workload: Workload) -> Iterator[Finding]:
    found = [_of_host(workload, each) for each in explain_log(workload.subject, workload.log, node=workload.node)]
    yield from found
    last = last_line(workload.log)
    if workload.on_cpu and last and not found:
        yield finding(
            Explanation(
                "RanOnCpu",
                cause="The image's CUDA does not fit the node's driver or GPU, or device_pattern does not match the image's log.",
                remedy="Read log_tail in this task's result, and use an image for the node's GPU.",
            ),
            [(workload.subject, f"no line of the log names a GPU; the last is: {last}")],
        )


def _of_host(workload: Workload, found: Finding) -> Finding:
    """Of a GPU that can't be used, the reason that the pod's node shows, where the node is known."""
    nodes = workload.snapshot.nodes if workload.snapshot is not None else ()
    unfit = next((unfit_for_host(node) for node in nodes if node.name == workload.node), None)
    return (
        finding(unfit, [(workload.subject, found.evidence)])
        if found.code == NO_USABLE_GPU.explanation.code and unfit is not None
        else found
    )


_OTHERWISE = "does not set this number of seconds, check which policy or user of the cluster does."
# A Job that has failed is found again, whatever its deadline, unless the task may run it again.
_MORE_TIME = f"Raise active_deadline and set rerun: on_failure. If active_deadline {_OTHERWISE}"
_MORE_TIME_FOR_PROOF = f"Raise timeout. If timeout {_OTHERWISE}"


# https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
def _past_deadline(workload: Workload) -> Iterator[Finding]:
    end = ending(workload.job)
    if end is not None and end.reason == "DeadlineExceeded":
        seconds = (workload.job.get("spec") or {}).get("activeDeadlineSeconds")
        waited = unschedulable(workload.pod) if workload.pod is not None else None
        did = "waited for a node" if waited else "ran"
        yield finding(
            Explanation(
                end.reason,
                cause=f"The Job {did} longer than its activeDeadlineSeconds ({seconds}), so Kubernetes ended it.",
                remedy=_after_deadline(workload, waited=waited is not None),
            ),
            [(workload.name, waited or f"condition Failed is True ({end.reason}: {end.message})")],
        )


def _after_deadline(workload: Workload, *, waited: bool) -> str:
    if waited:
        return f"Correct what the evidence names. {RUN_AGAIN}."
    return _MORE_TIME_FOR_PROOF if workload.of_proof else _MORE_TIME


_CAUSES: tuple[Callable[[Workload], Iterator[Finding]], ...] = (
    _gated, _not_created, _starting, _out_of_memory, disrupted, sidecar_runs, sidecar_fails, node_lost, _from_log, _no_node, _scaling,
    _past_deadline,
)  # fmt: skip
