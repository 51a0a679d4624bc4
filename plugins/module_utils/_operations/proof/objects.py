# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The objects of a proof in the cluster: creates the program's ConfigMap and the Jobs, and removes what this run or an earlier one made."""

from __future__ import annotations

from http import HTTPStatus
from typing import Collection, NamedTuple, Sequence

from ..._clock import Deadline
from ..._core.proof.jobs import PROGRAM_LABELS, RUN_LABEL, ProofSettings, owner_of
from ..._core.proof.own_pods import is_left_behind, is_own
from ..._core.scheduling.pods import pod_name
from ..._core.shared.mappings import Json
from ..._core.shared.ownership import MARK, PROOF_LABEL
from ..._core.workload.leftovers import why_it_stays, why_job_stays
from ..._errors import KubernetesError, RefusedError, WaitTimeoutError
from ..._kube.client import KubeClient
from ..._kube.mirror import await_gone
from ..._kube.resources import CONFIG_MAPS, JOBS, PODS
from ..._kube.watch import Watched
from ..jobs.left_pods import KeptPod, delete_allowed_pods

_TRIES = 5


def selector_of(settings: ProofSettings, *, run_only: bool) -> str:
    """The label selector of the Jobs and pods of this run, or of every run with the same selection of nodes."""
    return ",".join(f"{name}={settings.labels[name]}" for name in (*MARK, PROOF_LABEL, *([RUN_LABEL] if run_only else [])))


def is_left_by(settings: ProofSettings, pod: Json) -> bool:
    """Whether a pod is of a run with the same selection of nodes, which a new one removes."""
    place = (pod["metadata"]["namespace"], (pod["metadata"].get("labels") or {}).get(PROOF_LABEL))
    return place == (settings.namespace, settings.identity)


class Program:
    """The ConfigMap with the program: Kubernetes removes it with the last Job that is its owner.

    Args:
        manifest: The ConfigMap.
        client: The API server.
    """

    def __init__(self, manifest: Json, client: KubeClient) -> None:
        self._manifest = manifest
        self._client = client

    @property
    def name(self) -> str:
        """Its name, which depends on its content."""
        return str(self._manifest["metadata"]["name"])

    def ensure(self) -> Json:
        """The ConfigMap, created if there is none: another run of the same version may have created it.

        Raises KubernetesError, and RefusedError for one with another program, which could report anything.
        """
        live = self._find() or self._create()
        if live.get("data") != self._manifest["data"] or not live.get("immutable"):
            raise RefusedError(
                f"The ConfigMap {live['metadata']['namespace']}/{self.name} does not contain the proof program.",
                code="ProgramDiffers",
                cause="Someone else created a ConfigMap of this name, or an admission policy changes ConfigMaps.",
                remedy="Delete the ConfigMap, or use another namespace.",
            )
        return live

    def _create(self) -> Json:
        try:
            return self._client.create(CONFIG_MAPS, self._manifest)
        except KubernetesError as error:
            live = self._find() if error.status == HTTPStatus.CONFLICT else None
            if live is None:
                raise
            return live

    def add_owner(self, job: Json) -> None:
        """Make the Job one of its owners. Raises KubernetesError."""
        for left in reversed(range(_TRIES)):
            live = self.ensure()
            owners = live["metadata"].get("ownerReferences") or ()
            version = {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}
            patch = {"op": "add", "path": "/metadata/ownerReferences", "value": [*owners, owner_of(job)]}
            try:
                self._client.json_patch(CONFIG_MAPS, live, [version, patch])
                return
            except KubernetesError as error:
                if error.status not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY) or not left:
                    raise

    def _find(self) -> Json | None:
        return self._client.find(CONFIG_MAPS, self.name, self._manifest["metadata"]["namespace"])


def leftovers(settings: ProofSettings, client: KubeClient) -> list[Json]:
    """The Jobs of earlier runs with the same selection of nodes. Raises KubernetesError."""
    return client.list(JOBS, namespace=settings.namespace, labelSelector=selector_of(settings, run_only=False))


def pods_left(settings: ProofSettings, client: KubeClient, *, run_only: bool) -> list[Json]:
    """The pods of this run, or of every run with the same selection of nodes. Raises KubernetesError."""
    return list(filter(is_own, client.list(PODS, namespace=settings.namespace, labelSelector=selector_of(settings, run_only=run_only))))


def pods_of_proofs(client: KubeClient) -> list[Json]:
    """The pods of every proof in the cluster. Raises KubernetesError."""
    return list(filter(is_own, client.list(PODS, labelSelector=PROOF_LABEL)))


