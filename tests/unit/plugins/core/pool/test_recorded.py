# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool

from ...builders import ORACLE, Json
from ...pool_builders import azure_applies, plan


def recorded_pools() -> Iterator[Any]:
    """Every agent pool in the recordings of the Azure CLI and in the examples of the API's specification."""
    for path in sorted([*ORACLE.glob("extracted/*.json"), *ORACLE.glob("openapi-2021-05-01/examples/*.json")]):
        for number, pool in enumerate(_pools_in(json.loads(path.read_text()))):
            yield pytest.param(pool, id=f"{path.stem}-{number}")


def _pools_in(answer: Any) -> Iterator[Json]:
    if isinstance(answer, list):
        for item in answer:
            yield from _pools_in(item)
    elif isinstance(answer, dict):
        if "id" in answer and "provisioningState" in (properties := answer.get("properties") or {}) and "vmSize" in properties:
            # One example of the specification has three nodes within bounds of two, which is not a pool that Azure returns.
            if properties["count"] <= properties.get("maxCount", properties["count"]):
                yield answer
        else:
            for item in answer.values():
                yield from _pools_in(item)


TAINT = "CriticalAddonsOnly=true:NoSchedule"  # the one that Azure takes on System pools, too
RECORDED = list(recorded_pools())


@pytest.mark.skipif(not RECORDED, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("live", RECORDED)
def test_a_recorded_pool_asked_for_as_it_is_stays_untouched(live: Json) -> None:
    mutable = ("vmSize", "count", "mode", "nodeTaints", "nodeLabels", "osType", "osDiskType")
    named = {name: live["properties"][name] for name in mutable if name in live["properties"]}
    named |= {"vmSize": live["properties"]["vmSize"].lower(), "gpuProfile": {"driver": "Install"}}
    assert plan(DesiredPool(live["name"], named), live).change.diff()["after"] == {}


@pytest.mark.skipif(not RECORDED, reason="the recordings are not beside this checkout")
@pytest.mark.parametrize("live", RECORDED)
def test_a_taint_put_on_a_recorded_pool_changes_that_alone(live: Json) -> None:
    wish = DesiredPool(live["name"], {"nodeTaints": [TAINT], "enableAutoScaling": True, "minCount": 1, "maxCount": 9})
    planned = plan(wish, live)
    body = planned.body["properties"]
    assert body["nodeTaints"] == [TAINT]
    assert {**{name: body.get(name) for name in live["properties"]}, **wish.properties} == {**live["properties"], **wish.properties}
    assert not plan(wish, azure_applies(planned.body)).change.changed
