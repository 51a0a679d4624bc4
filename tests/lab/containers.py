# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a container becomes a local process: its program, arguments and environment."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tests.lab import variables, visible_gpus, volumes
from tests.lab.config import DEFAULT_SPEED
from tests.lab.device_manager import Grant
from tests.lab.programs import COMMANDS, IMAGES, PYTHON_COMMANDS, PYTHON_IMAGES, UNAVAILABLE
from tests.lab.volumes import PodDirectory

# Pods with a container of any of these are the lab's kubelet's.
RUN_HERE = frozenset({*IMAGES, *PYTHON_IMAGES, *UNAVAILABLE})
_REPOSITORY = Path(__file__).parents[2]
# NumPy would start a thread a core in each of several programs that share the machine.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


class NoProgramError(Exception):
    """The lab has no program for the container's image or command; reason and message are a kubelet's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class ThisMachine:
    """What containers use of the machine that the lab runs on: Python, the libraries that stand in for NVIDIA's, a directory for files."""

    python: Path
    libraries: Path
    pods: Path


@dataclass(frozen=True)
class Invocation:
    """A process to start."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    directory: Path


def runs_here(pod: Mapping[str, Any]) -> bool:
    """Whether the lab's kubelet runs this pod; all others are KWOK's."""
    return any(container["image"] in RUN_HERE for container in pod["spec"]["containers"])


def invocation(
    container: Mapping[str, Any], *, fields: Mapping[str, str], files: PodDirectory, grant: Grant, machine: ThisMachine
) -> Invocation:
    """The process for a container of a pod with these fields and files; NoProgramError if there is none."""
    program = _program(container, machine.python)
    try:
        values = variables.values(container.get("env", []), fields)
    except variables.UnknownSourceError as error:
        raise NoProgramError("CreateContainerConfigError", str(error)) from error
    mounts = files.mount(container)
    words = [*container.get("command", [])[1:], *container.get("args", [])]
    arguments = [volumes.mapped(variables.expanded(word, values), mounts) for word in words]
    own = {"PATH": os.environ.get("PATH", os.defpath), "LAB_SPEED": os.environ.get("LAB_SPEED", f"{DEFAULT_SPEED:g}")}
    env = {**own, **_ONE_THREAD, **values, **_gpu_environment(grant, values, machine.libraries)}
    directory = files.working_directory(container) if container["image"] in PYTHON_IMAGES else _REPOSITORY
    return Invocation((*program, *arguments), env, directory)


def _program(container: Mapping[str, Any], python: Path) -> tuple[str, ...]:
    """The command line that stands in for the container's program, without its arguments."""
    image, command = container["image"], container.get("command")
    if image in UNAVAILABLE:
        pulling = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {UNAVAILABLE[image]}'
        raise NoProgramError("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {pulling}')
    if image not in RUN_HERE:
        raise NoProgramError("ImagePullBackOff", f'Back-off pulling image "{image}": the lab has no stand-in for it')
    known = {**{name: _module(module) for name, module in COMMANDS.items()}, **_own_commands(image, python)}
    if not command:
        return _module(IMAGES[image]) if image in IMAGES else (str(python),)
    name = PurePosixPath(command[0]).name
    if name not in known:
        raise NoProgramError("StartError", f'exec: "{command[0]}": executable file not found in $PATH: the lab knows {", ".join(known)}')
    return known[name]


def _own_commands(image: str, python: Path) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(PYTHON_COMMANDS, (str(python),)) if image in PYTHON_IMAGES else {}


def _module(module: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-m", module)


def image_id(container: Mapping[str, Any]) -> str:
    """Names what really runs: the stand-in and a digest of its source; empty if there is none."""
    image = container["image"]
    if image in PYTHON_IMAGES:
        return _image_id("python3", sys.version.encode())
    module = IMAGES.get(image)
    spec = importlib.util.find_spec(module) if module else None
    if module is None or spec is None or spec.origin is None:
        return ""
    return _image_id(module, Path(spec.origin).read_bytes())


def _image_id(name: str, content: bytes) -> str:
    return f"gpuops.aks-lab/{name}@sha256:{hashlib.sha256(content).hexdigest()}"


def _gpu_environment(grant: Grant, values: Mapping[str, str], libraries: Path) -> dict[str, str]:
    """What NVIDIA's device plugin and container runtime add; a container without a GPU request gets no GPU, as on a real node."""
    if not grant.uuids:
        return {"NVIDIA_VISIBLE_DEVICES": "void"}
    return {
        "NVIDIA_VISIBLE_DEVICES": ",".join(grant.uuids),
        visible_gpus.VARIABLE: visible_gpus.encoded(grant.visible),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, (str(libraries), values.get("LD_LIBRARY_PATH")))),
    }
