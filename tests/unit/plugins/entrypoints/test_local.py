# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.local import TaskContext, same_python, why_not_in_process
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.task_environment import deferred_signals, task_environment

PLAIN = TaskContext(connection="ansible.builtin.local", become=False, asynchronous=False, interpreter="", python="/usr/bin/python3")


@pytest.fixture
def pythons(tmp_path: Path) -> Path:
    """A program, a virtual environment of it with two names, another environment, and links to both kinds from elsewhere."""
    for name in ("usr/bin", "one/bin", "two/bin", "links"):
        (tmp_path / name).mkdir(parents=True)
    program = tmp_path / "usr/bin/python3.11"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    for environment in ("one", "two"):
        (tmp_path / environment / "pyvenv.cfg").touch()
        (tmp_path / environment / "bin/python").symlink_to(program)
        (tmp_path / environment / "bin/python3").symlink_to("python")
    (tmp_path / "links/one").symlink_to(tmp_path / "one")
    (tmp_path / "links/python").symlink_to(tmp_path / "one/bin/python")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("one/bin/python", "one/bin/python3", True),
        ("links/one/bin/python", "one/bin/python3", True),
        ("usr/bin/python3", "usr/bin/python3.11", True),
        ("one/bin/python", "two/bin/python", False),
        ("one/bin/python", "usr/bin/python3.11", False),
        # Python looks for its environment beside the link that it is started by: this one has the program's own packages.
        ("links/python", "one/bin/python", False),
        ("links/python", "usr/bin/python3", True),
        ("no/such/python", "one/bin/python", False),
    ],
)
def test_same_python_means_same_program_and_same_packages(pythons: Path, one: str, other: str, same: bool) -> None:
    assert same_python(str(pythons / one), str(pythons / other)) is same


def test_interpreter_name_is_looked_up_on_the_path(pythons: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(pythons / "one/bin"))
    assert same_python("python3", str(pythons / "one/bin/python"))


@pytest.mark.parametrize("interpreter", ["", "auto", "auto_silent", "auto_legacy", "auto_legacy_silent", "/usr/bin/python3"])
def test_local_task_with_the_controllers_python_runs_in_process(interpreter: str) -> None:
    assert why_not_in_process(replace(PLAIN, interpreter=interpreter)) is None


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (replace(PLAIN, connection="ansible.builtin.ssh"), "its connection is ansible.builtin.ssh"),
        (replace(PLAIN, become=True), "it runs as another user (become)"),
        (replace(PLAIN, asynchronous=True), "it is async"),
        (replace(PLAIN, interpreter="/opt/python"), "its interpreter is /opt/python, not the controller's /usr/bin/python3"),
        (replace(PLAIN, interpreter="/bin/env p"), "its interpreter is /bin/env p, not the controller's /usr/bin/python3"),
    ],
)  # fmt: skip
def test_task_that_is_not_plain_local_work_runs_as_a_module_with_a_reason(task: TaskContext, reason: str) -> None:
    assert why_not_in_process(task) == reason


def test_task_environment_is_restored_after_the_task(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEPT", "kept")
    monkeypatch.setenv("CHANGED", "before")
    monkeypatch.delenv("ADDED", raising=False)
    before = dict(os.environ)
    seen: dict[str, str] = {}
    place = Path.cwd()

    def fail_half_way() -> None:
        with task_environment({"CHANGED": "meanwhile", "ADDED": "added"}, str(tmp_path)):
            seen.update(os.environ, cwd=str(Path.cwd()))
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    assert (seen["KEPT"], seen["CHANGED"], seen["ADDED"]) == ("kept", "meanwhile", "added")
    assert seen["cwd"] == str(tmp_path)
    assert (dict(os.environ), Path.cwd()) == (before, place)


def test_output_and_logs_of_libraries_are_discarded(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    out, err, level = sys.stdout, sys.stderr, logging.root.manager.disable
    with task_environment({}, "."):
        sys.stdout.write("a library's word")
        sys.stderr.write("another's")
        logging.getLogger("azure").error("a third's")
        assert isinstance(sys.stderr, io.StringIO)
    assert (sys.stdout, sys.stderr, logging.root.manager.disable) == (out, err, level)
    assert (caplog.text, capsys.readouterr()) == ("", ("", ""))


@pytest.fixture
def _sigint_interrupts() -> Iterator[None]:
    """A shell's background jobs inherit that SIGINT is ignored, and Python then sets no handler for it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_sigint_interrupts")
def test_ctrl_c_is_deferred_until_the_line_is_shown() -> None:
    before = signal.getsignal(signal.SIGINT)
    shown: list[str] = []

    def show() -> None:
        with deferred_signals():
            signal.raise_signal(signal.SIGINT)
            shown.append("line")

    with pytest.raises(KeyboardInterrupt):
        show()
    assert shown == ["line"]
    assert signal.getsignal(signal.SIGINT) is before
