# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.unit.lab.arm_calls import CLUSTER, GROUP, POOL, SUBSCRIPTION, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool

AKS = f"{SUBSCRIPTION}/providers/Microsoft.ContainerService"
OPERATION = f"{AKS}/locations/eastus/operations/11111111-1111-1111-1111-111111111111"

# What AKS' documentation says: burst, and simulated seconds for one more.
LIMITS = [
    ("PUT", POOL, 20, 60),
    ("PUT", CLUSTER, 20, 60),
    ("GET", CLUSTER, 60, 1),
    ("GET", f"{GROUP}/providers/Microsoft.ContainerService/managedClusters", 60, 1),
    ("GET", f"{AKS}/managedClusters", 500, 1),
    ("GET", OPERATION, 200, 0.5),
    ("GET", POOL, 60, 1),
    ("DELETE", POOL, 60, 1),
]


@pytest.fixture
def lab() -> Lab:
    lab = Lab(speed=1).with_cluster()
    lab.state.throttle.factor = 1
    return lab


@pytest.mark.parametrize(("method", "url", "burst", "refill_s"), LIMITS)
def test_a_bucket_holds_its_burst_and_refills_at_its_rate(lab: Lab, method: str, url: str, burst: int, refill_s: float) -> None:
    throttle = lab.state.throttle
    assert [throttle.wait_s(method, url) for _request in range(burst)] == [0.0] * burst
    assert throttle.wait_s(method, url) == pytest.approx(refill_s)
    lab.advance(refill_s / 2)
    assert throttle.wait_s(method, url) == pytest.approx(refill_s / 2)
    lab.advance(refill_s)
    assert throttle.wait_s(method, url) == 0.0
    assert throttle.wait_s(method, url) > 0


def test_throttled_caller_gets_retry_after(lab: Lab) -> None:
    caller = Caller(lab)
    for _request in range(20):
        caller.send("PUT", POOL, {"properties": gpu_pool()})
    reply = caller.send("PUT", POOL, {"properties": gpu_pool()})
    assert (reply.status, reply.headers["Retry-After"]) == (429, "60")
    assert isinstance(reply.body, dict)
    assert reply.body["code"] == "Throttled"


def test_pools_have_a_bucket_each_whatever_the_spelling(lab: Lab) -> None:
    for _request in range(20):
        lab.state.throttle.wait_s("PUT", POOL)
    assert lab.state.throttle.wait_s("PUT", POOL.lower()) > 0
    assert lab.state.throttle.wait_s("PUT", POOL.replace("gpunp", "other")) == 0.0


def test_other_providers_have_no_bucket_here(lab: Lab) -> None:
    assert [lab.state.throttle.wait_s("GET", GROUP) for _request in range(1000)] == [0.0] * 1000


def test_the_limits_can_be_widened_and_lifted(lab: Lab) -> None:
    caller = Caller(lab)
    caller.tell("settings", {"throttling": 2})
    assert [lab.state.throttle.wait_s("PUT", POOL) for _request in range(41)].index(30.0) == 40
    caller.tell("settings", {"throttling": None})
    assert lab.state.throttle.wait_s("PUT", POOL) == 0.0


@pytest.mark.parametrize(("speed", "seconds"), [(1, 60), (7, 9), (100_000, 1)])
def test_retry_after_is_in_the_clients_seconds(speed: float, seconds: int) -> None:
    lab = Lab(speed=speed)
    lab.state.throttle.factor = 1
    for _request in range(20):
        lab.state.throttle.wait_s("PUT", POOL)
    assert lab.state.throttle.retry_after_s("PUT", POOL) == seconds
