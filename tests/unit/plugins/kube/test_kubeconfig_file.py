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


def test_new_file_is_private_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config"
    write_kubeconfig(path, fetched())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_kubeconfig(path) == fetched()


def test_replacing_a_readable_file_makes_it_private(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("{}")
    path.chmod(0o644)
    write_kubeconfig(path, fetched())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["config"], "a temporary file was left"


def test_missing_file_is_an_empty_kubeconfig(tmp_path: Path) -> None:
    assert read_kubeconfig(tmp_path / "config") == {}


def test_file_that_is_not_utf8_is_rejected(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError) as refusal:
        read_kubeconfig(binary)
    assert_explained(refusal.value, "UnreadableFile", str(binary), "UTF-8")


def test_special_file_is_neither_read_nor_replaced(special: Path) -> None:
    before = special.stat()
    for use in (lambda: read_kubeconfig(special), lambda: write_kubeconfig(special, fetched())):
        with pytest.raises(InvalidInputError) as refusal:
            use()
        assert_explained(refusal.value, "NoRegularFile", str(special))
    assert special.stat() == before


def test_unwritable_path_is_rejected_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError) as refusal:
        write_kubeconfig(tmp_path / "file" / "config", fetched())
    assert_explained(refusal.value, "UnwritableFile", str(tmp_path / "file"))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_file_size_limit_has_its_own_remedy(tmp_path: Path) -> None:
    # With a limit of 0 bytes the write fails, as it does on a full disk.
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.file import write_kubeconfig\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try: write_kubeconfig(Path(sys.argv[1]), {})\n"
        "except Exception as error: print(error.code, error.message, error.cause, error.remedy)"
    )
    printed = python(program, str(tmp_path / "config"))
    assert printed.startswith(f"UnwritableFile {tmp_path / 'config'} ")
    assert "File too large" in printed
    assert "ulimit -f" in printed
    assert list(tmp_path.iterdir()) == []


def python(program: str, *arguments: str) -> str:
    """The output of a program that succeeds."""
    return subprocess.run([sys.executable, "-c", program, *arguments], env=_ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def test_oversized_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InvalidInputError) as refusal:
        read_kubeconfig(path)
    assert_explained(refusal.value, "UnreadableFile", "1048576 MiB")


def test_file_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInputError) as refusal:
        remove_kubeconfig(tmp_path / "folder")
    assert_explained(refusal.value, "UnwritableFile", str(tmp_path / "folder"), "removed")


def test_removing_a_missing_file_succeeds(tmp_path: Path) -> None:
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


def test_concurrent_merges_into_one_file_lose_nothing(tmp_path: Path) -> None:
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


def test_killed_task_leaves_no_lock_and_its_temporary_file_is_removed(tmp_path: Path) -> None:
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


def test_temporary_files_of_other_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".other.gpuops-aks-12345678").touch()
    (tmp_path / ".config.backup12").touch()
    with locked(tmp_path / "config", SystemClock()):
        assert len(list(tmp_path.iterdir())) == 2
