# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Kubernetes Job that runs a GPU workload, in the shape of the AKS documentation's sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ..nodes.taints import tolerations_for
from ..plugin.affinity import pool_affinity
from ..shared.mappings import without_empty
from ..shared.ownership import MARK
from .failure_policy import failure_policy

# https://kueue.sigs.k8s.io/docs/tasks/run/jobs/
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"


@dataclass(frozen=True)
class JobSettings:
    """A GPU workload that runs once, by the module's options.

    Args:
        gpus: How many whole devices of `resource` it requests.
        deadline: After how many seconds Kubernetes ends the Job, 0 for never.
        queue: The Kueue queue that admits it, None to start at once.
        fail_on_exit_codes: The exit codes after which it is not retried.
        pool: The only node pool that it may run on, None for any.
    """

    name: str
    namespace: str
    image: str
    image_pull_policy: str
    command: Sequence[str]
    args: Sequence[str]
    env: Mapping[str, str]
    gpus: int
    resource: str
    node_taints: Sequence[str]
    tolerations: Sequence[Mapping[str, Any]]
    node_selector: Mapping[str, str]
    backoff_limit: int
    deadline: int
    queue: str | None = None
    fail_on_exit_codes: Sequence[int] = ()
    pool: str | None = None


def job_manifest(settings: JobSettings) -> dict[str, Any]:
    """The Job to create, in the shape of the AKS documentation's sample (samples-tf-mnist-demo)."""
    container = {
        "name": settings.name,
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "command": list(settings.command),
        "args": list(settings.args),
        "env": [{"name": name, "value": value} for name, value in sorted(settings.env.items())],
        "resources": {"limits": {settings.resource: str(settings.gpus)}},
    }
    labels = {"app": settings.name}
    tolerations = tolerations_for(settings.node_taints, settings.tolerations)
    policy = failure_policy(tolerations, settings.fail_on_exit_codes)
    pod_spec = without_empty(
        {
            "containers": [without_empty(container)],
            "restartPolicy": "Never" if policy else "OnFailure",
            "tolerations": tolerations,
            "nodeSelector": dict(settings.node_selector),
            "affinity": pool_affinity({}, [settings.pool] if settings.pool else [], settings.node_selector),
        }
    )
    # By the mark, a pod is known as ours also when its Job was deleted without it.
    template = {"metadata": {"labels": {**labels, **MARK}}, "spec": pod_spec}
    spec: dict[str, Any] = {"backoffLimit": settings.backoff_limit, "template": template}
    if policy:
        spec["podFailurePolicy"] = policy
    if settings.deadline:
        spec["activeDeadlineSeconds"] = settings.deadline
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {**labels, **MARK, **({QUEUE_LABEL: settings.queue} if settings.queue else {})},
        },
        "spec": spec,
    }
