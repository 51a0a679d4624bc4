# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Doubts about a completed Job: whether the pod that ran, its node and its cluster are what the Job asked for.

Apart from the log, which proves that a GPU was seen; both are needed for a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..nodes.cluster_identity import ANY_CLUSTER, TargetCluster, is_of, origin_of
from ..scheduling.node_facts import PRODUCT_LABEL, REPLICAS_LABEL, SHARING_LABEL, SIZE_LABELS, first_label, is_sliced, pool_of
from ..scheduling.requests import quantity
from ..shared.explanation import Explanation
from ..shared.mappings import Json
from ..sizes.lookup import known_size
from .job import container_status

_TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"  # metav1.Time
_VISIBLE = "NVIDIA_VISIBLE_DEVICES"  # a container that sets it gets GPUs past Kubernetes


class Doubt(NamedTuple):
    """Why a Job that is complete proves nothing; predicate follows the Job's name. lost: the proof no longer exists."""

    explanation: Explanation
    predicate: str
    lost: bool = False


@dataclass(frozen=True)
class ExpectedRun:
    """What a proof is about. container has the Job's name; without pool and cluster, the node is not checked."""

    container: str
    resource: str
    gpus: int
    pool: str | None = None
    cluster: TargetCluster = ANY_CLUSTER

    @property
    def names_place(self) -> bool:
        """Whether the proof is about a certain pool or cluster."""
        return bool(self.pool or self.cluster.known)


AGAIN = "Run it again with rerun: always."


def doubt_of_pod(job: Json, pod: Json, asked: ExpectedRun) -> Doubt | None:
    """How the pod that ran differs from what its Job says: admission may change pods, and anyone may label a pod as the Job's."""
    return _doubt_of_phase(pod) or _doubt_of_interruption(pod, asked) or doubt_of_template(job, pod, asked)


def doubt_of_template(job: Json, pod: Json, asked: ExpectedRun) -> Doubt | None:
    """How the pod's container differs from the Job's template, however it has ended."""
    ran = _container(pod, asked.container)
    made = _container({"spec": job["spec"]["template"]["spec"]}, asked.container)
    return _doubt_of_limit(ran, asked) or _doubt_of_workload(ran, made)


def _doubt_of_phase(pod: Json) -> Doubt | None:
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return None
    reason = ": ".join(part for part in (str(status.get("reason") or ""), str(status.get("message") or "")) if part)
    state = f"{status.get('phase', 'Unknown')} ({reason})" if reason else str(status.get("phase", "Unknown"))
    return Doubt(
        Explanation(
            "LogGone",
            cause=f"Its pod {pod['metadata']['name']} is now {state}: the kubelet restarted and rejected it.",
            remedy=AGAIN,
        ),
        "is complete, but its log is no longer available.",
        lost=True,
    )


def _doubt_of_limit(ran: Json, asked: ExpectedRun) -> Doubt | None:
    limit = ((ran.get("resources") or {}).get("limits") or {}).get(asked.resource, "0")
    if quantity(limit) == asked.gpus:
        return None
    return Doubt(
        Explanation(
            "GpuNotRequested",
            cause="An admission policy changed the pod, or its container is not the requested one.",
            remedy="Check the cluster's admission policies.",
        ),
        f"is complete, but its pod ran with {limit} {asked.resource} instead of {asked.gpus}.",
    )


def _doubt_of_workload(ran: Json, made: Json) -> Doubt | None:
    changed = [name for name in ("command", "args") if (ran.get(name) or []) != (made.get(name) or [])]
    changed += ["image"] if not _is_copy(str(ran.get("image", "")), str(made.get("image", ""))) else []
    changed += [f"env {_VISIBLE}"] if _env(ran).get(_VISIBLE) != _env(made).get(_VISIBLE) else []
    if not changed:
        return None
    return Doubt(
        Explanation(
            "PodDiffers",
            cause="An admission policy changed the pod, so its log is not the log of the requested workload.",
            remedy="Exempt the namespace from the policy, or use another namespace.",
        ),
        f"is complete, but in its pod {' and '.join(changed)} differed from the Job's template.",
    )


def _doubt_of_interruption(pod: Json, asked: ExpectedRun) -> Doubt | None:
    if not _was_interrupted(pod, asked.container):
        return None
    return Doubt(
        Explanation(
            "PodInterrupted",
            cause="A drain, an eviction or a user ended the workload before it was done, and it still exited with 0.",
            remedy=AGAIN,
        ),
        f"is complete, but its pod {pod['metadata']['name']} was already being deleted when it ended.",
        lost=True,
    )


def _was_interrupted(pod: Json, container: str) -> bool:
    """Whether the pod was deleted before its workload had ended: a workload that stops when asked may exit with 0, as if it were done.

    The deletionTimestamp is the end of the grace period.
    """
    metadata, state = pod["metadata"], container_status(pod, container).get("state", {})
    if "deletionTimestamp" not in metadata:
        return False
    grace = timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
    try:
        deletion, finished = (
            datetime.strptime(text, _TIMESTAMP) for text in (metadata["deletionTimestamp"], state["terminated"]["finishedAt"])
        )
    except (KeyError, TypeError, ValueError):  # nothing shows that it had ended
        return True
    return deletion - grace <= finished


