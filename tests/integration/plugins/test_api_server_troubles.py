# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# An API server that is overloaded, starts again, is slow, silent or none: what passes by itself is waited for, what doesn't is named.

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, ClassVar

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._core.metrics.exporters import Exporter
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._kube.logs.pod_log import PodLog, last_lines
from ansible_collections.gpuops.aks.plugins.module_utils._kube.mirror import Mirror
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import CONFIG_MAPS, JOBS
from ansible_collections.gpuops.aks.plugins.module_utils._kube.watch import Watched
from ansible_collections.gpuops.aks.plugins.module_utils._operations.exporter_reader import answers
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin.operation import OPERATION as PLUGIN
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION as FACTS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload.mnist_job import OPERATION as JOB

from tests.integration.plugins.cluster import Json
from tests.integration.plugins.stub_api_server import (
    Request,
    Trouble,
    flood,
    half_an_answer,
    reset,
    says,
    silent,
    silent_body,
    slow_body,
    slow_headers,
    started_late,
    status,
    stub_api_server,
)
from tests.integration.plugins.task_runs import run_task

EXPORTER = Exporter("aks-gpunp-1-vmss000000", "pod gpu/x", "/api/v1/namespaces/gpu/pods/x:9400/proxy/metrics")
OPERATIONS = {"nvidia_device_plugin": PLUGIN, "gpu_schedulable_facts": FACTS, "mnist_job": JOB}
WAITS: Mapping[str, Json] = {"gpu_schedulable_facts": {"wait": True}}
# What a task may take longer than its wait_timeout: to say why it was in vain.
GRACE_S = 15.0


def client_of(server: str, seconds: float = math.inf) -> Any:
    return closing(KubeClient(kube_settings({"host": server}, {}), Deadline(SystemClock(), seconds)))


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(status(429, "slow down", "TooManyRequests", **{"Retry-After": "1"}), id="429"),
        pytest.param(status(500, "etcdserver: leader changed", "InternalError"), id="etcd's leader"),
        pytest.param(status(500, "rpc error", "InternalError"), id="500"),
        pytest.param(status(502), id="502"),
        pytest.param(says("upstream connect error", 502), id="502 of a gateway"),
        pytest.param(status(503, "starting", "ServiceUnavailable", **{"Retry-After": "1"}), id="503"),
        pytest.param(status(504, "late", "Timeout"), id="504"),
        pytest.param(reset, id="reset"),
        pytest.param(half_an_answer, id="half an answer"),
    ],
)
def test_temporary_failure_of_any_request_fails_no_task(trouble: Trouble) -> None:
    with stub_api_server(trouble, trouble) as server:
        result = run_task(FACTS, {"host": server.url})
    assert not result.get("failed"), result["msg"]
    assert [asked for asked, _headers in server.seen[:3]] == [server.seen[0][0]] * 3


def test_restart_of_the_api_server_is_waited_for() -> None:
    with started_late(3.0) as server:
        result = run_task(FACTS, {"host": server})
    assert not result.get("failed"), result["msg"]


def test_exporter_that_would_fill_the_memory_is_not_read_to_its_end() -> None:
    with stub_api_server(flood) as server, client_of(server.url) as client:
        (answer,) = answers([EXPORTER], client)
    assert (answer.text, answer.error and answer.error.code) == ("", "ExporterNotAnswering")
    assert "more than 32 MiB" in str(answer.error)


LASTING: Mapping[str, tuple[Trouble, str]] = {
    "an hour": (status(429, "no", "TooManyRequests", **{"Retry-After": "3600"}), "TooManyRequests"),
    "no leader": (status(500, "etcdserver: no leader", "InternalError"), "ApiServerError"),
    "it starts": (status(503, "starting"), "ServiceUnavailable"),
    "resets": (reset, "ApiServerUnreachable"),
    "nothing": (silent, "ApiServerTimeout"),
    "no body": (silent_body, "ApiServerTimeout"),
    "slow headers": (slow_headers, "ApiServerTimeout"),
    "slow body": (slow_body, "ApiServerTimeout"),
}
CELLS = [(name, trouble) for name in OPERATIONS for trouble in LASTING]


def in_vain(name: str, trouble: str) -> tuple[Json, float]:
    """What a task returns that can't succeed, and how long it took."""
    before = time.monotonic()
    with stub_api_server(LASTING[trouble][0], lasting=True) as server:
        result = run_task(OPERATIONS[name], {"host": server.url, "wait_timeout": 2, **WAITS.get(name, {})})
    return result, time.monotonic() - before


