# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.lab.volumes import File, MountError, PodDirectory, config_map_files, mapped

CONFIG_MAP = {"data": {"a.py": "print('ä')\n", "b": ""}, "binaryData": {"c": base64.b64encode(b"\0\xff").decode()}}


def test_files_of_a_config_map_are_its_keys() -> None:
    files = config_map_files({"name": "program", "defaultMode": 0o444}, CONFIG_MAP)
    assert files == {"a.py": File("print('ä')\n".encode(), 0o444), "b": File(b"", 0o444), "c": File(b"\0\xff", 0o444)}


def test_items_choose_path_and_mode() -> None:
    source = {"name": "program", "items": [{"key": "a.py", "path": "deep/x.py", "mode": 0o500}, {"key": "b", "path": "b"}]}
    assert {path: file.mode for path, file in config_map_files(source, CONFIG_MAP).items()} == {"deep/x.py": 0o500, "b": 0o644}


@pytest.mark.parametrize(
    ("source", "config_map", "message"),
    [
        ({"name": "program"}, None, 'configmap "program" not found'),
        ({"name": "program", "items": [{"key": "z", "path": "z"}]}, CONFIG_MAP, "configmap references non-existent config key: z"),
    ],
)
def test_what_is_missing_is_an_error_unless_it_is_optional(source: dict[str, Any], config_map: dict[str, Any] | None, message: str) -> None:
    with pytest.raises(MountError) as caught:
        config_map_files(source, config_map)
    assert str(caught.value) == message
    assert config_map_files({**source, "optional": True}, config_map) == {}


def test_container_finds_its_mounts_in_a_root_of_its_own(tmp_path: Path) -> None:
    files = PodDirectory(tmp_path / "pod")
    files.add_volume("program", {"__main__.py": File(b"main", 0o644), "sub/x": File(b"x", 0o600)})
    files.add_empty_volume("scratch")
    mounts = [
        {"name": "program", "mountPath": "/opt/gpuops/proof"},
        {"name": "scratch", "mountPath": "/scratch/"},
        {"name": "program", "mountPath": "/etc/one", "subPath": "sub/x"},
        {"name": "kube-api-access", "mountPath": "/var/run/secrets"},
    ]
    container = {"name": "main", "volumeMounts": mounts, "workingDir": "/opt/gpuops"}
    places = files.mount(container)
    directory = files.working_directory(container)
    assert sorted(path.name for path in directory.iterdir()) == ["proof"]
    assert (directory / "proof" / "__main__.py").read_text() == "main"
    assert (directory / "proof" / "sub" / "x").stat().st_mode & 0o777 == 0o600
    assert places["/etc/one"].read_text() == "x"
    assert list(places["/scratch"].iterdir()) == []
    assert files.mount(container) == places
    (places["/scratch"] / "kept").touch()
    files.remove()
    assert not (tmp_path / "pod").exists()


def test_root_cannot_be_left(tmp_path: Path) -> None:
    files = PodDirectory(tmp_path)
    assert files.inside({"name": "main"}, "/../../../etc") == tmp_path / "roots" / "main" / "etc"


def test_arguments_in_a_mount_are_mapped() -> None:
    mounts = {"/opt/a": Path("/lab/a")}
    arguments = ["/opt/a/x.py", "/opt/a", "/opt/ab", "opt/a", "--file=/opt/a/x"]
    assert [mapped(argument, mounts) for argument in arguments] == ["/lab/a/x.py", "/lab/a", "/opt/ab", "opt/a", "--file=/opt/a/x"]
