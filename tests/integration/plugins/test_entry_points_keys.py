# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's private key is in no file that outlives a task, whatever becomes of the task."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme
import yaml

from tests.integration.plugins.entry_points import ENTRY_POINTS, Json, command_of, differences, play, task
from tests.integration.processes import processes_with
from tests.integration.running_lab import REPOSITORY

_PATIENCE_S = 120
WAIT = {"wait": True, "wait_timeout": 1}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """What takes connections and never says a word: who connects has made its TLS ready."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_PATIENCE_S)
        yield listening


@pytest.fixture
def kubeconfig(listener: socket.socket, tmp_path: Path) -> Path:
    """A kubeconfig with everything in it, as AKS gives it out."""
    authority = trustme.CA()
    pair = authority.issue_cert("client@example.com")
    text = {
        "certificate-authority-data": authority.cert_pem.bytes(),
        "client-certificate-data": pair.cert_chain_pems[0].bytes(),
        "client-key-data": pair.private_key_pem.bytes(),
    }
    encoded = {name: base64.b64encode(value).decode() for name, value in text.items()}
    config: Json = {
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{listener.getsockname()[1]}"}}],
        "users": [{"name": "c", "user": {name: encoded[name] for name in ("client-certificate-data", "client-key-data")}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "current-context": "c",
    }
    config["clusters"][0]["cluster"]["certificate-authority-data"] = encoded["certificate-authority-data"]
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where programs put their temporary files."""
    path = tmp_path / "tmp"
    path.mkdir()
    return path


def facts(kubeconfig: Path, wait_timeout: int) -> Json:
    return task("facts", "gpu_schedulable_facts", {"kubeconfig": str(kubeconfig), "wait": True, "wait_timeout": wait_timeout})


def with_a_key(directory: Path) -> list[Path]:
    """The files below a directory that hold a key."""
    return [path for path in directory.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]


def test_finished_task_leaves_no_file_at_either_entry_point(kubeconfig: Path, temporary: Path, tmp_path: Path) -> None:
    played = play(tmp_path, [facts(kubeconfig, 1)], environment={"TMPDIR": str(temporary)})
    for entry_point in ENTRY_POINTS:
        assert played.result("facts", entry_point)["error"]["code"] == "ApiServerTimeout", played.result("facts", entry_point)
    assert list(temporary.iterdir()) == []


def test_password_in_a_url_is_never_printed(tmp_path: Path) -> None:
    tasks = [
        task("host", "gpu_schedulable_facts", {"host": "ftp://me:s3cret-1@x"}),
        task("proxy", "gpu_schedulable_facts", {"host": "http://x.invalid", "proxy": "http://me:s3cret-2@127.0.0.1:1", **WAIT}),
        task("cloud", "aks_cluster", {"resource_group": "rg", "name": "c", "cloud_environment": "http://me:s3cret-3@127.0.0.1:1"}),
    ]
    played = play(tmp_path, tasks, options=("-vvv", "--check", "--diff"))
    for name in ("host", "proxy", "cloud"):
        here, module = (played.compared(name, entry_point) for entry_point in ENTRY_POINTS)
        assert differences(here, module) == {}
        assert here["event"] == "failed"
    # Ansible itself shows how it starts modules.
    assert "s3cret" not in "".join(line for line in played.output.splitlines() if "> EXEC " not in line)


def test_tasks_that_are_killed_leave_no_key_in_either_entry_point(
    listener: socket.socket, kubeconfig: Path, temporary: Path, tmp_path: Path
) -> None:
    variable = f"TMPDIR={temporary}"
    places = {"TMPDIR": str(temporary), "ANSIBLE_LOCAL_TEMP": str(temporary / "here"), "ANSIBLE_REMOTE_TMP": str(temporary / "there")}
    line, environment = command_of(tmp_path, [facts(kubeconfig, 600)], environment=places)
    with subprocess.Popen(line, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        connections = [listener.accept()[0] for _entry_point in ENTRY_POINTS]
        for connection in connections:
            assert connection.recv(1), "a client's first word"
        deadline = time.monotonic() + _PATIENCE_S
        while processes_with(variable) and time.monotonic() < deadline:
            for process in processes_with(variable):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        running.wait()
        for connection in connections:
            connection.close()
    assert processes_with(variable) == []
    assert list((temporary / "there").iterdir()), "the module was copied elsewhere, and so may have been a key"
    assert with_a_key(temporary) == []
