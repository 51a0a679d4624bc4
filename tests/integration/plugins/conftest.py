# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Azure for each test; a cluster of the test's own making in the lab's control plane, and a wire to it that can be cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.plugins.azure import Azure, simulated_azure
from tests.integration.plugins.cluster import Cluster
from tests.integration.plugins.relay import Relay
from tests.integration.running_lab import RunningLab


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


@pytest.fixture
def cluster(lab: RunningLab, tmp_path: Path) -> Iterator[Cluster]:
    """A namespace and nodes that nobody else uses; all is gone after the test."""
    made = Cluster(lab, tmp_path)
    try:
        yield made
    finally:
        made.clean()


@pytest.fixture
def relay(lab: RunningLab) -> Iterator[Relay]:
    """A wire to the API server."""
    with Relay(lab.settings.ports.apiserver) as wire:
        yield wire
