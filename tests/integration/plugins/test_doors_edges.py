# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the in-process door does when something is wrong with us or with the controller."""

from __future__ import annotations

import gc
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster import OPERATION as CLUSTER_OPERATION

from tests.integration.plugins.azure import CLUSTER, GROUP, Azure
from tests.integration.plugins.doors import DOORS, HERE, Json, Played, differences, play, task
from tests.integration.running_lab import REPOSITORY

ACTIONS = Path(__file__).with_name("action")
_ENOUGH_BYTES = 300_000  # a pool's worth of anything that a task would leave behind 20 times is more


def broken(name: str, how: str, **keywords: object) -> Json:
    return {"name": name, "broken": {"how": how, "secret": "s3cret"}, "ignore_errors": True, "when": f"door == '{HERE}'", **keywords}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Mistakes of ours, one after the other."""
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
def test_a_mistake_of_ours_is_a_failed_task_that_says_so_and_no_dead_worker(played: Played, name: str, told: str) -> None:
    result = played.result(name, HERE)
    assert (result["event"], result["error"]["code"]) == ("failed", "InternalError")
    assert result["msg"].startswith(told)
    assert "bug in gpuops.aks" in result["msg"]
    assert "Traceback" not in played.output
    assert "dead state" not in played.output


def test_the_tasks_environment_is_seen_by_the_task_only(played: Played) -> None:
    assert played.result("environment", HERE)["seen"] == "seen"
    assert played.result("environment again", HERE)["seen"] == ""


def test_the_next_item_of_a_loop_finds_the_environment_as_it_was(played: Played) -> None:
    assert [item["left"] for item in played.result("loop", HERE)["results"]] == ["left", ""]


def test_a_controller_without_the_library_leaves_the_task_to_the_module_which_says_what_is_missing(tmp_path: Path) -> None:
    for package in ("kubernetes", "msal"):  # azure-identity stands on the second
        (tmp_path / "without" / package).mkdir(parents=True)
        (tmp_path / "without" / package / "__init__.py").write_text(f"raise ImportError('no {package} here')\n")
    tasks = [
        task("kubernetes", "gpu_schedulable_facts", {"kubeconfig": "/no/such/file"}),
        task("azure", "aks_cluster", {"resource_group": GROUP, "name": CLUSTER}),
    ]
    played = play(tmp_path, tasks, environment={"PYTHONPATH": str(tmp_path / "without")})
    for name, package in {"kubernetes": "kubernetes", "azure": "azure-identity"}.items():
        here, module = (played.compared(name, door) for door in DOORS)
        assert differences(here, module) == {}
        assert f"Failed to import the required Python library ({package})" in here["msg"]
        assert here["error"]["code"] == "MissingPackage"
        assert f"pip install -r {REPOSITORY / 'requirements.txt'}" in here["error"]["remedy"]
        assert played.reasons(name)[HERE] == f"{sys.executable} has no {package}"


def memory_of_tasks() -> int:
    """Bytes in use that our code has asked for: the simulated Azure, in this process too, frees a connection's buffers when it likes."""
    ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/module_utils/_*")])
    return sum(each.size for each in ours.statistics("filename"))


def files_in_use(most: int) -> int:
    """Open files, counted anew until the simulated Azure has closed its ends of connections, for 5 seconds at most."""
    until = time.monotonic() + 5
    while (count := len(list(Path("/proc/self/fd").iterdir()))) > most and time.monotonic() < until:
        time.sleep(0.05)
    return count


def test_a_task_leaves_no_connection_no_thread_and_no_memory_behind(with_cluster: Azure) -> None:
    def run_tasks(count: int, most: int) -> tuple[int, int, int]:
        for _unused in range(count):
            with_cluster.run(CLUSTER_OPERATION, resource_group=GROUP, name=CLUSTER)
        gc.collect()  # what waits to be collected is no leak, and of earlier tests some of it is
        return files_in_use(most), threading.active_count(), memory_of_tasks()

    tracemalloc.start()
    try:
        files, threads, memory = run_tasks(5, 1000)
        files_after, threads_after, memory_after = run_tasks(20, files)
    finally:
        tracemalloc.stop()
    # Fewer, too: what earlier tests have left may be closed meanwhile.
    assert files_after <= files
    assert threads_after <= threads
    assert memory_after - memory < _ENOUGH_BYTES
