# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The Azure modules as Ansible runs them: packed, copied, and started in a process of their own.

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure, simulated_azure

REPOSITORY = Path(__file__).resolve().parents[3]
ANSIBLE = Path(sys.executable).with_name("ansible")
POOL: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE}
SECRETLESS = ("AZURE_", "ANSIBLE_", "K8S_", "KUBECONFIG", "HTTPS_PROXY", "https_proxy")


def environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The machine's own without anything that points at a cloud, and what a user exports."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SECRETLESS)}
    return {**inherited, "HOME": str(home), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0", **given}


def adhoc(module: str, params: Mapping[str, Any], *options: str) -> list[str]:
    """The command line of a task without a playbook."""
    arguments = ["-a", json.dumps(params)] if params else []
    return [str(ANSIBLE), "localhost", "-m", f"gpuops.aks.{module}", *arguments, *options]


def task(azure: Azure, home: Path, module: str, params: Mapping[str, Any], *options: str) -> tuple[Any, str]:
    """Run a task with Ansible; its result, and all that was printed."""
    done = subprocess.run(
        adhoc(module, params, *options),
        cwd=REPOSITORY,
        env=environment(home, azure.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result(done.stdout), done.stdout + done.stderr


def result(stdout: str) -> Any:
    """The JSON after `localhost | CHANGED =>`."""
    _unused, arrow, text = stdout.partition(" => ")
    assert arrow, stdout
    return json.JSONDecoder().raw_decode(text)[0]


def module_alone(azure: Azure, home: Path, module: str, params: Mapping[str, Any], **given: str) -> tuple[Any, str]:
    """Run a module's file with --diff, without Ansible around it, which takes a second more; its result, and all that was printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"ansible_collections.gpuops.aks.plugins.modules.{module}"],
        env=environment(home, {**azure.environ, "PYTHONPATH": str(REPOSITORY / "collections"), **given}),
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**params, "_ansible_diff": True}}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return json.loads(done.stdout), done.stdout + done.stderr


def test_check_mode_and_diff_show_the_pool_and_send_no_write(with_cluster: Azure, tmp_path: Path) -> None:
    with with_cluster.requests() as sent:
        found, printed = task(with_cluster, tmp_path, "aks_gpu_nodepool", POOL, "--check", "--diff")
    assert sent.writes == []
    assert (found["changed"], found["pool"]["vm_size"]) == (True, SIZE)
    assert found["seconds"] >= 0
    assert "+++ after: agent pool gpunp" in printed
    assert f'+    "vmSize": "{SIZE}"' in printed


def test_pool_is_created_while_the_module_waits_in_real_time(tmp_path: Path) -> None:
    with simulated_azure(tmp_path, speed=600) as azure:
        azure.make_group()
        azure.make_cluster()
        environ = environment(tmp_path, azure.environ)
        with subprocess.Popen(adhoc("aks_gpu_nodepool", POOL), cwd=REPOSITORY, env=environ, stdout=subprocess.PIPE, text=True) as process:
            while True:
                try:
                    printed, _unused = process.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    azure.clock.sleep(30)
        made = result(printed)
    assert (made["changed"], made["pool"]["provisioning_state"]) == (True, "Succeeded")


def test_failure_has_a_paragraph_for_people_and_fields_for_programs(with_cluster: Azure, tmp_path: Path) -> None:
    found, printed = module_alone(with_cluster, tmp_path, "aks_gpu_nodepool", {**POOL, "vm_size": "Standard_NC6"})
    assert found["error"]["code"] == "VMSizeNotSupported"
    assert found["error"]["retriable"] is False
    assert found["msg"].startswith("Creating the node pool gpunp: Azure returned VMSizeNotSupported: Virtual Machine size: 'Standard_NC6'")
    assert found["msg"].endswith("was retired on 2023-09-06; set vm_size to Standard_NC4as_T4_v3.")
    assert "\n" not in found["msg"]
    assert "Traceback" not in printed


def test_wrong_secret_is_not_in_the_result(azure: Azure, tmp_path: Path) -> None:
    found, printed = module_alone(azure, tmp_path, "aks_feature", {"secret": "wrong-secret"})
    assert found["error"]["code"] == "InvalidClientSecret"
    assert found["invocation"]["module_args"]["secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert "wrong-secret" not in json.dumps(found)
    assert PRINCIPAL.secret not in printed


def test_credentials_go_to_the_file_and_not_to_the_screen(with_cluster: Azure, tmp_path: Path) -> None:
    params = {"resource_group": GROUP, "cluster": CLUSTER, "path": "~/aks.config"}
    found, printed = module_alone(with_cluster, tmp_path, "aks_credentials", params)
    path = tmp_path / "aks.config"
    assert (found["changed"], found["path"], path.stat().st_mode & 0o777) == (True, str(path), 0o600)
    assert "VALUE HIDDEN" in printed
    assert "client-key-data: " in path.read_text()
    assert path.read_text().partition("client-key-data: ")[2].split()[0] not in printed


def test_missing_credentials_error_names_the_ways_to_sign_in(azure: Azure, tmp_path: Path) -> None:
    found, printed = module_alone(azure, tmp_path, "aks_feature", {}, AZURE_SECRET="")
    assert found["error"]["code"] == "MissingCredentials"
    assert "az login" in found["msg"]
    assert "Traceback" not in printed


def test_interpreter_without_the_sdk_gets_the_install_command(azure: Azure, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / "bin" / "python"
    found, _unused = task(azure, tmp_path, "aks_feature", {}, "-e", f"ansible_python_interpreter={python}")
    assert "azure-mgmt-containerservice" in found["msg"]
    assert str(python) in found["msg"]


OLD_PYTHON = next(
    (
        python
        for python in [*Path.home().glob(".pyenv/versions/3.[89].*/bin/python"), *map(shutil.which, ("python3.8", "python3.9"))]
        if python
    ),
    None,
)


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python 3.8 or 3.9 on this machine")
def test_python_that_is_too_old_is_reported_in_one_sentence(azure: Azure, tmp_path: Path) -> None:
    found, _unused = task(azure, tmp_path, "aks_feature", {}, "-e", f"ansible_python_interpreter={OLD_PYTHON}")
    assert found["msg"].startswith("Python 3.11 or newer is required")
    assert found["error"]["code"] == "UnfitPython"
    assert azure.log() == []
