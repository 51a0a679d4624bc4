# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we say of a pod's chances, beside what the real kube-scheduler did with it, in random worlds of a few nodes each.

GPUOPS_SEED repeats a run, or tries another one; the first part of a case's name is the number of its world.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import Fit, PodDemand, fit, why_pending
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.requests import effective_requests

from tests.integration.conftest import new_lab
from tests.integration.plugins.random_clusters import GPUS
from tests.integration.plugins.real_scheduler import Case, decisions
from tests.unit.plugins.builders import gpu_nodes

pytestmark = pytest.mark.lab

SEED = os.environ.get("GPUOPS_SEED", "2026")
WORLDS, ROUNDS = 210, 5
_SHOWN = 3
_CORDONED, _TAINTED = "node(s) were unschedulable", "node(s) had untolerated taint(s)"
_NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
_CROWDED = "Too many pods"
_ABOUT_TAINTS = ("it is not Ready", "its kubelet does not answer", "the pod doesn't tolerate its taint ")
_SHORT_OF = re.compile(r"\S+ (?P<resource>\S+) asked for, ")


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest) -> Iterator[list[Case]]:
    """What the scheduler of a lab of its own did."""
    with new_lab(request, "2026") as lab:
        yield decisions(lab, SEED, worlds=WORLDS, rounds=ROUNDS)


def ours(case: Case) -> Fit:
    """What we say of the case."""
    return fit(case.pod["spec"], gpu_nodes(case.nodes, case.bound, GPUS[0]))


def of_the_first_filter(node: dict[str, Any], why: Sequence[str]) -> list[str]:
    """What the scheduler says of a node of which we say this: only the reasons of the filter that comes first."""
    first = why[0]
    if first == "it is cordoned":
        return [_CORDONED if node["spec"].get("unschedulable") else _TAINTED]
    if first.startswith(_ABOUT_TAINTS):
        return [_TAINTED]
    if first.startswith("it doesn't match the pod's "):
        return [_NOT_SELECTED]
    return [_CROWDED if text.startswith("it has its ") else f"Insufficient {_resource(text)}" for text in why]


def _resource(text: str) -> str:
    match = _SHORT_OF.match(text)
    assert match is not None, text
    return match["resource"]


def disagreement(case: Case) -> str:
    """In what we and the scheduler differ, "" for nothing."""
    said = ours(case)
    if case.gated:
        return "" if all(map(_names_the_gate, said.nodes.values())) else "the pod is gated"
    if case.chosen:
        return f"the scheduler took {case.chosen}" if said.nodes.get(case.chosen) else ""
    if said.fits:
        return f"the scheduler took none: {dict(case.reasons)}"
    counts = Counter(reason for node in case.nodes for reason in of_the_first_filter(node, said.nodes[node["metadata"]["name"]]))
    return "" if counts == case.reasons else f"the scheduler counted {dict(case.reasons)}, we {dict(counts)}"


def _names_the_gate(why: Sequence[str]) -> bool:
    return bool(why) and why[0].startswith("the pod has the scheduling gate ")


def shown(case: Case) -> str:
    """A case with all that decides it."""
    world = {
        "nodes": [{"labels": node["metadata"].get("labels"), **node["spec"], **node["status"]["allocatable"]} for node in case.nodes],
        "bound": [{**pod["spec"], "status": pod.get("status")} for pod in case.bound],
        "pod": case.pod["spec"],
    }
    return f"{case.title}: {disagreement(case)}\nwe say: {ours(case).facts()}\n{json.dumps(world)}"


def test_our_verdict_on_a_pod_is_the_schedulers(cases: list[Case]) -> None:
    assert len(cases) == WORLDS * ROUNDS
    wrong = [case for case in cases if disagreement(case)]
    assert not wrong, "\n\n".join([f"GPUOPS_SEED={SEED}: {len(wrong)} of {len(cases)} cases", *map(shown, wrong[:_SHOWN])])


def explained(case: Case, resource: str) -> list[str]:
    """Why we say that the pod pends, of one GPU resource that it asks for."""
    nodes = gpu_nodes(case.nodes, case.bound, resource)
    asked = PodDemand(case.pod["spec"], resource, int(effective_requests(case.pod).get(resource, 0)))
    return [finding.explanation.cause for finding in why_pending(case.title, asked, nodes)]


def test_no_pod_that_found_a_node_is_explained_as_pending(cases: list[Case]) -> None:
    asking = [(case, resource) for case in cases for resource in GPUS if int(effective_requests(case.pod).get(resource, 0))]
    assert sum(bool(case.chosen) for case, _unused in asking) > 50
    assert sum(bool(explained(case, resource)) for case, resource in asking) > 100
    wrong = [f"{shown(case)}\n{why}" for case, resource in asking if case.chosen and (why := explained(case, resource))]
    assert not wrong, "\n\n".join([f"GPUOPS_SEED={SEED}", *wrong[:_SHOWN]])


def test_every_filter_has_decided_some_cases(cases: list[Case]) -> None:
    decided = Counter(reason for case in cases for reason in case.reasons)
    expected = [_CORDONED, _TAINTED, _NOT_SELECTED, _CROWDED, *(f"Insufficient {name}" for name in ("cpu", "memory", *GPUS))]
    assert not [reason for reason in expected if decided[reason] < 10], decided
    assert sum(bool(case.chosen) for case in cases) > len(cases) // 5
    assert any(case.gated for case in cases)


def test_pods_in_every_state_were_on_the_nodes(cases: list[Case]) -> None:
    bound = [pod for case in cases for pod in case.bound]
    assert {pod["status"]["phase"] for pod in bound} == {"Pending", "Running", "Succeeded", "Failed"}
    assert any(pod["metadata"].get("deletionTimestamp") for pod in bound)
    reported = [each for pod in bound for each in (pod["status"], *pod["status"].get("containerStatuses", ()))]
    assert sum("resources" in each for each in reported) > 100
    assert sum("overhead" in pod["spec"] for pod in bound) > 100


def test_requests_are_the_same_before_and_after_the_api_servers_defaults(cases: list[Case]) -> None:
    plain = [case for case in cases if "overhead" not in case.pod["spec"]]
    assert len(plain) > len(cases) // 2
    differ = [case for case in plain if _asked(case.submitted) != _asked(case.pod)]
    assert not differ, "\n\n".join(f"{case.title}: {each['spec']}" for case in differ[:_SHOWN] for each in (case.submitted, case.pod))


def _asked(pod: dict[str, Any]) -> dict[str, Any]:
    return {name: amount for name, amount in effective_requests(pod).items() if amount}