def _container(pod: Json, name: str) -> Json:
    return next((each for each in pod["spec"].get("containers") or () if each.get("name") == name), {})


def _is_copy(ran: str, made: str) -> bool:
    """Whether two references may be of one image: admission may use a mirror, and add a digest to the tag or replace it by one."""
    ran_name, _ran_at, digest = ran.partition("@")
    made_name, _made_at, wanted = made.partition("@")
    ran_last, ran_tag = _last_and_tag(ran_name)
    made_last, made_tag = _last_and_tag(made_name)
    if ran_last != made_last:
        return False
    if wanted:
        return digest == wanted
    return ran_tag == made_tag or (bool(digest) and not ran_tag)


def _last_and_tag(name: str) -> tuple[str, str]:
    last, _colon, tag = name.rpartition("/")[2].partition(":")
    return last, tag


def _env(container: Json) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container.get("env") or ()}


def doubt_of_place(pod: Json, node: Json | None, asked: ExpectedRun) -> Doubt | None:
    """Whether the node that the pod ran on still exists and is of the expected pool and cluster: names are used again.

    Args:
        pod: The pod that ran.
        node: The node of that name as it is now, None if it is gone.
        asked: What the proof is about.
    """
    if not asked.names_place:
        return None
    name = str(pod["spec"].get("nodeName", ""))
    started = str((pod.get("status") or {}).get("startTime") or "")
    if node is None:
        return Doubt(
            Explanation("NodeGone", cause="The node was scaled down or replaced.", remedy=AGAIN),
            f"ran on the node {name}, which no longer exists.",
            lost=True,
        )
    if str(node["metadata"].get("creationTimestamp") or "") > started:
        return Doubt(
            Explanation("NodeGone", cause="The machine was reimaged or replaced, and the scale set reused its name.", remedy=AGAIN),
            f"ran on a node {name} that no longer exists: the current node of that name is newer.",
            lost=True,
        )
    return _doubt_of_pool(name, node, asked) or _doubt_of_cluster(name, node, asked)


def _doubt_of_pool(name: str, node: Json, asked: ExpectedRun) -> Doubt | None:
    pool = pool_of(node)
    if not asked.pool or pool == asked.pool:
        return None
    return Doubt(
        Explanation("RanOnOtherPool", cause="The Job was not restricted to the pool when it was created.", remedy=AGAIN),
        f"ran on {name} of the pool {pool or '(none)'}, which proves nothing about {asked.pool}.",
        lost=True,
    )


def _doubt_of_cluster(name: str, node: Json, asked: ExpectedRun) -> Doubt | None:
    if not asked.cluster.known or is_of(origin_of(node), asked.cluster):
        return None
    return Doubt(
        Explanation(
            "WrongCluster",
            cause=f"The node belongs to the resource group {origin_of(node) or '(none)'}.",
            remedy="Correct kubeconfig and context.",
        ),
        f"ran on {name}, which is not a node of {asked.cluster}.",
    )


def place_facts(pod: Json | None, node: Json | None, asked: ExpectedRun) -> dict[str, Any]:
    """Which run it was, on which machine, and whether it had a GPU to itself; "" for what was not checked, as results have it."""
    status = container_status(pod, asked.container)
    ended = (status.get("state") or {}).get("terminated") or {}
    metadata = (node or {}).get("metadata") or {}
    return {
        "pod_uid": str(((pod or {}).get("metadata") or {}).get("uid", "")),
        "finished": str(ended.get("finishedAt") or ""),
        "pool": pool_of(node) if node else "",
        "node_uid": str(metadata.get("uid", "")),
        "sharing": _sharing(node, asked.resource),
    }


def _sharing(node: Json | None, resource: str) -> str:
    """How others share the GPU, as far as its name, GPU feature discovery and the node's size tell: a share proves a share."""
    if "/mig-" in resource:
        return "mig"
    if node is None:
        return ""
    strategy, replicas = first_label(node, (SHARING_LABEL,)), first_label(node, (REPLICAS_LABEL,))
    product = first_label(node, (PRODUCT_LABEL,))
    if strategy not in ("", "none"):
        return strategy
    if is_sliced(node):
        return "mig"
    if product.endswith("-SHARED") or resource.endswith(".shared") or replicas not in ("", "0", "1"):
        return "shared"
    return _sharing_of_size(node, resource)


def _sharing_of_size(node: Json, resource: str) -> str:
    """What the machine's size tells: a size may have a part of a GPU only, and no node offers more GPUs than its machine has."""
    size = known_size(first_label(node, SIZE_LABELS))
    if size is None:
        return "none"
    if size.share != "1":
        return "vgpu"
    offered = ((node.get("status") or {}).get("capacity") or {}).get(resource, 0)
    return "shared" if quantity(offered) > size.gpus else "none"
