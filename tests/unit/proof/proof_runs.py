# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the proof as a pod does: the package's files alone, as a program of their own, on the lab's stand-in for the GPUs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.lab.gpu import build

PACKAGE = Path(__file__).parents[3] / "plugins" / "module_utils" / "_proof"
NONCE = "0123456789abcdef0123456789abcdef"
SCHEMA = "gpuops.aks/gpu-proof/1"


class Result(NamedTuple):
    """What a run printed, and how it ended."""

    status: int
    lines: list[str]
    devices: list[dict[str, Any]]
    run: dict[str, Any]
    cpu_seconds: float


def gpu(number: int = 1, **fields: str) -> str:
    """A device as LAB_GPUS describes it."""
    described = {
        "uuid": uuid(number),
        "name": "Tesla T4",
        "memory": "15637086208",
        "capability": "7.5",
        "bus": f"0000000{number}:00:00.0",
        **fields,
    }
    return ",".join(f"{key}={value}" for key, value in described.items())


def uuid(number: int, kind: str = "GPU") -> str:
    """The UUID of a device."""
    return f"{kind}-6e57a0b1-0000-4a6d-9000-{number:012x}"


# What describes a MIG slice of one GPU.
SLICE = {"name": "NVIDIA A100 80GB PCIe", "memory": "9985589248", "capability": "8.0", "mig": "1g.10gb", "parent": uuid(9)}


def place(directory: Path) -> Path:
    """The program as the pod has it: a package called proof, which imports nothing of ours."""
    link = directory / "proof"
    if not link.exists():
        link.symlink_to(PACKAGE)
    return directory


def command(*arguments: str, level: str = "smoke", nonce: str = NONCE, timeout: str = "60") -> list[str]:
    """The command of the pod."""
    return [sys.executable, "-B", "-m", "proof.main", "--level", level, "--nonce", nonce, "--timeout", timeout, *arguments]


def environment(gpus: str, /, **more: str) -> dict[str, str]:
    """The environment of the pod."""
    own = {"LAB_GPUS": gpus, "LD_LIBRARY_PATH": str(build.libraries()), "NODE_NAME": "node-a", "POD_UID": "uid-a"}
    return {"PATH": os.environ["PATH"], **own, **more}


def prove(
    directory: Path, *gpus: str, level: str = "smoke", nonce: str = NONCE, timeout: str = "60", load: str | None = None, **more: str
) -> Result:
    """Run the program on devices, and let them work for so many seconds at the end."""
    before = os.times()
    done = subprocess.run(
        command(*(["--load-seconds", load] if load else []), level=level, nonce=nonce, timeout=timeout),
        cwd=place(directory),
        env=environment(";".join(gpus), **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    after = os.times()
    assert done.stderr == ""
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return result(done.returncode, done.stdout, used)


def children(pid: int) -> list[int]:
    """The processes that a process has started and not waited for."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def result(status: int, output: str, cpu_seconds: float = 0.0) -> Result:
    """What a run printed, taken apart."""
    lines = output.splitlines()
    records = [json.loads(line) for line in lines if line.startswith('{"schema": "' + SCHEMA + '"')]
    assert [record["kind"] for record in records] == ["device"] * (len(records) - 1) + ["run"]
    return Result(status, [line for line in lines if not line.startswith("{")], records[:-1], records[-1], cpu_seconds)


def check(record: dict[str, Any], name: str) -> dict[str, Any]:
    """One of a device's checks."""
    (found,) = [each for each in record["checks"] if each["name"] == name]
    return found


def failed(record: dict[str, Any]) -> list[str]:
    """The names of the checks that a device failed."""
    return [each["name"] for each in record["checks"] if not each["passed"]]
