# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Azure for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.plugins.azure import Azure, simulated_azure


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """Azure of 2026, empty."""
    with simulated_azure(tmp_path) as simulated:
        yield simulated


@pytest.fixture
def azure2021(tmp_path: Path) -> Iterator[Azure]:
    """Azure of 2021, empty."""
    with simulated_azure(tmp_path, era="2021") as simulated:
        yield simulated


@pytest.fixture
def with_cluster(azure: Azure) -> Azure:
    """Azure with a cluster that somebody else has made."""
    azure.make_group()
    azure.make_cluster()
    return azure
