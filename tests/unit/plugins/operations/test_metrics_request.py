# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gpu_metrics_info makes of its options, and which it refuses before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import MetricsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.request import request_of

from ..operation_table import parameters, refusal_of
from ..tasks import real_run

OWN = "http://localhost:9090"


@pytest.mark.parametrize(("window", "step", "expected"), [(0, 0, 30), (3600, 0, 30), (86400, 0, 720), (3600, 5, 5)])
def test_step_gives_about_a_hundred_values(window: int, step: int, expected: int) -> None:
    assert request_of(parameters(OPERATION, window=window, step=step)).step == expected


@pytest.mark.parametrize("url", [f"{OWN}/", "https://prometheus.example.com/prefix"])
def test_url_of_a_prometheus_is_taken_without_its_last_slash(url: str) -> None:
    assert request_of(parameters(OPERATION, prometheus_url=url)).prometheus_url == url.rstrip("/")


REFUSED: list[dict[str, Any]] = [
    {"prometheus_url": "prometheus:9090"},
    {"prometheus_url": "https://user:password@prometheus.example.com"},
    {"prometheus_url": "http://prometheus.example.com", "prometheus_token": "secret"},
    {"prometheus_labels": {"a b": "c"}},
    {"window": 86400, "step": 1},
]


@pytest.mark.parametrize("given", REFUSED)
def test_query_that_could_not_be_sent_is_refused(given: dict[str, Any]) -> None:
    refusal = refusal_of(OPERATION, **given)
    assert refusal.code == "InvalidMetricsQuery"
    assert "secret" not in f"{refusal.message} {refusal.remedy}"
    assert "password@" not in refusal.message


def test_token_stays_on_this_machine_or_is_sent_by_https() -> None:
    for url in (OWN, "https://prometheus.example.com"):
        request = request_of(parameters(OPERATION, prometheus_url=url, prometheus_token="secret"))
        assert request.prometheus_token == "secret"
        assert "secret" not in repr(request)


@pytest.mark.parametrize("source", ["exporter", "container_insights"])
def test_only_a_prometheus_has_values_of_the_past(source: str) -> None:
    with pytest.raises(MetricsError) as failure:
        OPERATION.run(parameters(OPERATION, source=source, window=60), real_run(check_mode=False))
    assert failure.value.code == "NoSeries"


def test_prometheus_that_is_not_there_is_named() -> None:
    nothing = "http://127.0.0.1:1"
    task = parameters(OPERATION, source="prometheus", prometheus_url=nothing)
    with pytest.raises(MetricsError) as failure:
        OPERATION.run(task, real_run(check_mode=False))
    assert failure.value.code == "QueryEndpointUnreachable"
    assert "127.0.0.1:1" in failure.value.message
