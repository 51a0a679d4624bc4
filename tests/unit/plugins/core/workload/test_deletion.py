# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Job went with its namespace, and what to do then."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.deletion import deleted_with_namespace

from ...builders import Json

STAYS: Json = {"metadata": {"name": "team"}}


@pytest.mark.parametrize(
    ("live", "start"),
    [(None, "Create it with"), ({"metadata": {"name": "team", "deletionTimestamp": "2026-11-29T05:00:00Z"}}, "Wait until it is gone")],
    ids=["gone", "being deleted"],
)
def test_namespace_takes_its_objects_with_it(live: Json | None, start: str) -> None:
    found = deleted_with_namespace("JobDeleted", "team", live)
    assert found is not None
    assert (found.code, found.retriable) == ("JobDeleted", False), "the namespace has to be created before the next run"
    assert "namespace team" in found.cause
    assert found.remedy.startswith(start)
    assert "kubectl create namespace team" in found.remedy


def test_namespace_that_stays_is_not_the_cause() -> None:
    assert deleted_with_namespace("JobDeleted", "team", STAYS) is None
