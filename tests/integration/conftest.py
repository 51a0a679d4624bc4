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
def new_lab(request: pytest.FixtureRequest, era: str, *options: str) -> Iterator[RunningLab]:
    """A lab under build/, started with these options of `up`; its directory stays if a test failed, for the logs."""
    parent = REPOSITORY / "build"
    parent.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"test-lab-{era}-", dir=parent))
    try:
        with running(directory, era=era, options=options) as started:
            yield started
    finally:
        if not request.session.testsfailed:
            shutil.rmtree(directory)


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """A lab of 2026 that the whole session shares."""
    with new_lab(request, "2026") as started:
        yield started


@pytest.fixture(scope="session")
def lab2021(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """A lab of 2021 that the whole session shares, started when the first test asks for it."""
    with new_lab(request, "2021") as started:
        yield started
