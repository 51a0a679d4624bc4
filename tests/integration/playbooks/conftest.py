# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module of playbook tests has a lab of its own: a chain takes the whole cluster, from nothing to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import new_lab
from tests.integration.running_lab import RunningLab


@pytest.fixture(scope="module")
def own_lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """An empty lab; a module says of which era by `ERA`, and with which options by `LAB_OPTIONS`."""
    module = request.module
    with new_lab(request, getattr(module, "ERA", "2026"), *getattr(module, "LAB_OPTIONS", ())) as started:
        yield started


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory for kubeconfig and report."""
    return tmp_path