class Staying(NamedTuple):
    """What a removal leaves: the reasons, and the names of the pods that it was not allowed to touch."""

    reasons: list[str]
    untouched: frozenset[str] = frozenset()


def remove(settings: ProofSettings, client: KubeClient, deadline: Deadline, *, run_only: bool, strict: bool) -> Staying:
    """Remove the Jobs with their pods, and ConfigMaps that no Job needs; what has not gone in time, and why. Raises KubernetesError.

    The pods of a node that does not respond stay until it is back or removed.

    Args:
        settings: The run.
        client: The API server, whose deadline is later.
        deadline: How long to wait.
        run_only: Whether to remove only what this run has created.
        strict: Whether a pod that a Job has left and that the user may not delete is an error.
    """
    kept: list[KeptPod] = []
    selector, what = selector_of(settings, run_only=run_only), f"A Job of gpu_proof in {settings.namespace}, or its pod"
    client.delete_all(JOBS, settings.namespace, labelSelector=selector)
    try:
        # Only when a Job has gone is it known which pods it leaves behind.
        await_gone(client, [Watched("jobs", JOBS, settings.namespace, label_selector=selector)], deadline, what=what)
        kept = _delete_left(settings, client, run_only=run_only, strict=strict)
        await_gone(client, [_waited_for(settings, selector, kept)], deadline, what=what)
    except WaitTimeoutError:
        return _with_kept(_why_not_gone(settings, client, kept, run_only=run_only), kept)
    finally:
        remove_programs(settings, client)
    return _with_kept([], kept)


def _delete_left(settings: ProofSettings, client: KubeClient, *, run_only: bool, strict: bool) -> list[KeptPod]:
    """Delete the pods that Jobs have left; those that the user may not delete."""
    left = list(filter(is_left_behind, pods_left(settings, client, run_only=run_only)))
    kept = delete_allowed_pods(left, client)
    if strict and kept:
        kept[0].error.facts = {"kept": [each.reason for each in kept]}
        raise kept[0].error
    return kept


def _waited_for(settings: ProofSettings, selector: str, kept: Collection[KeptPod]) -> Watched:
    """The pods that go: a wait for one that was not deleted would last to its end."""
    untouched = _uids(kept)

    def goes(pod: Json) -> bool:
        return is_own(pod) and pod["metadata"]["uid"] not in untouched

    return Watched("pods", PODS, settings.namespace, label_selector=selector, keep=goes)


def _why_not_gone(settings: ProofSettings, client: KubeClient, kept: Collection[KeptPod], *, run_only: bool) -> list[str]:
    """What was deleted and has not gone in time, and why."""
    jobs = client.list(JOBS, namespace=settings.namespace, labelSelector=selector_of(settings, run_only=run_only))
    pods = [pod for pod in pods_left(settings, client, run_only=run_only) if pod["metadata"]["uid"] not in _uids(kept)]
    return [*map(why_job_stays, jobs), *map(why_it_stays, pods)]


def _with_kept(not_gone: Sequence[str], kept: Collection[KeptPod]) -> Staying:
    return Staying([*not_gone, *(each.reason for each in kept)], frozenset(pod_name(each.pod) for each in kept))


def _uids(kept: Collection[KeptPod]) -> set[str]:
    return {each.pod["metadata"]["uid"] for each in kept}


def remove_programs(settings: ProofSettings, client: KubeClient) -> None:
    """Remove the program's ConfigMaps that no Job needs. Raises KubernetesError."""
    for each in idle_programs(settings, client):
        _remove_unchanged(each, client)


def idle_programs(settings: ProofSettings, client: KubeClient) -> list[Json]:
    """The program's ConfigMaps that have no Job as an owner, also those of another version. Raises KubernetesError."""
    selector = ",".join(f"{name}={value}" for name, value in PROGRAM_LABELS.items())
    live = {job["metadata"]["uid"] for job in client.list(JOBS, namespace=settings.namespace, labelSelector=PROOF_LABEL)}
    programs = client.list(CONFIG_MAPS, namespace=settings.namespace, labelSelector=selector)
    return [each for each in programs if not live & _owners(each)]


def _owners(config_map: Json) -> set[str]:
    references: Sequence[Json] = config_map["metadata"].get("ownerReferences") or ()
    return {str(owner.get("uid")) for owner in references}


def _remove_unchanged(config_map: Json, client: KubeClient) -> None:
    """Remove a ConfigMap unless a Job has become its owner meanwhile."""
    metadata = config_map["metadata"]
    try:
        client.delete(CONFIG_MAPS, metadata["name"], metadata["namespace"], uid=metadata["uid"], version=metadata["resourceVersion"])
    except KubernetesError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
