# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.requests import (
    effective_requests,
    gpu_resources,
    holds_node,
    quantity,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.usage import NodeUsage, requests_of_pod
from hypothesis import given
from hypothesis import strategies as st

from ...builders import GPU, container, pod


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"), (4, "4"), ("0", "0"), ("500m", "0.5"), ("5840m", "5.84"), ("100u", "0.0001"), ("7n", "0.000000007"), ("1k", "1000"),
        ("2M", "2e6"), ("3G", "3e9"), ("1T", "1e12"), ("1P", "1e15"), ("2E", "2e18"), ("1Ki", "1024"), ("57691784Ki", "59076386816"),
        ("2Mi", "2097152"), ("2Gi", "2147483648"), ("1Ti", "1099511627776"), ("1Pi", "1125899906842624"), ("1Ei", "1152921504606846976"),
        ("1e3", "1000"), ("1E3", "1000"), ("1.5Gi", "1610612736"), (".5", "0.5"), ("-1", "-1"),
        ("7Ei", "8070450532247928832"), ("8Ei", "9223372036854775807"), ("9e999", "9223372036854775807"),
        ("-9e999", "-9223372036854775807"),
    ],
)  # fmt: skip
def test_quantity_is_parsed_as_in_kubernetes(text: str | int, value: str) -> None:
    assert quantity(text) == Decimal(value)