@pytest.fixture(scope="module")
def ended() -> Mapping[tuple[str, str], tuple[Json, float]]:
    """Every task with every trouble, all at once."""
    with ThreadPoolExecutor(len(CELLS)) as threads:
        return dict(zip(CELLS, threads.map(in_vain, *zip(*CELLS, strict=True)), strict=True))


@pytest.mark.parametrize(("name", "trouble"), CELLS)
def test_permanent_failure_ends_the_task_in_time_with_an_explanation(
    ended: Mapping[tuple[str, str], tuple[Json, float]], name: str, trouble: str
) -> None:
    result, seconds = ended[name, trouble]
    error = result["error"]
    assert (error["code"], error["retriable"]) == (LASTING[trouble][1], True)
    assert error["cause"]
    assert error["remedy"]
    assert "the API server" in error["message"]
    assert seconds < 2 + GRACE_S


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    "body", ["[]", "null", "{}", "7", "", "not JSON", "[" * 100_000, '{"a":' * 100_000, '{"metadata":{},"items":[null]}', '{"items":{}}']
)
def test_response_that_is_not_an_api_servers_is_reported_as_that(name: str, body: str) -> None:
    with stub_api_server(says(body), lasting=True) as server:
        error = run_task(OPERATIONS[name], {"host": server.url})["error"]
    assert (error["code"], error["retriable"]) == ("NoApiServer", False)


def test_redirect_is_not_followed() -> None:
    with stub_api_server(lambda request: request.answer(302, "{}", {"Location": "http://127.0.0.1:1/"}), lasting=True) as server:
        error = run_task(FACTS, {"host": server.url})["error"]
    assert error["code"] == "NoApiServer"


class TestConnections:
    """None stays open."""

    def test_response_that_is_not_read_to_its_end_is_closed(self) -> None:
        with stub_api_server(says("{}" * 100_000), lasting=True) as server, client_of(server.url) as client:
            with pytest.raises(KeyError), client.exchange("GET", "/version", what="Reading") as response:
                raise KeyError
            assert response.closed

    def test_closed_client_opens_no_connection(self) -> None:
        with stub_api_server(says("{}"), lasting=True) as server:
            with client_of(server.url) as client:
                client.send("GET", "/version", what="Reading")
            with pytest.raises(KubernetesError), client.exchange("GET", "/version", what="Reading"):
                pytest.fail("the request was sent")
            assert len(server.seen) == 1


class TestPosts:
    """What is not to be done twice."""

    SPEC: ClassVar[Json] = {"parallelism": 1, "template": {"spec": {"containers": [{"name": "j"}]}}}
    MANIFEST: ClassVar[Json] = {"metadata": {"name": "j", "namespace": "n", "labels": {"a": "b"}}, "spec": SPEC}

    @classmethod
    def made(cls, **spec: Any) -> Trouble:
        """The Job as the server keeps it."""
        metadata = {"name": "j", "namespace": "n", "uid": "1", "labels": {"a": "b", "c": "d"}}
        return says(json.dumps({"kind": "Job", "metadata": metadata, "spec": {**cls.SPEC, "suspend": False, **spec}}))

    @pytest.mark.parametrize("lost", [reset, half_an_answer, status(504)], ids=["reset", "half", "504"])
    def test_created_object_is_found_after_a_lost_response(self, lost: Trouble) -> None:
        with stub_api_server(lost, self.made()) as server, client_of(server.url) as client:
            assert client.create(JOBS, self.MANIFEST)["metadata"]["uid"] == "1"
        assert [asked for asked, _headers in server.seen] == [
            "POST /apis/batch/v1/namespaces/n/jobs",
            "GET /apis/batch/v1/namespaces/n/jobs/j",
        ]

    def test_create_is_retried_if_the_object_does_not_exist(self) -> None:
        with stub_api_server(reset, status(404, reason="NotFound"), self.made()) as server, client_of(server.url) as client:
            client.create(JOBS, self.MANIFEST)
        assert [asked.partition(" ")[0] for asked, _headers in server.seen] == ["POST", "GET", "POST"]

    def test_object_created_by_others_is_not_taken_for_ours(self) -> None:
        with (
            stub_api_server(reset, self.made(parallelism=2)) as server,
            client_of(server.url) as client,
            pytest.raises(KubernetesError, match="Creating jobs/j"),
        ):
            client.create(JOBS, self.MANIFEST)

    def test_rejected_create_is_retried(self) -> None:
        with stub_api_server(status(429), self.made()) as server, client_of(server.url) as client:
            client.create(JOBS, self.MANIFEST)
        assert [asked.partition(" ")[0] for asked, _headers in server.seen] == ["POST", "POST"]


