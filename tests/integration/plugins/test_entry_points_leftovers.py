# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task leaves nothing behind in the worker that it runs in: no connection, file or thread, and no memory, whoever has asked for that.

A worker of Ansible does the same task many times, through the in-process entry point. All servers are in other processes: the
simulated Azure holds 256 KiB a connection until it has seen its end, which on a busy machine are megabytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.plugins.azure import CLUSTER, GROUP, simulated_azure
from tests.integration.plugins.entry_points import HERE, Json, Played, play

_ACTIONS = Path(__file__).with_name("action")
_WARM_UP, _RUNS = 4, 16
_ENOUGH_BYTES = 1_000  # a run
_KEPT = {
    "nothing": "",
    "connection": "connections",
    "file": "files",
    "thread": "threads",
    "memory": "bytes",
    "memory of a C library": "bytes",
}
# All memory is malloc's, Python's too, which counts it; what a thread has put by for itself would be counted as in use.
_COUNTED = {
    "ANSIBLE_ACTION_PLUGINS": str(_ACTIONS),
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}


def repeated(name: str, module: str, arguments: Json, **keywords: Any) -> Json:
    """A task that is done many times in one process."""
    wanted = {"module": module, "arguments": arguments, "warm_up": _WARM_UP, "runs": _RUNS}
    return {"name": name, "repeated": wanted, "when": f"entry_point == '{HERE}'", **keywords}


def left_by(played: Played, name: str) -> dict[str, int]:
    """Of what there is more after the runs than before; of memory, where it is more than chance."""
    result = played.result(name, HERE)
    assert result["event"] == "ok", result
    more = {kind: count - result["before"][kind] for kind, count in result["after"].items()}
    if more["bytes"] < _RUNS * _ENOUGH_BYTES:
        del more["bytes"]
    return {kind: count for kind, count in more.items() if count > 0}


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Tasks that leave something behind."""
    tasks = [repeated(what, "keeping", {"what": what}) for what in _KEPT]
    return play(tmp_path_factory.mktemp("keeping"), tasks, environment=_COUNTED)


@pytest.mark.parametrize(("what", "seen"), _KEPT.items())
def test_what_a_task_keeps_is_seen(keeping: Played, what: str, seen: str) -> None:
    left = left_by(keeping, what)
    assert seen in left if seen else left == {}
    # Each has memory, too, and a connection is a file.
    assert set(left) <= {seen, "bytes", "files"}


def test_azure_task_leaves_nothing_behind(tmp_path: Path) -> None:
    with simulated_azure(tmp_path, running=True) as azure:
        azure.make_group()
        azure.make_cluster()
        task = repeated("cluster", "gpuops.aks.aks_cluster", {"resource_group": GROUP, "name": CLUSTER}, environment=dict(azure.environ))
        played = play(tmp_path, [task], environment=_COUNTED)
    assert left_by(played, "cluster") == {}, played.result("cluster", HERE)["grown"]
