# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is imported of the official Kubernetes client, and what others find of it afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module, reload

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection import official_client


def imported() -> list[str]:
    """What Python knows of the client now."""
    return [name for name in sys.modules if name.partition(".")[0] == "kubernetes"]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has not imported the client."""
    for name in imported():
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in imported():
        del sys.modules[name]


@pytest.mark.usefixtures("fresh")
def test_two_modules_are_imported_and_nothing_is_left_of_their_packages() -> None:
    reload(official_client)
    assert imported() == []
    assert official_client.Configuration.__module__ == "kubernetes.client.configuration"


@pytest.mark.usefixtures("fresh")
def test_whoever_imports_the_client_afterwards_gets_all_of_it() -> None:
    reload(official_client)
    assert import_module("kubernetes").client.V1Pod


@pytest.mark.usefixtures("fresh")
def test_a_client_that_is_imported_already_is_used_and_stays() -> None:
    client = import_module("kubernetes").client
    reload(official_client)
    assert official_client.Configuration is client.Configuration
    assert sys.modules["kubernetes"].client is client
