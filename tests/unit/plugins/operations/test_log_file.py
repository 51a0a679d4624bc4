# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import resource
import stat
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.jobs.log_file import LogFile

from ..builders import assert_explained


def test_log_replaces_an_older_one_and_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("of an earlier run")
    with closing(LogFile(str(path))) as file:
        file.write("first")
        file.write("half \ud83d and \x1b[1m")
        assert path.read_text() == "of an earlier run"
        file.save()
    assert path.read_bytes() == b"first\nhalf ? and \x1b[1m\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_unsaved_log_leaves_nothing(tmp_path: Path) -> None:
    with closing(LogFile(str(tmp_path / "job.log"))) as file:
        file.write("first")
        assert list(tmp_path.iterdir()) == []


def test_directory_removed_meanwhile_is_reported_when_the_log_is_saved(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    with closing(LogFile(str(directory / "job.log"))) as file:
        directory.rmdir()
        file.write("first")
        with pytest.raises(InvalidInputError) as refusal:
            file.save()
    assert_explained(refusal.value, "UnwritableFile", "job.log", "No such file or directory")


def test_missing_log_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("of an earlier run")
    with closing(LogFile(str(path))) as file:
        file.save()
    assert path.read_text() == "of an earlier run"


@pytest.mark.timeout(10)
def test_pipe_created_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    with closing(LogFile(str(path))) as file:
        os.mkfifo(path)
        file.write("first")
        with pytest.raises(InvalidInputError) as refusal:
            file.save()
    assert_explained(refusal.value, "UnwritableFile", "job.log", "not a regular file")
    assert path.is_fifo()
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_without_space_for_what_is_still_in_memory_is_told_once(tmp_path: Path) -> None:
    log = LogFile(str(tmp_path / "job.log"))
    log.write("begun")
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, allowed[1]))
    try:
        log.write("x" * 3000)
        with pytest.raises(InvalidInputError) as refusal:
            log.save()
        log.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert refusal.value.code == "UnwritableFile"
    assert list(tmp_path.iterdir()) == []
