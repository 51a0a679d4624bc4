# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import certifi
import pytest
import yaml

from tests.lab import certs, environment
from tests.lab.config import Layout, Settings

SETTINGS = Settings.new(era="2026", speed=60)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "a lab's directory")
    made.root.mkdir()
    certs.write_certificates(made)
    return made


def test_programs_run_the_labs_own_with_caches_of_the_labs_own(layout: Layout, tmp_path: Path) -> None:
    for name in ("labkube", "helm"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" "$KUBECACHEDIR" "$HELM_CACHE_HOME"\n')
        program.chmod(0o755)
    environment.write_client_files(layout, SETTINGS, tmp_path / "labkube")
    discovery, charts = layout.root / "kubectl-cache", layout.root / "helm" / "cache"
    assert said(layout.bin / "kubectl", "get", "pods") == f"labkube kubectl get pods {discovery}"
    assert said(layout.bin / "helm", "list") == f"helm list {discovery} {charts}"


def said(*command: Path | str) -> str:
    """What a program prints in an environment without Helm's variables."""
    environ = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()


SHELLS = [shell for shell in ("sh", "bash", "zsh", "dash") if shutil.which(shell)]


def sourced(file: Path, *, shell: str = "sh", times: int = 1) -> dict[str, str]:
    script = " && ".join([f'. "{file}"'] * times + ["/usr/bin/env -0"])
    command = ["env", "-i", "PATH=/usr/bin:/bin", str(shutil.which(shell)), "-c", script]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(item.split("=", 1) for item in output.split("\0") if item)


def test_file_survives_any_directory_name(layout: Layout) -> None:
    environment.write_client_files(layout, SETTINGS, Path("/bin/true"))
    values = sourced(layout.env)
    assert values["KUBECONFIG"] == str(layout.kubeconfig)
    assert values["AZURE_SECRET"] == SETTINGS.secret
    assert values["PATH"].split(os.pathsep)[0] == str(layout.bin)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_path_begins_with_the_labs_programs_and_those_of_its_python_however_often_it_is_sourced(
    layout: Layout, shell: str, times: int
) -> None:
    environment.write_client_files(layout, SETTINGS, Path("/bin/true"))
    for file in (layout.env, layout.env_proxy):
        path = sourced(file, shell=shell, times=times)["PATH"].split(os.pathsep)
        assert path == [str(layout.bin), str(Path(sys.executable).parent), "/usr/bin", "/bin"]


def test_ansible_and_the_labs_python_are_found_from_the_file_alone(layout: Layout) -> None:
    environment.write_client_files(layout, SETTINGS, Path("/bin/true"))
    path = sourced(layout.env)["PATH"]
    for program in ("ansible-playbook", "python", "kubectl", "helm"):
        assert shutil.which(program, path=path), program
    assert shutil.which("python", path=path) == str(Path(sys.prefix) / "bin" / "python")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_bundle_in_force_is_kept(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    own = tmp_path / "own.pem"
    own.write_text("own authorities")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(own))
    environment.write_client_files(layout, SETTINGS, Path("/bin/true"))
    assert layout.ca_bundle.read_text() == f"own authorities\n{layout.ca.read_text()}"


def test_bundle_of_a_lab_that_is_gone_gives_way_to_certifi(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    environment.write_client_files(layout, SETTINGS, Path("/bin/true"))
    assert layout.ca_bundle.read_text().startswith(Path(certifi.where()).read_text())


def test_kubeconfig_holds_all_it_needs(layout: Layout) -> None:
    config: dict[str, Any] = yaml.safe_load(environment.kubeconfig(layout, SETTINGS, "client"))
    assert config["clusters"][0]["cluster"]["server"] == SETTINGS.kube_url
    certificate = base64.b64decode(config["users"][0]["user"]["client-certificate-data"])
    assert certificate == layout.certificate("client").read_bytes()
