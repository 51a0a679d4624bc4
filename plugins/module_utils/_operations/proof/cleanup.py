# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Removes what a proof has created: what earlier runs have left, before a run, and its own objects at its end, however that comes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Iterable, Iterator

from ..._clock import Deadline
from ..._core.proof.jobs import ProofSettings
from ..._core.proof.own_pods import is_left_behind
from ..._core.scheduling.pods import pod_name
from ..._core.shared.change import Change
from ..._core.shared.mappings import Json
from ..._errors import GpuopsError, KubernetesError
from ..._kube.client import KubeClient
from ..._termination import clean_termination
from ..operation import Run
from .objects import Staying, idle_programs, leftovers, pods_left, remove
from .request import ProofRequest
from .rights import require_removal_rights

# How long pods may take to go. It also applies when the task's time is over or a signal ends it.
_REMOVAL_SECONDS = 60.0
# Before a proof, the task's time is for the proof.
_CLEARING_PART = 0.25
# For the requests before and after that wait.
_REQUEST_SECONDS = 30.0


@dataclass
class Removal:
    """What a removal has removed, what stays with the reasons, and its failure."""

    changes: tuple[Change, ...] = ()
    of: str = "the proof created"
    kept: list[str] = field(default_factory=list)
    failure: KubernetesError | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stays, as a warning of a run."""
        return (f"What {self.of} could not be removed: {' '.join(self.kept)}",) if self.kept else ()


def clear(request: ProofRequest, client: KubeClient, run: Run) -> Removal:
    """Remove what earlier runs with the same selection have left. Raises KubernetesError."""
    settings = request.settings
    pods = pods_left(settings, client, run_only=False)
    left = _left(request, pods, client)
    staying = Staying([])
    if not run.check_mode and (left or pods):
        if request.absent:
            require_removal_rights(settings.namespace, client)
        if left:
            run.writes.note()
        wait = client.deadline.within(clearing_seconds(request))
        staying = _remove(settings, client, run, wait, run_only=False, strict=request.absent)
    untouched = {f"Pod {name}" for name in staying.untouched}
    changes = tuple(Change(name, before={"left by": "an earlier run"}) for name in left if name not in untouched)
    return Removal(changes, "an earlier proof left", staying.reasons)


@contextmanager
def told_with_failures(cleared: Removal) -> Iterator[None]:
    """What a removal has kept is a fact of every failure in the context."""
    try:
        yield
    except GpuopsError as error:
        error.facts = {"kept": cleared.kept, **error.facts}
        raise


def clearing_seconds(request: ProofRequest) -> float:
    """How long to wait until what earlier runs have left is gone."""
    return _REMOVAL_SECONDS if request.absent else min(_REMOVAL_SECONDS, _CLEARING_PART * request.wait_timeout)


def _left(request: ProofRequest, pods: Iterable[Json], client: KubeClient) -> list[str]:
    """What the run has to remove by itself. Pods that have their Job are removed with it."""
    settings = request.settings
    jobs = [f"Job {settings.namespace}/{job['metadata']['name']}" for job in leftovers(settings, client)]
    left = [*jobs, *(f"Pod {pod_name(pod)}" for pod in pods if is_left_behind(pod))]
    if request.absent:  # otherwise, the run uses the ConfigMap, and removes it at its end
        left += [f"ConfigMap {settings.namespace}/{each['metadata']['name']}" for each in idle_programs(settings, client)]
    return left


@contextmanager
def removed_after(request: ProofRequest, client: KubeClient, run: Run) -> Iterator[Removal]:
    """Remove what the run creates in the context when it is left, however that happens, unless the user keeps it.

    Yields the removal, which says afterwards what stays. Its failure does not hide that of the run.
    """
    removal = Removal()

    def clean_up() -> None:
        try:
            removal.kept = _removed(request, client, run)
        except KubernetesError as error:
            run.writes.note()  # something may be left
            removal.failure = error

    with clean_termination(clean_up):
        yield removal


def _removed(request: ProofRequest, client: KubeClient, run: Run) -> list[str]:
    """Remove what the run has created; what stays."""
    if request.settings.keep:
        run.writes.note()
        return []
    kept = _remove(request.settings, client, run, run.deadline(_REMOVAL_SECONDS), run_only=True, strict=False).reasons
    if kept:
        run.writes.note()
    return kept


def _remove(settings: ProofSettings, client: KubeClient, run: Run, wait: Deadline, *, run_only: bool, strict: bool) -> Staying:
    return remove(settings, client.until(run.deadline(wait.remaining + _REQUEST_SECONDS)), wait, run_only=run_only, strict=strict)
