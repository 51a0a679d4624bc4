# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.pace import poll_seconds


@pytest.mark.parametrize(
    ("headers", "interval", "seconds"),
    [
        pytest.param({}, 0, 30, id="nobody says anything: what azure-core takes"),
        pytest.param({}, 5, 5, id="the user's interval"),
        pytest.param({"retry-after": "60"}, 0, 60, id="Azure's pace"),
        pytest.param({"retry-after": "60"}, 5, 60, id="not more often than Azure wants"),
        pytest.param({"retry-after": "5"}, 60, 60, id="less often, if the user wants"),
        pytest.param({"retry-after": "0"}, 0, 30, id="0 is no pace"),
        pytest.param(
            {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0, 30, id="a date, which HTTP allows and Azure's services don't give"
        ),
        pytest.param({"x-ms-retry-after-ms": "500"}, 0, 0.5, id="Azure's pace in milliseconds"),
    ],
)
def test_the_pace_is_azures_or_slower_on_request(headers: dict[str, str], interval: float, seconds: float) -> None:
    assert poll_seconds(headers, interval) == seconds
