# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPUs that a pod of a proof holds are neither free nor another's, and a pod that stays is named with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.coverage import Coverage, held_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.findings import JOB_REFUSED, NO_POD, NOT_STARTED
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.offers import NodePlan, Offer
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.own_pods import (
    is_left_behind,
    is_own,
    without_leftovers,
    without_own,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import PROVEN, DeviceVerdict
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding, finding
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK, PROOF_LABEL
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.job import CONTROLLER_UID, JOB_NAME
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.leftovers import name_taken, why_it_stays, why_job_stays

from ...builders import GPU, GPU_NODE

LEFT = {**MARK, PROOF_LABEL: "0a1b2c3d4e", JOB_NAME: "gpu-proof-0a1b2c3d4e", CONTROLLER_UID: "5f0e"}
OWN, OTHER = "default/gpu-proof-0a1b2c3d4e-x7k2p", "team/train-0"


def own_pod(gpus: int = 1, node: str = GPU_NODE, **metadata: Any) -> dict[str, Any]:
    namespace, _slash, name = OWN.partition("/")
    container = {"name": "proof", "resources": {"limits": {GPU: str(gpus)}}}
    return {
        "metadata": {
            "namespace": namespace, "name": name, "generateName": "gpu-proof-0a1b2c3d4e-", "labels": {**MARK, PROOF_LABEL: "0a1b2c3d4e"},
            "ownerReferences": [{"kind": "Job", "name": "gpu-proof-0a1b2c3d4e", "controller": True}], **metadata,
        },
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"phase": "Running"},
    }  # fmt: skip


def plan(offer: Offer) -> NodePlan:
    return NodePlan(GPU_NODE, "gpunp", "Tesla T4", (), (offer,))


def examples() -> list[Finding]:
    """The findings about what is in a proof's way, for docs/diagnosis.md."""
    (held,) = without_own([plan(Offer(GPU, 2, 1, 1, (OWN,)))], [own_pod()])
    (ending,) = without_own([plan(Offer(GPU, 2, 1, 1, (OWN,)))], [own_pod(deletionTimestamp="2026-11-29T05:00:00Z")])
    quota = "Creating jobs/gpu-proof-0123456789: the API server returned Forbidden: exceeded quota: one, limited: count/jobs.batch=1"
    job, start = "default/gpu-proof-0123456789", 'StartError, exit code 128: exec: "python3": executable file not found in $PATH'
    return [
        *held.findings,
        *ending.findings,
        finding(JOB_REFUSED, [(job, quota)]),
        finding(NO_POD, [(job, "the Job has no pod")]),
        finding(NOT_STARTED, [(job, start)]),
    ]


@pytest.mark.parametrize(
    ("before", "asked", "held", "holders"),
    [
        (Offer(GPU, 4, 2, 2, (OWN, OTHER)), 3, 1, (OTHER,)),
        (Offer(GPU, 4, 2, 2, (OWN,)), 3, 1, ()),
        (Offer(GPU, 1, 0, 1, (OWN,), shared=True), 1, 0, ()),
        (Offer(GPU, 1, 0, 1, (OWN, OTHER), shared=True), 0, 1, (OWN, OTHER)),
        (Offer(GPU, 2, 2), 2, 0, ()),
    ],
    ids=["another's, too", "only its own", "a share", "shared with another", "nothing left"],
)
def test_what_an_earlier_run_has_left_is_free_when_it_is_gone(before: Offer, asked: int, held: int, holders: tuple[str, ...]) -> None:
    (after,) = without_leftovers([plan(before)], [own_pod(1)])
    (offer,) = after.offers
    assert (offer.asked, offer.held, offer.holders) == (asked, held, holders)


@pytest.mark.parametrize(
    ("before", "gpus", "held", "holders"),
    [
        (Offer(GPU, 4, 2, 2, (OWN, OTHER)), 1, 1, (OTHER,)),
        (Offer(GPU, 4, 2, 2, (OWN,)), 2, 0, ()),
        (Offer(GPU, 1, 0, 1, (OWN, OTHER), shared=True), 1, 0, (OTHER,)),
        (Offer(GPU, 2, 0, 1, (OWN,)), 1, 0, ()),  # a node that is not Ready
    ],
    ids=["another's, too", "only its own", "shared", "out of reach"],
)
def test_own_pod_is_not_another_that_holds(before: Offer, gpus: int, held: int, holders: tuple[str, ...]) -> None:
    (after,) = without_own([plan(before)], [own_pod(gpus)])
    (offer,) = after.offers
    assert (offer.held, offer.holders, offer.asked, offer.capacity) == (held, holders, before.asked, before.capacity)
    (found,) = after.findings
    assert (found.code, found.severity, found.subjects) == ("GpuHeldByProof", "error", (GPU_NODE,))
    assert OWN in found.evidence


@pytest.mark.parametrize(
    ("metadata", "replaced"),
    [({}, False), ({"deletionTimestamp": "2026-11-29T05:00:00Z"}, True)],
    ids=["runs", "is being deleted"],
)
def test_node_is_replaced_only_for_a_pod_that_does_not_go(metadata: dict[str, Any], replaced: bool) -> None:
    (after,) = without_own([plan(Offer(GPU, 2, 1, 1, (OWN,)))], [own_pod(**metadata)])
    (found,) = after.findings
    assert found.code == "GpuHeldByProof"
    assert ("delete-machines" in found.explanation.remedy) is replaced
    assert ("state: absent" in found.explanation.remedy) is not replaced


