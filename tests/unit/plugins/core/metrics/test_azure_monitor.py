# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster's properties say of Azure Monitor, what is asked there, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.prometheus_answers import decoded_answer
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics import causes, logs, prometheus
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.catalog import wanted
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.choice import Attempt, attempts_of, order
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.monitoring import (
    GPU_STREAMS,
    accounts_of,
    audience_of,
    collects_gpu_rows,
    collects_logs,
    collects_prometheus,
    is_azures,
    query_endpoint,
    rules_of,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.prometheus import Selector
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.refusals import refusal_of_logs, refusal_of_prometheus
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.result import Devices, counted_facts
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.findings import Finding

NODE = "aks-gpunp-12345678-vmss000000"
MIG = "nvidia.com/mig-1g.10gb"
CLUSTER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"


@pytest.mark.parametrize(
    ("properties", "enabled"),
    [
        ({}, False),
        ({"azureMonitorProfile": {"containerInsights": {"enabled": True}}}, True),
        ({"azureMonitorProfile": None, "addonProfiles": {"omsagent": {"enabled": True}}}, True),
        ({"addonProfiles": {"omsAgent": {"enabled": True}}}, True),
        ({"addonProfiles": {"omsagent": {"enabled": False}}}, False),
    ],
)
def test_container_insights_is_known_by_any_spelling(properties: dict[str, Any], enabled: bool) -> None:
    assert collects_logs({"properties": properties}) is enabled


def test_managed_prometheus_is_known_by_the_profile() -> None:
    assert collects_prometheus({"properties": {"azureMonitorProfile": {"metrics": {"enabled": True}}}})
    assert not collects_prometheus({"properties": {"azureMonitorProfile": {"metrics": None}}})
    assert not collects_prometheus({})


def test_workspace_is_found_by_the_rule_of_metrics() -> None:
    entries = [
        {"name": "containerinsightsmetricsextension", "properties": {"dataCollectionRuleId": "/rule"}},
        {"name": "ContainerInsightsMetricsExtension", "properties": {"dataCollectionEndpointId": "/endpoint"}},
        {"name": "ContainerInsightsExtension", "properties": {"dataCollectionRuleId": "/other"}},
    ]
    assert rules_of(entries, "ContainerInsightsMetricsExtension") == ["/rule"]
    rule = {"properties": {"destinations": {"monitoringAccounts": [{"accountResourceId": "/account"}, {}]}}}
    assert (accounts_of(rule), accounts_of({})) == (["/account"], [])
    assert query_endpoint({"properties": {"metrics": {"prometheusQueryEndpoint": "https://x/"}}}) == "https://x"
    assert query_endpoint({"properties": {}}) == ""


@pytest.mark.parametrize("stream", [stream.upper() for stream in GPU_STREAMS])
def test_preset_is_known_by_its_streams(stream: str) -> None:
    def rule(*streams: str) -> dict[str, Any]:
        return {"properties": {"dataSources": {"extensions": [{"name": "ContainerInsightsExtension", "streams": list(streams)}]}}}

    assert collects_gpu_rows(rule("Microsoft-KubeEvents", stream))
    assert not collects_gpu_rows(rule("Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory"))
    assert not collects_gpu_rows({})


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("https://ws-a1b2.eastus.prometheus.monitor.azure.com", "https://prometheus.monitor.azure.com"),
        ("https://ws.chinanorth3.prometheus.monitor.azure.cn/", "https://prometheus.monitor.azure.cn"),
        ("https://ws.usgovvirginia.prometheus.monitor.azure.us", "https://prometheus.monitor.azure.us"),
        ("https://localhost:1", "https://prometheus.monitor.azure.com"),
        ("https://evil.example.com/.prometheus.monitor.azure.cn", "https://prometheus.monitor.azure.com"),
    ],
)
def test_audience_is_that_of_the_endpoints_cloud(endpoint: str, audience: str) -> None:
    assert audience_of(endpoint) == audience
    assert is_azures(endpoint) is (".prometheus.monitor.azure." in endpoint.split("/")[2])


