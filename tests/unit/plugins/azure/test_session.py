# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that Azure's answers give, and lists without an end: the SDK's own client, answered in this process."""

from __future__ import annotations

import json
from contextlib import closing
from random import Random
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.compute import usages
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError
from requests import PreparedRequest

from tests.fuzz.azure_stub import FuzzedAdapter, FuzzedSession
from tests.integration.plugins.azure import SimulatedClock
from tests.unit.lab.arm_lab import Lab


class Pages(FuzzedAdapter):
    """A list of which every page takes a second and names the next one, by a pattern with its number."""

    def __init__(self, lab: Lab, clock: SimulatedClock, link: str) -> None:
        super().__init__(lab, Random(1), 0.0)  # noqa: S311  # decides nothing
        self._clock, self._link, self._number = clock, link, 0

    def _answer(self, _request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        self._clock.sleep(1)
        self._number += 1
        body: dict[str, Any] = {"value": [], "nextLink": self._link.replace("NUMBER", str(self._number))}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("https://[::1", "not a valid URL"),
        ("https://management.azure.com/usages?page=NUMBER", "no end after 1800 pages"),
        ("{x/NUMBER", "no end after 1800 pages"),
    ],
)
def test_endless_list_ends_with_an_error(link: str, problem: str) -> None:
    lab = Lab().with_cluster()
    clock = SimulatedClock(lab.clock)
    with closing(FuzzedSession(Pages(lab, clock, link), clock)) as session, pytest.raises(AzureError, match=problem) as failure:
        list(usages(session, "eastus"))
    assert failure.value.code == "NoResourceManager"
