# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.running_lab import PATIENCE_S, REPOSITORY, RunningLab, command
from tests.lab import processes
from tests.lab.config import Layout

pytestmark = pytest.mark.lab

COMPONENTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "server"}


def writes(lab: RunningLab, user: str) -> int:
    events = [json.loads(line) for line in lab.layout.audit.read_text().splitlines()]
    return sum(event["user"]["username"] == user for event in events)


def test_up_again_reports_that_the_lab_is_up(lab: RunningLab) -> None:
    before = processes.load(lab.layout)
    again = command(lab.dir, "up", "--era", "2026")
    assert (again.returncode, "already up" in again.stdout) == (0, True)
    assert processes.load(lab.layout) == before


def test_up_with_another_era_is_refused_with_a_remedy(lab: RunningLab) -> None:
    other = command(lab.dir, "up", "--era", "2021")
    assert other.returncode == 1
    assert "era 2026, not 2021" in other.stderr
    assert "tests.lab down" in other.stderr


def test_status_lists_every_component(lab: RunningLab) -> None:
    status = command(lab.dir, "status")
    assert status.returncode == 0
    assert {line.split()[0] for line in status.stdout.splitlines() if line.endswith("alive")} == COMPONENTS


def test_env_file_serves_a_shell(lab: RunningLab) -> None:
    script = f". {lab.layout.env} && kubectl version --output=json && printenv AZURE_CLOUD_ENVIRONMENT"
    output = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    versions, _unused, cloud = output.rpartition("}")
    assert json.loads(versions + "}")["serverVersion"]["gitVersion"] == "v1.36.3"
    assert cloud.strip() == lab.arm_url


def test_proxy_env_file_leads_to_the_public_cloud(lab: RunningLab) -> None:
    script = f". {lab.layout.env_proxy} && echo $HTTPS_PROXY $NO_PROXY ${{AZURE_CLOUD_ENVIRONMENT:-unset}}"
    output = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.split() == [lab.settings.proxy_url, "127.0.0.1,localhost", "unset"]


def test_files_with_credentials_are_private(lab: RunningLab) -> None:
    files = (lab.layout.kubeconfig, lab.layout.env, lab.layout.env_proxy, lab.layout.settings, lab.layout.key("client"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(lab.layout.pki.stat().st_mode) == 0o700


def test_exported_bundle_keeps_the_authorities_in_force(lab: RunningLab) -> None:
    in_force = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    bundle = lab.layout.ca_bundle.read_text()
    assert lab.layout.ca.read_text().strip() in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 1
    if in_force:
        assert Path(in_force).read_text().strip() in bundle


def test_audit_log_counts_writes_by_user(lab: RunningLab) -> None:
    before = writes(lab, "lab:client")
    lab.kubectl("get", "namespaces")
    assert writes(lab, "lab:client") == before
    lab.kubectl("create", "configmap", "audited")
    lab.kubectl("delete", "configmap", "audited")
    assert writes(lab, "lab:client") == before + 2


def test_rbac_is_on(lab: RunningLab) -> None:
    refused = lab.kubectl("get", "pods", "--as", "nobody", check=False)
    assert 'User "nobody" cannot list resource "pods"' in refused


def test_a_dead_component_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    assert command(tmp_path, "up").returncode == 0
    scheduler = next(process for process in processes.load(Layout(tmp_path)) if process.name == "kube-scheduler")
    os.kill(scheduler.pid, signal.SIGKILL)
    log_end = Path(scheduler.log).read_text().splitlines()[-1]
    status, up = command(tmp_path, "status"), command(tmp_path, "up")
    down = command(tmp_path, "down")
    assert (status.returncode, up.returncode, down.returncode) == (1, 1, 0)
    for output in (status.stdout, up.stderr):
        assert f"kube-scheduler (pid {scheduler.pid}) has died" in output
        assert log_end in output
    assert not any(process.alive for process in processes.load(Layout(tmp_path)))
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "audit.jsonl", "arm-requests.jsonl", "lock"}


def test_interrupted_start_leaves_nothing_running(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    line = [sys.executable, "-m", "tests.lab", "up", "--dir", str(tmp_path)]
    with subprocess.Popen(line, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as starting:
        deadline = time.monotonic() + PATIENCE_S
        while not (started := processes.load(layout)) and time.monotonic() < deadline:
            time.sleep(0.01)
        starting.send_signal(signal.SIGINT)
        _unused, errors = starting.communicate(timeout=60)
    assert starting.returncode == 130
    assert "interrupted" in errors
    assert started
    assert not any(process.alive for process in started)
    assert not layout.settings.exists()


def test_stale_state_of_dead_processes_is_cleared(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    processes.save(layout, [processes.Process("etcd", 2**22 - 1, "1", 20000, str(tmp_path / "etcd.log"))])
    layout.settings.write_text("left behind")
    assert command(tmp_path, "up").returncode == 0
    assert command(tmp_path, "down").returncode == 0
