# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of a session, and one of 2021 for those that ask for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.running_lab import REPOSITORY, RunningLab, running


@contextmanager
def _temporary_directory(era: str) -> Iterator[Path]:
    """Under build/, and left there if a test failed, for its logs."""
    parent = REPOSITORY / "build"
    parent.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"test-lab-{era}-", dir=parent))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def lab() -> Iterator[RunningLab]:
    """A lab of 2026 that the whole session shares."""
    with _temporary_directory("2026") as directory, running(directory, era="2026") as started:
        yield started


@pytest.fixture(scope="session")
def lab2021() -> Iterator[RunningLab]:
    """A lab of 2021 that the whole session shares, started when the first test asks for it."""
    with _temporary_directory("2021") as directory, running(directory, era="2021") as started:
        yield started
