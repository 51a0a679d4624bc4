# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attempt whose server says nothing: the error names the server and the time, however it ran out."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.transport import Wire
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from azure.core.exceptions import ServiceResponseTimeoutError
from azure.core.pipeline.transport import HttpRequest


@pytest.mark.parametrize(
    ("read_timeout", "task_seconds"),
    [pytest.param(1.0, 60.0, id="of the connection"), pytest.param(60.0, 1.0, id="of the task")],
)
def test_silence_is_told_in_the_same_words_whichever_limit_ends_it(read_timeout: float, task_seconds: float) -> None:
    clock = SystemClock()
    wire = Wire(clock, Deadline(clock, task_seconds + 0.2), ca_bundle=None)
    with socket.create_server(("127.0.0.1", 0)) as server, wire.transport() as transport:
        host = "{}:{}".format(*server.getsockname())
        with pytest.raises(ServiceResponseTimeoutError) as refusal:
            transport.send(HttpRequest("GET", f"http://{host}/subscriptions"), read_timeout=read_timeout)
    assert refusal.value.message == f"{host} did not send a complete response within 1 s"
