# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the in-process entry point does when something is wrong with us or with the controller."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.plugins.azure import CLUSTER, GROUP
from tests.integration.plugins.entry_points import ENTRY_POINTS, HERE, Json, Played, differences, play, task
from tests.integration.running_lab import REPOSITORY

ACTIONS = Path(__file__).with_name("action")


def broken(name: str, how: str, **keywords: object) -> Json:
    return {"name": name, "broken": {"how": how, "secret": "s3cret"}, "ignore_errors": True, "when": f"entry_point == '{HERE}'", **keywords}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Operations with bugs, one after the other."""
    loop = {"loop": ["first", "second"], "environment": {"OF_THE_LAST_TASK": "{{ 'left' if item == 'first' else omit }}"}}
    tasks = [
        broken("raise", "raise"),
        broken("exit", "exit"),
        broken("environment", "", environment={"OF_THE_TASK": "seen"}),
        broken("environment again", ""),
        broken("loop", "", **loop),
    ]
    return play(tmp_path_factory.mktemp("broken"), tasks, environment={"ANSIBLE_ACTION_PLUGINS": str(ACTIONS)})


@pytest.mark.parametrize(("name", "told"), [("raise", "KeyError: 'nothing' (broken.py, line "), ("exit", "SystemExit: a library ")])
def test_bug_in_an_operation_fails_the_task_and_not_the_worker(played: Played, name: str, told: str) -> None:
    result = played.result(name, HERE)
    assert (result["event"], result["error"]["code"]) == ("failed", "InternalError")
    assert result["msg"].startswith(told)
    assert "bug in gpuops.aks" in result["msg"]
    assert "Traceback" not in played.output
    assert "dead state" not in played.output


def test_task_environment_is_visible_to_its_task_only(played: Played) -> None:
    assert played.result("environment", HERE)["seen"] == "seen"
    assert played.result("environment again", HERE)["seen"] == ""


def test_environment_is_restored_between_loop_items(played: Played) -> None:
    assert [item["left"] for item in played.result("loop", HERE)["results"]] == ["left", ""]


def test_controller_without_a_library_runs_the_module_which_names_it(tmp_path: Path) -> None:
    for package in ("kubernetes", "msal"):  # azure-identity stands on the second
        (tmp_path / "without" / package).mkdir(parents=True)
        (tmp_path / "without" / package / "__init__.py").write_text(f"raise ImportError('no {package} here')\n")
    tasks = [
        task("kubernetes", "gpu_schedulable_facts", {"kubeconfig": "/no/such/file"}),
        task("azure", "aks_cluster", {"resource_group": GROUP, "name": CLUSTER}),
    ]
    played = play(tmp_path, tasks, environment={"PYTHONPATH": str(tmp_path / "without")})
    for name, package in {"kubernetes": "kubernetes", "azure": "azure-identity"}.items():
        here, module = (played.compared(name, entry_point) for entry_point in ENTRY_POINTS)
        assert differences(here, module) == {}
        assert f"Failed to import the required Python library ({package})" in here["msg"]
        assert here["error"]["code"] == "MissingPackage"
        assert f"pip install -r {REPOSITORY / 'requirements.txt'}" in here["error"]["remedy"]
        assert played.reasons(name)[HERE] == f"{sys.executable} has no {package}"
