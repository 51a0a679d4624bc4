# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The file of a kubeconfig: who may read it, who may write it at the same time, and what can't be one.

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
from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.file import (
    locked,
    read_kubeconfig,
    remove_kubeconfig,
    write_kubeconfig,
)

from ..builders import assert_explained
from .test_kubeconfig import fetched, names

_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_a_file_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config"
    write_kubeconfig(path, fetched())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_kubeconfig(path) == fetched()


def test_a_file_that_others_may_read_is_closed_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("{}")
    path.chmod(0o644)
    write_kubeconfig(path, fetched())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["config"], "a temporary file was left"


def test_no_file_is_an_empty_kubeconfig(tmp_path: Path) -> None:
    assert read_kubeconfig(tmp_path / "config") == {}


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError) as refusal:
        read_kubeconfig(binary)
    assert_explained(refusal.value, "UnreadableFile", str(binary), "UTF-8")


def test_what_is_no_file_is_neither_read_nor_replaced(special: Path) -> None:
    before = special.stat()
    for use in (lambda: read_kubeconfig(special), lambda: write_kubeconfig(special, fetched())):
        with pytest.raises(InvalidInputError) as refusal:
            use()
        assert_explained(refusal.value, "NoRegularFile", "path of a file")
    assert special.stat() == before


def test_a_path_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError) as refusal:
        write_kubeconfig(tmp_path / "file" / "config", fetched())
    assert_explained(refusal.value, "UnwritableFile", str(tmp_path / "file"))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_remedy_for_a_full_disk_is_space(tmp_path: Path) -> None:
    # The file may not be larger than nothing, which the system tells as it tells of a full disk: by the write that fails.
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.file import write_kubeconfig\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try: write_kubeconfig(Path(sys.argv[1]), {})\n"
        "except Exception as error: print(error.code, error.message, error.remedy)"
    )
    told = python(program, str(tmp_path / "config"))
    assert told.startswith(f"UnwritableFile {tmp_path / 'config'} can't be written: File too large. Raise the limit of a file's size")
    assert list(tmp_path.iterdir()) == []


def python(program: str, *arguments: str) -> str:
    """What a program prints that ends well."""
    return subprocess.run([sys.executable, "-c", program, *arguments], env=_ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InvalidInputError) as refusal:
        read_kubeconfig(path)
    assert_explained(refusal.value, "UnreadableFile", "1048576 MiB")


def test_a_file_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInputError) as refusal:
        remove_kubeconfig(tmp_path / "folder")
    assert_explained(refusal.value, "UnwritableFile", str(tmp_path / "folder"), "removed")


def test_a_file_that_somebody_else_has_just_removed_is_no_failure(tmp_path: Path) -> None:
    remove_kubeconfig(tmp_path / "config")
    assert list(tmp_path.iterdir()) == []


# As Ansible does with its workers: processes that one has forked, and which begin at the same moment.
_MERGING = """
import json, os, sys; from pathlib import Path
from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.file import locked, read_kubeconfig, write_kubeconfig
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.merge import merged
path, start = Path(sys.argv[1]), os.pipe()
for config in json.loads(sys.argv[2]):
    if os.fork() == 0:
        os.close(start[1]); os.read(start[0], 1)
        with locked(path, SystemClock()):
            write_kubeconfig(path, merged(read_kubeconfig(path), config))
        os._exit(0)
print("ready", flush=True); sys.stdin.readline(); os.close(start[1])
while True:
    try: assert os.wait()[1] == 0
    except ChildProcessError: break
"""
_STOPPING = """
import os, signal, sys; from pathlib import Path
from ansible_collections.gpuops.aks.plugins.module_utils._clock import SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig import file as kubeconfig_file
with kubeconfig_file.locked(Path(sys.argv[1]), SystemClock()):
    handle = os.open(f"{os.path.dirname(sys.argv[1])}/.config.gpuops-aks-12345678", os.O_CREAT)
    print("ready", flush=True); sys.stdin.readline()
"""


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    """A program that waits for a line once it is ready."""
    line = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(line, env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go_on(process: subprocess.Popen[str]) -> None:
    """Let a program that is ready go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def until_ready(process: subprocess.Popen[str]) -> None:
    """Wait until a program is ready."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def test_twenty_that_merge_into_one_file_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config"
    clusters = [f"aks-{number}" for number in range(20)]
    processes = [started(_MERGING, str(path), json.dumps([fetched(name) for name in some])) for some in (clusters[:10], clusters[10:])]
    for process in processes:
        until_ready(process)
    for process in processes:
        go_on(process)
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    config = read_kubeconfig(path)
    for kind in ("contexts", "clusters"):
        assert sorted(names(config, kind)) == sorted(clusters)
    assert config["current-context"] in clusters
    assert [each.name for each in tmp_path.iterdir()] == ["config"], "a lock or a temporary file was left"


def test_the_lock_of_a_killed_task_is_free_and_what_it_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "config"
    process = started(_STOPPING, str(path))
    until_ready(process)
    assert [each.name for each in tmp_path.iterdir()] == [".config.gpuops-aks-12345678"]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = time.monotonic()
    with locked(path, SystemClock()):
        assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - before < 5


def test_leftovers_of_another_file_stay(tmp_path: Path) -> None:
    (tmp_path / ".other.gpuops-aks-12345678").touch()
    (tmp_path / ".config.backup12").touch()
    with locked(tmp_path / "config", SystemClock()):
        assert len(list(tmp_path.iterdir())) == 2
