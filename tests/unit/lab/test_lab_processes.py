# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab import processes, readiness
from tests.lab.config import LabError, Layout


def start(tmp_path: Path, script: str) -> processes.Process:
    command = [sys.executable, "-c", script]
    return processes.spawn("part", command, log=tmp_path / "part.log", env=os.environ, cwd=tmp_path, port=1)


def test_stopped_process_is_dead(tmp_path: Path) -> None:
    part = start(tmp_path, "import time; time.sleep(60)")
    assert part.alive
    processes.stop([part], grace_s=5)
    assert not part.alive


def test_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    part = start(tmp_path, "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    while "deaf" not in Path(part.log).read_text():
        assert part.alive
    processes.stop([part], grace_s=0.1)
    assert not part.alive


def test_what_a_killed_process_has_started_is_killed(tmp_path: Path) -> None:
    script = (
        "import subprocess, time; child = subprocess.Popen(['sleep', '60'], process_group=0); print(child.pid, flush=True); time.sleep(60)"
    )
    part = start(tmp_path, script)
    while not (said := Path(part.log).read_text()).endswith("\n"):
        assert part.alive
    os.kill(part.pid, signal.SIGKILL)
    assert Path(f"/proc/{int(said)}").exists()
    processes.stop([part], grace_s=5)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{int(said)}/exe").exists():
        assert time.monotonic() < deadline


def test_recycled_pid_is_not_touched() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        former = processes.Process("former", bystander.pid, "1", 1, "")
        assert not former.alive
        processes.stop([former], grace_s=5)
        assert bystander.poll() is None
        bystander.communicate(b"\n")
    assert bystander.returncode == 0


def test_end_of_the_log(tmp_path: Path) -> None:
    part = processes.Process("part", 1, "1", 1, str(tmp_path / "part.log"))
    assert part.log_end() == ""
    Path(part.log).write_text("".join(f"line {number}\n" for number in range(100)))
    assert part.log_end().splitlines()[0] == "line 80"


def test_record_is_read_back(tmp_path: Path) -> None:
    layout, part = Layout(tmp_path), processes.Process("part", 1, "1", 1, "log")
    assert processes.load(layout) == []
    processes.save(layout, [part, replace(part, name="other")])
    assert processes.load(layout) == [part, replace(part, name="other")]


def test_death_while_waiting_is_noticed_at_once(tmp_path: Path) -> None:
    part = start(tmp_path, "raise SystemExit('no such flag')")
    with pytest.raises(LabError, match=r"part \(pid \d+\) has died(?s:.*)no such flag"):
        readiness.wait_for([part], lambda: False)