def vector(*series: tuple[dict[str, str], str], warnings: tuple[str, ...] = ()) -> prometheus.Answer:
    result = [{"metric": labels, "value": [1.5, value]} for labels, value in series]
    body = {"status": "success", "data": {"resultType": "vector", "result": result}}
    return decoded_answer(json.dumps({**body, "warnings": list(warnings)} if warnings else body).encode())


def matrix(labels: dict[str, str], *values: tuple[float, str]) -> prometheus.Answer:
    data = {"resultType": "matrix", "result": [{"metric": labels, "values": [list(value) for value in values]}]}
    return decoded_answer(json.dumps({"status": "success", "data": data}).encode())


def test_queries_identify_devices_by_instance_and_gpu_and_never_by_uuid() -> None:
    selector = Selector({"cluster": 'a"b'})
    query = prometheus.value_query("DCGM_FI_DEV_FB_USED", selector)
    assert query.endswith('(DCGM_FI_DEV_FB_USED{cluster="a\\"b"})')
    assert "instance" in query
    assert "UUID" not in query
    assert prometheus.described_query(selector, 60).startswith("last_over_time(")


def test_answers_become_devices_of_the_pool() -> None:
    selector, devices = Selector({}, "gpunp"), Devices(wanted(["power_watts", "memory_temperature_celsius"]))
    mine, other = {"instance": NODE, "gpu": "0"}, {"instance": "aks-cpu-1-vmss000000", "gpu": "0"}
    taker = prometheus.Taker(devices, selector)
    taker.describe(vector((mine, "1"), (other, "1")))
    taker.take(vector((mine, "61.5"), (other, "1")), "DCGM_FI_DEV_POWER_USAGE")
    taker.take_series(matrix(mine, (1, "30"), (31, "9223372036854775794")), "DCGM_FI_DEV_MEMORY_TEMP")
    ((device,),) = devices.by_node().values()
    assert device["values"] == {"power_watts": 61.5, "memory_temperature_celsius": None}
    assert device["series"] == {"memory_temperature_celsius": [(1.0, 30.0), (31.0, None)]}


@pytest.mark.parametrize(
    "body", [{}, {"status": "error"}, {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}, {"data": []}]
)
def test_answer_of_another_form_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded_answer(json.dumps(body).encode())
    with pytest.raises(ValueError, match=r"."):
        logs.decoded_answer(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("label", "resource"),
    [
        ("nvidia_com_gpu", "nvidia.com/gpu"),
        ("nvidia_com_gpu_shared", "nvidia.com/gpu.shared"),
        ("nvidia_com_mig_1g_10gb", MIG),
        ("nvidia_com_hostdev", ""),
        ("cpu", ""),
    ],
)
def test_resource_is_known_by_the_name_of_kube_state_metrics(label: str, resource: str) -> None:
    assert prometheus.resource_of(label) == resource


def test_devices_are_counted_by_node_and_resource() -> None:
    labels = {"node": NODE, "resource": "nvidia_com_gpu"}
    answers = {"capacity": vector((labels, "2")), "allocatable": vector((labels, "1"))}
    found = prometheus.counts(answers, Selector({}, "gpunp"))
    assert found == {NODE: {"nvidia.com/gpu": {"capacity": 2, "allocatable": 1}}}
    assert prometheus.counts({"capacity": vector((labels, "2"))}, Selector({}, "other")) == {}
    (node,) = counted_facts(found, {})
    assert (node["name"], node["pool"], node["devices"]) == (NODE, "gpunp", [])


def test_selector_takes_the_nodes_of_the_pool() -> None:
    assert [Selector(pool=pool).takes(NODE) for pool in (None, "gpunp", "gpu")] == [True, True, False]
    assert prometheus.nodes_in(vector(({"instance": NODE}, "1")), Selector(pool="other")) == []


def decoded_rows(body: dict[str, Any]) -> logs.LogsAnswer:
    return logs.decoded_answer(json.dumps(body).encode())


def rows(*given: tuple[str, str, str, str, float]) -> dict[str, Any]:
    columns = [{"name": name, "type": "string"} for name in ("Name", "Computer", "Vendor", "Container", "Val")]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [list(row) for row in given]}]}