@pytest.mark.parametrize(
    ("metadata", "own"),
    [
        ({}, True),
        ({"labels": {PROOF_LABEL: "abc"}}, False),
        ({"labels": MARK}, False),
        ({"labels": None}, False),
        ({"ownerReferences": []}, False),
        ({"ownerReferences": [], "labels": LEFT}, True),
        ({"ownerReferences": None, "labels": {**LEFT, JOB_NAME: "train"}}, False),
        ({"ownerReferences": [], "labels": {name: value for name, value in LEFT.items() if name != CONTROLLER_UID}}, False),
        ({"ownerReferences": [], "labels": {name: value for name, value in LEFT.items() if name not in MARK}}, False),
        ({"ownerReferences": [{"kind": "ReplicaSet", "name": "train", "controller": True}], "labels": LEFT}, False),
        ({"ownerReferences": [{"kind": "ReplicaSet", "name": "gpu-proof-0a1b2c3d4e", "controller": True}]}, False),
        ({"ownerReferences": [{"kind": "Job", "name": "train", "controller": True}]}, False),
        ({"ownerReferences": [{"kind": "Job", "name": "gpu-proof-0a1b2c3d4e"}]}, False),
    ],
    ids=[
        "a proof's",
        "no mark",
        "no label",
        "no labels",
        "no owner",
        "its Job was deleted without it",
        "that of another Job was",
        "not by the Job controller",
        "without the mark",
        "taken over",
        "of a ReplicaSet",
        "of another Job",
        "not its controller",
    ],
)
def test_only_a_pod_that_a_job_of_a_proof_has_made_is_own(metadata: dict[str, Any], own: bool) -> None:
    assert is_own(own_pod(**metadata)) is own


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        ({}, False),
        ({"ownerReferences": [], "labels": LEFT}, True),
        ({"ownerReferences": [], "labels": LEFT, "deletionTimestamp": "2026-11-29T05:00:00Z"}, False),
        ({"ownerReferences": [], "labels": LEFT, "name": "copy", "generateName": None}, False),
        ({"ownerReferences": [], "labels": LEFT, "name": "gpu-proof-0a1b2c3d4e-copy"}, False),
    ],
    ids=["has its Job", "has none", "is being deleted", "copied by kubectl debug", "copied with its metadata"],
)
def test_pod_without_its_job_is_deleted_itself(metadata: dict[str, Any], left: bool) -> None:
    assert is_left_behind(own_pod(**metadata)) is left


@pytest.mark.parametrize("pods", [[], [own_pod(node="another")], [{**own_pod(), "status": {"phase": "Failed"}}]])
def test_node_without_an_own_pod_stays_as_it_is(pods: list[dict[str, Any]]) -> None:
    before = plan(Offer(GPU, 2, 1, 1, (OTHER,)))
    assert without_own([before], pods) == [before]


@pytest.mark.parametrize(("pods", "code"), [([], None), ([own_pod()], "GpuHeldByProof")])
def test_gpu_that_an_own_pod_holds_is_not_accepted(pods: list[dict[str, Any]], code: str | None) -> None:
    plans = without_own([plan(Offer(GPU, 2, 1, 1, (OWN,)))], pods)
    coverage = Coverage(plans, [DeviceVerdict(GPU_NODE, GPU, PROVEN), *held_of(plans)])
    short = coverage.shortfall("free")
    assert (short and short.code) == code


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "kubectl delete pod gpu-proof-0a1b2c3d4e-x7k2p --namespace default"),
        ({"deletionTimestamp": "2026-11-29T05:00:00Z", "finalizers": ["example.com/held"]}, "the finalizers example.com/held. Check"),
        ({"deletionTimestamp": "2026-11-29T05:00:00Z"}, f"has not ended its container. Check it with 'kubectl describe node {GPU_NODE}'"),
    ],
)
def test_pod_that_stays_is_named_with_the_reason(metadata: dict[str, Any], said: str) -> None:
    text = why_it_stays(own_pod(**metadata))
    assert OWN in text
    assert GPU_NODE in text
    assert said in text


@pytest.mark.parametrize(
    ("finalizers", "said"),
    [
        (["example.com/held"], "has the finalizers example.com/held. Check the controllers"),
        (["example.com/held"], "'kubectl edit job gpu-proof-0a1b2c3d4e --namespace default'"),
        ([], "has not removed it yet"),
    ],
)
def test_job_that_stays_is_named_with_the_reason(finalizers: list[str], said: str) -> None:
    metadata = {"namespace": "default", "name": "gpu-proof-0a1b2c3d4e", "deletionTimestamp": "2026-11-29T05:00:00Z"}
    text = why_job_stays({"metadata": {**metadata, "finalizers": finalizers}})
    assert text.startswith("Job default/gpu-proof-0a1b2c3d4e: ")
    assert said in text


def test_job_that_has_the_name_is_told_with_its_finalizers_or_with_its_removal() -> None:
    metadata = {"namespace": "team", "name": "train"}
    assert "'kubectl delete job train --namespace team'" in name_taken("JobRefused", {"metadata": metadata}).remedy
    going = {**metadata, "deletionTimestamp": "2026-11-29T05:00:00Z", "finalizers": ["example.com/held"]}
    assert "has the finalizers example.com/held" in name_taken("JobRefused", {"metadata": going}).cause
