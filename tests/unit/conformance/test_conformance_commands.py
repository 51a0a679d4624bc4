# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.conformance.commands import CommandTimeoutError, run
from tests.conformance.extension_index import NAME, index, wheel

ENV = {"PATH": os.environ["PATH"]}


def runs(pid: int) -> bool:
    """Whether a process is there, and not only its remains."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_a_command_printed_and_how_it_ended_is_kept(tmp_path: Path) -> None:
    done = run("echo out; echo err >&2; exit 3", env=ENV, cwd=tmp_path, limit_s=30)
    assert (done.status, done.output, done.complaints) == (3, "out\n", "err\n")


def test_a_watch_is_ended_when_it_has_shown_what_was_waited_for(tmp_path: Path) -> None:
    done = run("echo 0/1; echo 1/1; exec sleep 600", env=ENV, cwd=tmp_path, limit_s=30, until=["1/1"])
    assert done.output == "0/1\n1/1\n"


def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    with pytest.raises(CommandTimeoutError, match=r"after 2 s:\n\d+\n") as late:
        run("sleep 600 & echo $!; wait", env=ENV, cwd=tmp_path, limit_s=2)
    child = int(str(late.value).splitlines()[1])
    deadline = time.monotonic() + 10
    while runs(child):
        assert time.monotonic() < deadline, f"process {child} outlives its command"
        time.sleep(0.01)


def test_the_index_describes_the_wheel_that_it_offers() -> None:
    (entry,) = index("http://127.0.0.1:1", wheel())["extensions"][NAME]  # type: ignore[index]
    assert entry["downloadUrl"].endswith(entry["filename"])
    assert entry["metadata"]["name"] == NAME
    assert wheel()[:2] == b"PK"
