# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a task says of Jobs and pods that stay although they should be gone, and that keep a name or a GPU."""

from __future__ import annotations

from ..scheduling.pods import pod_name
from ..shared.explanation import Explanation
from ..shared.mappings import Json
from ..shared.ownership import is_going


def pod_on_node(pod: Json) -> str:
    """The pod with its node."""
    return f"Pod {pod_name(pod)} on {pod['spec'].get('nodeName') or 'no node'}"


def why_it_is_kept(pod: Json, denial: Explanation) -> str:
    """A pod that its Job has left and that the user of the task may not delete: which right is missing, by the API server's refusal."""
    return f"{pod_on_node(pod)}: its Job was deleted without it, and the task may not delete it. {denial.cause} {denial.remedy}"


def why_it_stays(pod: Json) -> str:
    """A pod that should be gone, where it is, what keeps it, and what to do."""
    metadata, node, where = pod["metadata"], pod["spec"].get("nodeName"), pod_on_node(pod)
    if not is_going(pod):
        return f"{where}: it was not deleted. Delete it with 'kubectl delete pod {metadata['name']} --namespace {metadata['namespace']}'."
    if metadata.get("finalizers"):
        return f"{where}: {_held(pod, 'pod')}"
    return f"{where}: it is being deleted, and the node has not ended its container. Check it with 'kubectl describe node {node}'."


def why_job_stays(job: Json) -> str:
    """The same of a Job."""
    held = _held(job, "job") if job["metadata"].get("finalizers") else "Kubernetes has not removed it yet."
    return f"Job {pod_name(job)}: {held}"


def _held(item: Json, kind: str) -> str:
    metadata = item["metadata"]
    command = f"'kubectl edit {kind} {metadata['name']} --namespace {metadata['namespace']}'"
    return (
        f"it is being deleted, and has the finalizers {', '.join(metadata['finalizers'])}. Check the controllers that have set them, "
        f"or remove them with {command} if there are none."
    )


def name_taken(code: str, job: Json) -> Explanation:
    """What to do about an existing Job whose name a new one needs.

    Args:
        code: The code of the explanation.
        job: The Job that exists.
    """
    metadata = job["metadata"]
    if is_going(job):
        return Explanation(
            code,
            cause=f"An earlier Job of this name is still there. {why_job_stays(job)}",
            remedy="Wait until it is gone, or remove what keeps it, and run the task again.",
            retriable=True,
        )
    return Explanation(
        code,
        cause="A Job of this name exists that is not marked as one of this task.",
        remedy=f"If nothing needs it, delete it with 'kubectl delete job {metadata['name']} --namespace {metadata['namespace']}', and run "
        "the task again. Or use another namespace.",
    )
