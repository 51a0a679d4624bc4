# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a container becomes a local process: its program, arguments and environment."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tests.lab import devices
from tests.lab.config import DEFAULT_SPEED
from tests.lab.devices import NodeGpu
from tests.lab.programs import COMMANDS, IMAGES, UNAVAILABLE

# Pods with a container of any of these are the lab's kubelet's.
RUN_HERE = frozenset({*IMAGES, *UNAVAILABLE})
# NumPy would start a thread a core in each of several programs that share the machine.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


class NoProgramError(Exception):
    """The lab has no program for the container's image or command; reason and message are a kubelet's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Invocation:
    """A process to start."""

    command: tuple[str, ...]
    env: Mapping[str, str]


def runs_here(pod: Mapping[str, Any]) -> bool:
    """Whether the lab's kubelet runs this pod; all others are KWOK's."""
    return any(container["image"] in RUN_HERE for container in pod["spec"]["containers"])


def program(container: Mapping[str, Any]) -> str:
    """The module that stands in for what the container runs."""
    image, command = container["image"], container.get("command")
    if image in UNAVAILABLE:
        pulling = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {UNAVAILABLE[image]}'
        raise NoProgramError("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {pulling}')
    if image not in IMAGES:
        raise NoProgramError("ImagePullBackOff", f'Back-off pulling image "{image}": the lab has no stand-in for it')
    if not command:
        return IMAGES[image]
    name = PurePosixPath(command[0]).name
    if name not in COMMANDS:
        raise NoProgramError("StartError", f'exec: "{command[0]}": executable file not found in $PATH: the lab knows {", ".join(COMMANDS)}')
    return COMMANDS[name]


def image_id(container: Mapping[str, Any]) -> str:
    """Names what really runs: the stand-in and a digest of its source; empty if there is none."""
    module = IMAGES.get(container["image"])
    spec = importlib.util.find_spec(module) if module else None
    if spec is None or spec.origin is None:
        return ""
    return f"gpuops.aks-lab/{module}@sha256:{hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()}"


def invocation(container: Mapping[str, Any], *, gpu: NodeGpu | None) -> Invocation:
    """The process for a container on a node with such GPUs; NoProgramError if there is none."""
    module = program(container)
    arguments = [*container.get("command", [])[1:], *container.get("args", [])]
    values = {item["name"]: item.get("value", "") for item in container.get("env", [])}
    own = {"PATH": os.environ.get("PATH", os.defpath), "LAB_SPEED": os.environ.get("LAB_SPEED", f"{DEFAULT_SPEED:g}")}
    env = {**own, **_ONE_THREAD, **values, **gpu_environment(devices.requested(container), gpu)}
    return Invocation((sys.executable, "-u", "-m", module, *_expanded(arguments, values)), env)


def _expanded(arguments: Sequence[str], values: Mapping[str, str]) -> list[str]:
    for name, value in values.items():
        arguments = [argument.replace(f"$({name})", value) for argument in arguments]
    return list(arguments)


def gpu_environment(count: int, gpu: NodeGpu | None) -> dict[str, str]:
    """The GPUs that a program sees; a container without a GPU request gets none, as on a real node."""
    if count == 0 or gpu is None:
        return {"NVIDIA_VISIBLE_DEVICES": "void"}
    visible = ",".join(str(index) for index in range(count))
    return {"NVIDIA_VISIBLE_DEVICES": visible, "LAB_GPU_MODEL": gpu.model, "LAB_GPU_SLICE": gpu.slice}
