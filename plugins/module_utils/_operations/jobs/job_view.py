# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Job that is followed and its pods, as a mirror shows them and as they were last seen."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..._clock import Clock, Deadline
from ..._core.scheduling.pods import pod_ended
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import is_going
from ..._core.workload.job import CONTROLLER_UID, deciding_pod, ending, is_suspended, owned_by
from ..._kube.mirror import Mirror
from ..._kube.resources import JOBS, PODS
from ..._kube.watch import Watched

# How long the news of a pod may come after that of its Job's end.
_PODS_SECONDS = 5.0
_WITHOUT_POD_SECONDS = 5.0


class JobName(NamedTuple):
    """A Job's name, which its own container has, too, and its namespace."""

    name: str
    namespace: str


def job_collections(name: JobName, job: Json, *, known: bool) -> tuple[Watched, Watched]:
    """The Job and its own pods, for a mirror: those of an earlier run of the same name have another controller.

    Args:
        name: The Job's name.
        job: The Job.
        known: Whether it has just been read, so that the mirror need not read it again.
    """
    selector = f"{CONTROLLER_UID}={job['metadata']['uid']}"
    return (
        Watched("job", JOBS, name.namespace, field_selector=f"metadata.name={name.name}", known=job if known else None, remember=True),
        Watched("pods", PODS, name.namespace, label_selector=selector, remember=True),
    )


class JobView:
    """A Job and every pod of it that was seen, each as it was last seen: also after they are gone. `refresh` takes in what is new."""

    def __init__(self, job: Json, mirror: Mirror) -> None:
        self.mirror = mirror
        self._pods: dict[str, Json] = {}
        self.job = job
        self.gone = False
        # The mirror has listed the pods since, so what it does not show is not there.
        self._had_ended = ending(job) is not None

    def refresh(self) -> None:
        """Take in what the mirror shows now."""
        uid = self.job["metadata"]["uid"]
        for pods in (self.mirror.deleted["pods"], self.mirror.objects["pods"]):
            self._pods.update({name: pod for name, pod in pods.items() if owned_by(pod, uid)})
        live = self.mirror.objects["job"].get(uid)
        # Whatever keeps it, a Job that is being deleted creates no pod and does not end.
        self.gone = live is None or is_going(live)
        self.job = live or self.mirror.deleted["job"].get(uid) or self.job

    @property
    def finished(self) -> bool:
        """Whether the Job has ended or was deleted, so that nothing more comes."""
        return self.gone or ending(self.job) is not None

    @property
    def succeeded(self) -> bool:
        """Whether the Job has ended, and well."""
        end = ending(self.job)
        return end is not None and end.succeeded

    @property
    def pods(self) -> list[Json]:
        """Every pod of the Job that was seen."""
        return list(self._pods.values())

    @property
    def pod(self) -> Json | None:
        """The pod by which the Job has succeeded, else the newest one."""
        return deciding_pod(self.job, self._pods.values())

    @property
    def look_after(self) -> float:
        """After how many seconds without news to look at the events: only they show that a pod cannot be created."""
        return _WITHOUT_POD_SECONDS if self.pod is None and not is_suspended(self.job) else math.inf

    def wait_for_pods(self, clock: Clock) -> None:
        """Of a Job that has ended, wait for the news of its pods, which may come later: also that a pod was created at all."""
        if ending(self.job) is not None and not self._had_ended:
            self.mirror.wait(self._pods_are_known, Deadline(clock, _PODS_SECONDS))

    def _pods_are_known(self) -> bool:
        """Whether there is every pod that the Job has counted, and each has ended or is gone."""
        self.refresh()
        status, live = self.job.get("status", {}), self.mirror.objects["pods"]
        counted = sum(int(status.get(name) or 0) for name in ("failed", "succeeded"))
        return len(self._pods) >= counted and all(pod_ended(pod) or uid not in live for uid, pod in self._pods.items())