KUBELET = 'Get "https://10.224.0.4:10250/containerLogs/a/b/c": dial tcp 10.224.0.4:10250: connect: connection refused'


class TestLogs:
    """Logs that can't be had."""

    def test_unreachable_kubelet_is_reported(self) -> None:
        with (
            stub_api_server(says(KUBELET, 500), lasting=True) as server,
            client_of(server.url) as client,
            pytest.raises(KubernetesError) as refused,
        ):
            PodLog(client, "pod", "n", "main").catch_up()
        assert (refused.value.code, refused.value.retriable) == ("KubeletUnreachable", True)
        assert "konnectivity" in refused.value.cause

    @pytest.mark.parametrize("trouble", [silent, slow_body], ids=["nothing", "slow body"])
    def test_reading_a_silent_log_ends_at_the_deadline(self, trouble: Trouble) -> None:
        before = time.monotonic()
        with stub_api_server(trouble, lasting=True) as server, client_of(server.url, 1.0) as client:
            for read in (lambda: PodLog(client, "pod", "n", "main").catch_up(), lambda: last_lines(client, "pod", "n", "main")):
                with pytest.raises(KubernetesError) as refused:
                    read()
                assert refused.value.code == "ApiServerTimeout"
                assert server.url in refused.value.message
        assert time.monotonic() - before < 1 + GRACE_S


def test_rest_of_the_stream_of_a_deleted_pod_is_read() -> None:
    """As of a Job that fails at once: its pod is gone before the stream, which is on its way, has been read."""
    asked = threading.Event()

    def slow_stream(request: Request) -> None:
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n")
        asked.set()
        time.sleep(0.5)
        request.connection.sendall(b"2026-11-22T10:00:00.5Z wrong: no such GPU\n")

    with stub_api_server(slow_stream, status(404, "pod not found"), lasting=True) as server, client_of(server.url) as client:
        log = PodLog(client, "pod", "n", "main")
        log.start()
        assert asked.wait(10)
        log.catch_up()
        assert log.lines == ("wrong: no such GPU",)


@pytest.mark.parametrize("trouble", [silent, slow_body, status(503, "starting"), reset], ids=["nothing", "slow body", "503", "reset"])
def test_optional_log_is_not_waited_for(trouble: Trouble) -> None:
    before = time.monotonic()
    with stub_api_server(trouble, lasting=True) as server, client_of(server.url) as client, pytest.raises(KubernetesError):
        client.within(1.0).list(CONFIG_MAPS)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize(("trouble", "noticed"), [(silent, True), (silent_body, False)], ids=["nothing", "no events"])
def test_silent_watch_is_restarted_and_its_error_is_known(trouble: Trouble, noticed: bool) -> None:
    with (
        stub_api_server(trouble, lasting=True, only="watch=true") as server,
        client_of(server.url, 7.0) as client,
        Mirror(client, [Watched("maps", CONFIG_MAPS, "n")]) as mirror,
    ):
        assert not mirror.wait(lambda: False, client.deadline)
        assert (mirror.trouble is not None) == noticed  # a watch of a cluster in which nothing happens may be silent
        assert len(server.seen) > 2


def test_timeout_while_the_api_server_is_silent_names_it() -> None:
    with stub_api_server(silent, lasting=True, only="watch=true") as server:
        result = run_task(FACTS, {"host": server.url, "wait": True, "wait_timeout": 7})
    assert result["error"]["code"] == "ApiServerTimeout"
    assert server.url in result["error"]["cause"]
    assert result["ansible_facts"]["gpu_schedulable"]["nodes"] == []


def test_list_whose_version_expires_is_repeated() -> None:
    page = {"kind": "List", "metadata": {"resourceVersion": "1", "continue": "more"}, "items": []}
    with (
        stub_api_server(says(json.dumps(page)), status(410, "too old", "Expired")) as server,
        client_of(server.url) as client,
        Mirror(client, [Watched("maps", CONFIG_MAPS, "n")]) as mirror,
    ):
        assert mirror.all("maps") == []
    assert len(server.seen) == 3
