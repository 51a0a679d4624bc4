# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.pace import asked_pause, drop_unreadable_pauses, poll_seconds


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
def test_pace_is_azures_or_slower_on_request(headers: dict[str, str], interval: float, seconds: float) -> None:
    assert poll_seconds(headers, interval) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 0, id="none"),
        pytest.param({"retry-after": "3600"}, 3600, id="a number"),
        pytest.param({"retry-after": "0.5"}, 0.5, id="a fraction"),
        pytest.param({"x-ms-retry-after-ms": "1500"}, 1.5, id="milliseconds"),
        pytest.param({"retry-after": "soon"}, 0, id="a word"),
        pytest.param({"retry-after": "nan"}, 0, id="not a number"),
        pytest.param({"retry-after": "-5"}, 0, id="the past"),
        pytest.param({"retry-after": "Wed, 21 Oct 2020 07:28:00 GMT"}, 0, id="a date in the past"),
    ],
)
def test_pause_follows_the_response_headers(headers: dict[str, str], seconds: float) -> None:
    assert asked_pause(headers) == seconds


def test_distant_date_is_a_long_pause() -> None:
    assert asked_pause({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}) > 86400


def test_only_pauses_that_can_be_read_are_left_for_azures_library() -> None:
    headers = {"retry-after": "soon", "x-ms-retry-after-ms": "inf", "retry-after-ms": "10", "etag": "soon"}
    drop_unreadable_pauses(headers)
    assert headers == {"retry-after-ms": "10", "etag": "soon"}
