# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A stopped pool as Azure answers it: count 0, and the old count comes back when it is started with that 0 (recorded in azure-cli's
# test_aks_nodepool_stop_and_start of 2024 and 2025).

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import pool_facts

from ...builders import Json
from ...pool_builders import autoscaled, desired, live_pool, plan

STOPPED, RUNNING = {"code": "Stopped"}, {"code": "Running"}
BY_HAND = live_pool(count=0, powerState=STOPPED)
AUTOSCALED = autoscaled(count=0, powerState=STOPPED)
SCALES = {"enableAutoScaling": True, "minCount": 1, "maxCount": 3}


@pytest.mark.parametrize(
    ("named", "live"),
    [
        pytest.param({"count": 2, "powerState": STOPPED}, BY_HAND, id="described as stopped"),
        pytest.param({"count": 2}, BY_HAND, id="nothing said of power"),
        pytest.param({"count": 2}, live_pool(count=0, powerState={"code": "stopped"}), id="in another case"),
        pytest.param({**SCALES, "powerState": STOPPED}, AUTOSCALED, id="autoscaled, described as stopped"),
        pytest.param({**SCALES, "count": 1}, AUTOSCALED, id="autoscaled, nothing said of power"),
        pytest.param({"count": 2}, AUTOSCALED, id="the autoscaler's, nothing said of it"),
    ],
)
def test_stopped_pool_stays_stopped(named: Json, live: Json) -> None:
    assert not plan(desired(**named), live).change.changed


@pytest.mark.parametrize(
    ("named", "live", "sent"),
    [
        pytest.param({}, BY_HAND, 0, id="as many nodes as it had"),
        pytest.param({"count": 2}, BY_HAND, 2, id="as many as named"),
        pytest.param({**SCALES, "count": 1}, AUTOSCALED, 0, id="the autoscaler's count"),
        pytest.param(SCALES, AUTOSCALED, 0, id="the autoscaler's count, none named"),
    ],
)
def test_start_sends_the_previous_count(named: Json, live: Json, sent: int) -> None:
    made = plan(desired(**named, powerState=RUNNING), live)
    assert made.body["properties"]["powerState"] == RUNNING
    assert made.body["properties"]["count"] == sent
    nodes = sent or 2  # 0 stands for what it had
    started = {**live, "properties": {**made.body["properties"], "count": nodes}}
    assert not plan(desired(**named, powerState=RUNNING), started).change.changed


def test_pool_being_stopped_keeps_its_count() -> None:
    wish = desired(count=3, powerState=STOPPED)
    made = plan(wish, live_pool(count=2))
    assert made.change.after == {"powerState": STOPPED}
    assert made.body["properties"]["count"] == 2
    assert not plan(wish, BY_HAND).change.changed


def test_something_else_of_a_stopped_pool_is_changed_without_its_count() -> None:
    made = plan(desired({"team": "a"}, **SCALES), AUTOSCALED)
    assert made.change.after == {"tags": {"team": "a"}}
    assert made.body["properties"]["count"] == 0


def test_facts_tell_the_count_as_azure_does() -> None:
    assert pool_facts(BY_HAND)["count"] == 0
