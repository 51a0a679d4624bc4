# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import stat
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.lab.config import Layout, Settings, claimed_ports, free_ports, write_private


def test_ports_differ_and_can_be_bound() -> None:
    ports = astuple(free_ports())
    assert len(set(ports)) == len(ports)
    for port in ports:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_labs_that_start_together_take_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.sample", lambda candidates, k: list(candidates)[:k])  # every lab looks in the same order
    with claimed_ports() as first, claimed_ports() as second:
        assert not {*astuple(first)} & {*astuple(second)}
    with claimed_ports() as later:
        assert later == first, "a claim ends with the start that it was for"


def test_settings_are_read_back_and_private(tmp_path: Path) -> None:
    layout, settings = Layout(tmp_path), Settings.new(era="2021", speed=12.5)
    settings.save(layout)
    assert Settings.load(layout) == settings
    assert stat.S_IMODE(layout.settings.stat().st_mode) == 0o600


def test_every_lab_has_its_own_principal() -> None:
    first, second = (Settings.new(era="2026", speed=60) for _unused in range(2))
    assert first.secret != second.secret
    assert first.subscription_id != second.subscription_id


def test_private_file_replaces_one_that_others_could_read(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