@given(st.integers(0, 10**6), st.sampled_from([("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12)]))
def test_decimal_quantity_is_parsed(number: int, suffix: tuple[str, int]) -> None:
    text, exponent = suffix
    assert quantity(f"{number}{text}") == Decimal(number).scaleb(exponent)
    assert quantity(f"{number}e{exponent}") == Decimal(number).scaleb(exponent)


@given(st.integers(0, 7), st.sampled_from(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]))
def test_each_binary_suffix_is_1024_of_the_one_before(number: int, suffix: str) -> None:
    smaller = {"Ki": "", "Mi": "Ki", "Gi": "Mi", "Ti": "Gi", "Pi": "Ti", "Ei": "Pi"}[suffix]
    assert quantity(f"{number}{suffix}") == 1024 * quantity(f"{number}{smaller}")


SIDECAR = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("spec", "units"),
    [
        pytest.param({}, 0, id="no GPU asked for"),
        pytest.param({"containers": [container(1)]}, 1, id="a limit counts as the request"),
        pytest.param({"containers": [container("2")]}, 2, id="a quantity as text"),
        pytest.param({"containers": [{"name": "c", "resources": {"requests": {GPU: 2}, "limits": {GPU: 2}}}]}, 2,
                     id="a request counts once"),
        pytest.param({"containers": [container(1), container(2)]}, 3, id="containers run together"),
        pytest.param({"containers": [{"name": "bare"}]}, 0, id="a container without resources"),
        pytest.param({"containers": [container(1)], "initContainers": [container(4)]}, 4, id="a greedy init container is the peak"),
        pytest.param({"containers": [container(2)], "initContainers": [container(1), container(1)]}, 2, id="init containers run in turn"),
        pytest.param({"containers": [container(1)], "initContainers": [container(1, **SIDECAR)]}, 2, id="a sidecar runs beside"),
        pytest.param({"containers": [container(1)], "initContainers": [container(1, **SIDECAR), container(3)]}, 4,
                     id="an init container runs beside the sidecars before it"),
        pytest.param({"containers": [container(1)], "initContainers": [container(3), container(1, **SIDECAR)]}, 3,
                     id="but not beside the ones after it"),
        pytest.param({"containers": [container(1)], "resources": {"requests": {GPU: 2}}}, 1,
                     id="Kubernetes knows no GPU of the pod as a whole"),
        pytest.param({"containers": [container(1)], "overhead": {GPU: "1"}}, 2, id="overhead is added"),
        pytest.param({"containers": [{"name": "c", "resources": {"limits": {"cpu": "2", "nvidia.com/mig-1g.5gb": 1}}}]}, 0,
                     id="another resource"),
    ],
)  # fmt: skip
def test_requests_of_a_pod_are_the_schedulers(spec: dict[str, Any], units: int) -> None:
    assert effective_requests(pod(**spec)).get(GPU, 0) == units


@given(st.lists(st.integers(0, 8), min_size=1), st.lists(st.tuples(st.integers(0, 8), st.booleans())))
def test_pod_requests_cover_every_phase(together: list[int], init: list[tuple[int, bool]]) -> None:
    made = pod(containers=[container(n) for n in together], initContainers=[container(n, **(SIDECAR if s else {})) for n, s in init])
    sidecars = [n for n, sidecar in init if sidecar]
    moments = [sum(together) + sum(sidecars)]
    for position, (units, _unused) in enumerate(init):
        moments.append(units + sum(n for n, sidecar in init[:position] if sidecar))
    assert effective_requests(made).get(GPU, 0) == max(moments)


def test_every_amount_is_rounded_up_to_thousandths_as_the_api_server_stores_it() -> None:
    made = pod(containers=[{"name": name, "resources": {"requests": {"cpu": "100500u", "memory": "1500u"}}} for name in "ab"])
    assert effective_requests(made) == {"cpu": Decimal("0.202"), "memory": Decimal("0.004")}


CPU = {"requests": {"cpu": "1"}}
INFEASIBLE = {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}


# determineEffectiveRequests of https://github.com/kubernetes/component-helpers/blob/master/resource/helpers.go
@pytest.mark.parametrize(
    ("reported", "conditions", "cpus"),
    [
        pytest.param({}, [], "1", id="nothing reported: what is asked for"),
        pytest.param({"allocatedResources": {"cpu": "2"}}, [], "1", id="an allocation alone is no report"),
        pytest.param({"resources": {}, "allocatedResources": {"cpu": "2"}}, [], "2", id="a report that the container has nothing yet"),
        pytest.param({"resources": {"requests": {"cpu": "3"}}}, [], "3", id="it still has more than it asks for"),
        pytest.param({"resources": {"requests": {"cpu": "500m"}}}, [], "1", id="it has less than it asks for"),
        pytest.param({"resources": {"requests": {"cpu": "500m"}}}, [INFEASIBLE], "0.5", id="and will never get it"),
        pytest.param({"resources": {}}, [INFEASIBLE], "0", id="has nothing and will never get it"),
        pytest.param({"resources": {}}, [{**INFEASIBLE, "reason": "Deferred"}], "1", id="but may get it later"),
    ],
)
def test_while_a_pod_is_resized_the_greater_of_what_it_asks_for_and_has_counts(
    reported: dict[str, Any], conditions: list[dict[str, Any]], cpus: str
) -> None:
    of_container = pod(containers=[{"name": "main", "resources": CPU}])
    of_container["status"] = {"conditions": conditions, "containerStatuses": [{"name": "main", **reported}]}
    of_itself = pod(containers=[{"name": "main"}], resources=CPU)
    of_itself["status"] = {"conditions": conditions, **reported}
    assert [effective_requests(made).get("cpu", 0) for made in (of_container, of_itself)] == [Decimal(cpus)] * 2


@pytest.mark.parametrize(
    ("made", "holds"),
    [
        pytest.param(pod(), True, id="running"),
        pytest.param(pod(phase="Pending"), True, id="bound, still starting"),
        pytest.param(pod(going=True), True, id="terminating"),
        pytest.param(pod(on="", phase="Pending"), False, id="not bound"),
        pytest.param(pod(phase="Succeeded"), False, id="finished well"),
        pytest.param(pod(phase="Failed"), False, id="finished badly"),
    ],
)
def test_pod_holds_its_gpu_from_binding_to_its_end(made: dict[str, Any], holds: bool) -> None:
    assert holds_node(made) is holds


def test_the_pods_that_hold_gpus_are_listed_by_node() -> None:
    pods = [
        pod("train-0", on="a", gpus=1, namespace="team"),
        pod("train-1", on="b", gpus=2),
        pod("train-2", on="a", gpus=1),
        pod("web", on="a"),
        pod("done", on="a", gpus=4, phase="Succeeded"),
        pod("queued", on="", gpus=1),
    ]
    usage = NodeUsage(whole=False)
    for made in pods:
        usage.add(requests_of_pod(made))
    assert usage.of("a").holders == {GPU: [("team/train-0", 1), ("default/train-2", 1)]}
    assert usage.of("b").holders == {GPU: [("default/train-1", 2)]}


def test_gpu_resources_are_found_in_every_form_and_named_once() -> None:
    capacity = {"cpu": "6", GPU: "1", "nvidia.com/mig-1g.5gb": "7"}
    assert gpu_resources(capacity, {GPU: "1", "nvidia.com/gpu.shared": "4"}, None) == [
        GPU,
        "nvidia.com/gpu.shared",
        "nvidia.com/mig-1g.5gb",
    ]
    assert gpu_resources({"cpu": "6", "amd.com/gpu": "1"}) == []
