# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a pod: its ConfigMap and emptyDir volumes, and where its containers find them."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_DEFAULT_MODE = 0o644


class MountError(Exception):
    """A volume cannot be set up; the text is a kubelet's."""


@dataclass(frozen=True)
class File:
    """One file of a ConfigMap volume."""

    data: bytes
    mode: int


def config_map_files(source: Mapping[str, Any], config_map: Mapping[str, Any] | None) -> dict[str, File]:
    """The files of a ConfigMap volume by path; config_map is None if it does not exist."""
    optional = source.get("optional", False)
    if config_map is None and not optional:
        raise MountError(f'configmap "{source["name"]}" not found')
    data = _data(config_map or {})
    default = source.get("defaultMode", _DEFAULT_MODE)
    items = source.get("items", [{"key": key, "path": key} for key in data])
    return {item["path"]: File(data[item["key"]], item.get("mode", default)) for item in _existing(items, data, optional=optional)}


def _existing(items: Sequence[Mapping[str, Any]], data: Mapping[str, bytes], *, optional: bool) -> Iterator[Mapping[str, Any]]:
    """The items whose key is in the data. Raises MountError for one whose key is not, unless the volume is optional."""
    for item in items:
        if item["key"] in data:
            yield item
        elif not optional:
            raise MountError(f"configmap references non-existent config key: {item['key']}")


def _data(config_map: Mapping[str, Any]) -> dict[str, bytes]:
    texts = {key: text.encode() for key, text in (config_map.get("data") or {}).items()}
    return {**texts, **{key: base64.b64decode(text) for key, text in (config_map.get("binaryData") or {}).items()}}


def mapped(argument: str, mounts: Mapping[str, Path]) -> str:
    """A path in a mounted volume as this machine knows it; any other argument as it is."""
    return next(
        (str(place) + argument.removeprefix(path) for path, place in mounts.items() if f"{argument}/".startswith(f"{path}/")), argument
    )


class PodDirectory:
    """The directory of one pod: its volumes, and a root for each container, in which they are mounted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add_volume(self, name: str, files: Mapping[str, File]) -> None:
        """Write a volume as a kubelet does: its files in a directory of that moment, with links to them at the top."""
        volume = self._path / "volumes" / name
        moment = volume / f"..{datetime.now(UTC):%Y_%m_%d_%H_%M_%S.%f}"
        moment.mkdir(parents=True)
        for path, file in files.items():
            target = moment / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
            target.chmod(file.mode)
        (volume / "..data").symlink_to(moment.name)
        for name_at_top in {path.partition("/")[0] for path in files}:
            (volume / name_at_top).symlink_to(Path("..data", name_at_top))

    def add_empty_volume(self, name: str) -> None:
        """An emptyDir volume."""
        (self._path / "volumes" / name).mkdir(parents=True)

    def mount(self, container: Mapping[str, Any]) -> dict[str, Path]:
        """Make the root of a container, with the volumes that are there; returns where each of its mounts is on this machine."""
        places: dict[str, Path] = {}
        for mount in sorted(container.get("volumeMounts", []), key=lambda mount: str(mount["mountPath"])):
            volume = self._path / "volumes" / mount["name"]
            if volume.exists():
                place = self.inside(container, mount["mountPath"])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.unlink(missing_ok=True)
                place.symlink_to(volume / mount.get("subPath", ""))
                places[mount["mountPath"].rstrip("/")] = place
        return places

    def working_directory(self, container: Mapping[str, Any]) -> Path:
        """The directory in which the container's program starts; made if it is not there, as by a container runtime."""
        directory = self.inside(container, container.get("workingDir", "/"))
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def inside(self, container: Mapping[str, Any], path: str) -> Path:
        """An absolute path in the container as this machine knows it."""
        name: str = container["name"]
        return self._path / "roots" / name / os.path.normpath(f"/{path}").lstrip("/")

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self._path, ignore_errors=True)
