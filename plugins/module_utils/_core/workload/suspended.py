# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a Job is suspended: by a user, or by Kueue, whose Workload for the Job says what it waits for.

https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job; https://kueue.sigs.k8s.io/docs/concepts/workload/,
https://kueue.sigs.k8s.io/docs/concepts/admission_check/. A check can have all nodes of a Job added at once: Azure/AKS#5492.
"""

from __future__ import annotations

from typing import Iterator

from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..shared.mappings import Json
from .evidence import Workload
from .manifest import QUEUE_LABEL

_NEVER_RESUMED = "This collection never resumes a Job that is suspended."


def suspended(workload: Workload) -> Iterator[Finding]:
    """The one finding about a Job that is suspended."""
    if not workload.job["spec"].get("suspend"):
        paused = _suspended("it may run no pod", "Check who has set spec.parallelism to 0")
        yield finding(paused, [(workload.name, "spec.parallelism is 0")])
        return
    labels = (workload.job.get("metadata") or {}).get("labels") or {}
    queue = str(labels.get(QUEUE_LABEL, ""))
    explanation, said = _explained(workload, queue)
    shown = f"spec.suspend is true{f', label {QUEUE_LABEL} is {queue}' if queue else ''}{said}"
    yield finding(explanation, [(workload.name, shown)])


def _explained(workload: Workload, queue: str) -> tuple[Explanation, str]:
    """What it means, and what Kueue's Workload adds to the evidence."""
    queued = workload.queued or {}
    waiting = [each for each in (queued.get("status") or {}).get("admissionChecks") or () if each["state"] != "Ready"]
    if (queued.get("spec") or {}).get("active") is False:
        return _deactivated(workload), "; Kueue's Workload has spec.active: false"
    if waiting:
        return _checked(workload, waiting), f"; {'; '.join(map(_check, waiting))}"
    return _not_admitted(queue), _condition(queued)


def _not_admitted(queue: str) -> Explanation:
    by = f"the queue {queue} has not admitted it" if queue else "a queue or a user has suspended it"
    look = f"Check 'kubectl describe localqueue {queue}'" if queue else "Check who has set spec.suspend, or the queue that admits the Job"
    return _suspended(by, look)


def _checked(workload: Workload, waiting: list[Json]) -> Explanation:
    names = [str(each["name"]) for each in waiting]
    look = (
        f"Check 'kubectl describe admissionchecks.kueue.x-k8s.io {' '.join(names)}'. A check that provisions nodes shows its progress in "
        f"'kubectl get provisioningrequests --namespace {workload.namespace}'"
    )
    rejected = any(each["state"] == "Rejected" for each in waiting)
    return _suspended(f"it waits for the admission check {joined_names(names)} of its queue", look, "error" if rejected else "warning")


def _deactivated(workload: Workload) -> Explanation:
    look = f"Check the events in 'kubectl describe workloads.kueue.x-k8s.io --namespace {workload.namespace}', and create the Job again"
    return _suspended("Kueue has deactivated it, after a check rejected it or it was evicted too often", look, "error")


def _suspended(by: str, look: str, severity: str = "warning") -> Explanation:
    return Explanation("JobSuspended", cause=f"The Job is suspended: {by}.", remedy=f"{look}. {_NEVER_RESUMED}", severity=severity)


def _check(check: Json) -> str:
    message = str(check.get("message") or "").strip()
    return f"admission check {check['name']} is {check['state']}{f': {message}' if message else ''}"


def _condition(queued: Json) -> str:
    """Why Kueue has not reserved quota, "" if it does not say."""
    conditions = (queued.get("status") or {}).get("conditions") or ()
    refused = next((each for each in conditions if each["type"] == "QuotaReserved" and each["status"] == "False"), None)
    return f"; QuotaReserved is False: {refused.get('message') or refused.get('reason', '')}" if refused is not None else ""
