# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Jobs and the ConfigMap of a proof: one Job for each resource of a node, held to the node, with the program mounted into it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..._proof.limits import MOST_PATIENCE
from ..nodes.taints import Taint, toleration_for
from ..shared.mappings import Json
from ..shared.ownership import MARK, PROOF_LABEL
from .offers import NodePlan, Offer

JOB_PREFIX = "gpu-proof-"
RUN_LABEL = "gpuops.aks/proof-run"
PROGRAM_LABELS = {**MARK, "gpuops.aks/proof-program": "true"}
_DIRECTORY = "/opt/gpuops"
_USER = 65532
_NAME_DIGITS = 10
# How long a pod may need until its program runs: its image is pulled, and the node has other work.
START_SECONDS = 600
# Besides the devices, the program enumerates them, measures between them and keeps them at work, each within a device's time.
_OTHER_STEPS = 3
_TTL_SECONDS = 3600
_GRACE_SECONDS = 1
# The program locks 128 MiB of the memory for the copies. There are no limits of cpu and memory: throttling would lower the figures that are
# compared with floors, and what CUDA takes of the host grows with the node's GPUs, so a limit that is too low would fail good ones.
REQUESTS = {"cpu": "50m", "memory": "256Mi"}
# A cordoned node is proven, also one that is cordoned when the proof has begun.
_CORDON = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
DEVICE_SECONDS = {"smoke": 60, "train": 180, "stress": 240}
_DOWNWARD = {"NODE_NAME": "spec.nodeName", "POD_NAME": "metadata.name", "POD_UID": "metadata.uid"}


@dataclass(frozen=True)
class ProofSettings:
    """What the Jobs of a run have in common.

    Args:
        identity: What tells this proof's objects from those of another selection.
        nonce: The number that this run has drawn.
        seconds: How long one device may take.
        load_seconds: How long all devices of a Job work at its end, so that exporters show it; 0 for no load.
        keep: Whether Kubernetes keeps the Jobs.
    """

    namespace: str
    identity: str
    nonce: str
    level: str
    seconds: int
    image: str
    image_pull_policy: str
    image_pull_secrets: Sequence[str] = ()
    keep: bool = False
    load_seconds: int = 0

    @property
    def labels(self) -> dict[str, str]:
        """What everything that the run creates is found by."""
        return {**MARK, PROOF_LABEL: self.identity, RUN_LABEL: self.nonce[:_NAME_DIGITS]}


@dataclass(frozen=True)
class ProofJob:
    """One Job: which node, how many units of which resource it requests, and whether these are MIG slices."""

    name: str
    node: str
    resource: str
    asked: int
    taints: tuple[Taint, ...] = field(default=(), compare=False)
    sliced: bool = False
    node_uid: str = field(default="", compare=False)

    def facts(self) -> dict[str, Any]:
        """The form in which the module returns it."""
        return {"name": self.name, "node": self.node, "resource": self.resource, "gpus": self.asked}


def identity_of(namespace: str, pool: str, nodes: Sequence[str], selector: str) -> str:
    """The identity of a selection: a later run with the same one removes what this one leaves."""
    return _digest(namespace, pool, ",".join(sorted(nodes)), selector)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_NAME_DIGITS]


def jobs_of(plan: NodePlan, settings: ProofSettings) -> list[ProofJob]:
    """The Jobs that prove a node."""
    return [
        ProofJob(_job_name(settings, plan, offer), plan.name, offer.resource, offer.asked, plan.taints, offer.sliced, plan.uid)
        for offer in plan.offers
        if offer.asked
    ]


def _job_name(settings: ProofSettings, plan: NodePlan, offer: Offer) -> str:
    return f"{JOB_PREFIX}{_digest(settings.identity, plan.name, offer.resource)}"


def config_map(files: Mapping[str, str], settings: ProofSettings) -> dict[str, Any]:
    """The ConfigMap with the program's files, named by their content, so that no run finds another program under its name."""
    text = "".join(f"{name}\0{files[name]}\0" for name in sorted(files))
    name = f"gpu-proof-{hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]}"
    metadata = {"name": name, "namespace": settings.namespace, "labels": dict(PROGRAM_LABELS)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "immutable": True, "data": dict(files)}


def owner_of(job: Json) -> dict[str, Any]:
    """The reference by which a ConfigMap goes when its last Job has gone."""
    metadata = job["metadata"]
    return {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}


def job_manifest(job: ProofJob, settings: ProofSettings, program: str) -> dict[str, Any]:
    """The Job to create. It holds PodSecurity's level restricted.

    Args:
        job: What it proves.
        settings: What all Jobs have in common.
        program: The name of the ConfigMap.
    """
    spec: dict[str, Any] = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": START_SECONDS + MOST_PATIENCE * (settings.seconds * (job.asked + _OTHER_STEPS) + settings.load_seconds),
        "template": {"metadata": {"labels": settings.labels}, "spec": _pod_spec(job, settings, program)},
    }
    if not settings.keep:
        spec["ttlSecondsAfterFinished"] = _TTL_SECONDS
    metadata = {"name": job.name, "namespace": settings.namespace, "labels": settings.labels}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _pod_spec(job: ProofJob, settings: ProofSettings, program: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "affinity": _held_to(job.node),
        "tolerations": [toleration_for(taint) for taint in dict.fromkeys((*job.taints, _CORDON))],
        "containers": [_container(job, settings)],
        "volumes": [{"name": "proof", "configMap": {"name": program}}],
    }
    if settings.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    return spec


def _held_to(node: str) -> dict[str, Any]:
    """The affinity for one node, by its name and not by a label that anyone can change."""
    field_of_name = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field_of_name]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _container(job: ProofJob, settings: ProofSettings) -> dict[str, Any]:
    """The program. Only the device plugin sets NVIDIA_VISIBLE_DEVICES: set here, it could show GPUs that the pod was not given."""
    downward = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in _DOWNWARD.items()]
    return {
        "name": job.name,
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "workingDir": _DIRECTORY,
        "command": ["python3", "-B", "-m", "proof.main"],
        "args": _arguments(settings),
        "env": [{"name": "NVIDIA_DRIVER_CAPABILITIES", "value": "compute,utility"}, *downward],
        "resources": {"limits": {job.resource: str(job.asked)}, "requests": dict(REQUESTS)},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "proof", "mountPath": f"{_DIRECTORY}/proof", "readOnly": True}],
    }


def _arguments(settings: ProofSettings) -> list[str]:
    load = ["--load-seconds", str(settings.load_seconds)] if settings.load_seconds else []
    return ["--level", settings.level, "--nonce", settings.nonce, "--timeout", str(settings.seconds), *load]
