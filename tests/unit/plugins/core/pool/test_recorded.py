# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.plan import DesiredPool

from tests.sources import SOURCES

from ...builders import Json
from ...pool_builders import azure_applies, plan


def recorded_pools() -> Iterator[Any]:
    """Every agent pool in recorded answers and in the examples of the API's specification, of each source."""
    for source in SOURCES:
        for path in sorted([*source.recordings.glob("*.json"), *source.examples.glob("*.json")]):
            for number, pool in enumerate(_pools_in(json.loads(path.read_text()))):
                yield pytest.param(pool, id=f"{source.name}-{path.stem}-{number}")


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


@pytest.mark.parametrize("live", RECORDED)
def test_recorded_pool_stays_unchanged(live: Json) -> None:
    mutable = ("vmSize", "count", "mode", "nodeTaints", "nodeLabels", "osType", "osDiskType")
    named = {name: live["properties"][name] for name in mutable if name in live["properties"]}
    named |= {"vmSize": live["properties"]["vmSize"].lower(), "gpuProfile": {"driver": "Install"}}
    assert plan(DesiredPool(live["name"], named), live).change.diff()["after"] == {}


@pytest.mark.parametrize("live", RECORDED)
def test_taint_on_a_recorded_pool_changes_only_that(live: Json) -> None:
    wish = DesiredPool(live["name"], {"nodeTaints": [TAINT], "enableAutoScaling": True, "minCount": 1, "maxCount": 9})
    planned = plan(wish, live)
    body = planned.body["properties"]
    assert body["nodeTaints"] == [TAINT]
    assert {**{name: body.get(name) for name in live["properties"]}, **wish.properties} == {**live["properties"], **wish.properties}
    assert not plan(wish, azure_applies(planned.body)).change.changed