def test_rows_of_container_insights_count_gpus() -> None:
    answer = decoded_rows(
        rows(
            ("containerGpuRequests", NODE, "", "uid-1/main", 1),
            ("containerGpuRequests", NODE, "", "uid-2/main", 2),
            ("containerGpuRequests", "", "", "waiting/main", 8),
            ("nodeGpuCapacity", NODE, "nvidia.com/gpu", "", 4),
        )
    )
    counted = {"capacity": 4, "allocatable": None, "requests": 3, "limits": None}
    assert logs.counts(answer, "gpunp") == {NODE: {"nvidia.com/gpu": counted}}
    assert logs.counts(answer, "other") == {}
    assert logs.counts(logs.decoded_answer(b""), None) == {}
    partial = decoded_rows({**rows(), "error": {"code": "PartialError", "message": "too much"}})
    assert partial.partial == "PartialError: too much"


def test_query_of_logs_is_about_this_cluster() -> None:
    query = logs.gpu_rows_query(f'{CLUSTER}"\\')
    assert f'=~ "{CLUSTER}\\"\\\\"' in query
    assert "container.azm.ms/gpu" in query


REFUSALS = [
    (refusal_of_prometheus, 401, "", "QueryTokenRefused"),
    (refusal_of_prometheus, 403, "", "MonitoringDataReaderMissing"),
    (refusal_of_prometheus, 404, "", "NoPrometheus"),
    (refusal_of_prometheus, 429, "", "Throttled"),
    (refusal_of_prometheus, 422, "query timed out", "QueryRefused"),
    (refusal_of_logs, 400, '"code":"SEM0100"', "InsightsMetricsMissing"),
    (refusal_of_logs, 400, "SyntaxError", "QueryRefused"),
    (refusal_of_logs, 401, "AuthenticationFailed", "QueryTokenRefused"),
    (refusal_of_logs, 403, "InvalidAuthenticationTokenAudience", "QueryAudienceWrong"),
    (refusal_of_logs, 403, '"code":"InvalidTokenError"', "QueryAudienceWrong"),
    (refusal_of_logs, 403, "InsufficientAccessError", "LogAnalyticsReaderMissing"),
    (refusal_of_logs, 404, "PathNotFoundError", "LogsNotFound"),
    (refusal_of_logs, 429, "", "Throttled"),
]


@pytest.mark.parametrize(("meaning", "status", "text", "code"), REFUSALS)
def test_refusal_is_explained(meaning: Any, status: int, text: str, code: str) -> None:
    assert meaning(status, text).code == code


def unlabeled(**resources: int) -> list[Finding]:
    devices = Devices(wanted([]))
    prometheus.Taker(devices, Selector()).describe(vector(({"instance": NODE, "gpu": "0"}, "1")))
    return list(causes.dropped_labels(devices, {NODE: {name.replace("_", "/", 1): {} for name in resources}}))


# docs/diagnosis.md shows these.
CASES: list[Finding] = [
    causes.about(causes.NEVER, "ws.eastus.prometheus.monitor.azure.com", "no series in the last day"),
    causes.about(causes.STOPPED, "ws.eastus.prometheus.monitor.azure.com", "series in the last day, none now"),
    causes.about(causes.NO_ROWS, "pool gpunp", "no row in the last 7 days"),
    causes.about(causes.ROWS_STOPPED, "pool gpunp", "rows in the last 7 days, none in the last 30 minutes"),
    *causes.partial("ws.eastus.prometheus.monitor.azure.com", ["a store did not answer"]),
    *unlabeled(**{"nvidia.com_mig-1g.10gb": 7}),
]


def test_labels_that_are_missing_are_told_and_what_follows() -> None:
    assert [each.code for each in unlabeled(**{"nvidia.com_mig-1g.10gb": 7})] == ["LabelsDropped", "MigInstancesCollapsed"]
    assert [each.code for each in unlabeled(**{"nvidia.com_gpu": 1})] == ["LabelsDropped"]


def test_sources_are_asked_from_the_best_to_the_worst() -> None:
    assert list(order(over_time=False)) == ["exporter", "prometheus", "container_insights"]
    assert next(iter(order(over_time=True))) == "prometheus"
    passed = attempts_of([Attempt("exporter", "NoExporter", "none", "nothing runs one", "install one")], "prometheus")
    shown = [(each["source"], each["used"], each["code"]) for each in passed]
    assert shown == [("exporter", False, "NoExporter"), ("prometheus", True, "")]
