# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the proof prints: lines for people, and JSON lines in a form with a version for the other side."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Dict, List, NamedTuple, Optional

from .facts import unknown_state

SCHEMA = "gpuops.aks/gpu-proof/1"
FIGURES = (
    "host_to_device_gb_s", "device_to_host_gb_s", "memory_gb_s", "sgemm_tflops", "memory_tested_bytes", "memory_errors", "train_accuracy",
    "train_steps", "train_curve", "seconds",
)  # fmt: skip
_UUID = re.compile(r"(?:GPU|MIG)-\S+")


class Run(NamedTuple):
    """The arguments, and what the pod knows about itself. Both times are in seconds."""

    level: str
    nonce: str
    seconds: float
    node: Optional[str]
    pod_uid: Optional[str]
    load_seconds: float = 0.0

    def head(self, kind: str, *, simulated: bool) -> Dict[str, Any]:
        """The fields that both kinds of JSON lines begin with."""
        return {
            "schema": SCHEMA,
            "kind": kind,
            "nonce": self.nonce,
            "node": self.node,
            "pod_uid": self.pod_uid,
            "level": self.level,
            "simulated": simulated,
        }


def device_record(run: Run, device: Dict[str, Any], *, simulated: bool) -> Dict[str, Any]:
    """A device's record before anything is known but which device it is."""
    return {
        **run.head("device", simulated=simulated),
        "device": device,
        "state": {"before": unknown_state(), "under_load": unknown_state(), "after": unknown_state()},
        "challenge": None,
        "checks": [],
        "figures": dict.fromkeys(FIGURES),
        "peers": [],
        "error": None,
    }


def passed(record: Dict[str, Any]) -> bool:
    """Whether a device has passed: it was challenged, every check passed, and no call failed."""
    return record["error"] is None and record["challenge"] is not None and all(check["passed"] for check in record["checks"])


def run_record(
    run: Run, records: List[Dict[str, Any]], visible: int, error: Optional[Dict[str, Any]], *, simulated: bool
) -> Dict[str, Any]:
    """The last line."""
    return {
        **run.head("run", simulated=simulated),
        "visible": visible,
        "granted": granted(os.environ.get("NVIDIA_VISIBLE_DEVICES", "")),
        "passed": sum(map(passed, records)),
        "error": error,
    }


def granted(value: str) -> Optional[List[str]]:
    """The UUIDs that the container was given, None if its environment doesn't name any."""
    return _UUID.findall(value.replace(",", " ")) or None


def write_line(descriptor: int, text: str) -> None:
    """A line in one write, so that the lines of several processes don't mix; a signal may interrupt it."""
    data = f"{text}\n".encode()
    while data:
        data = data[os.write(descriptor, data) :]


def say(text: str) -> None:
    """A line for people."""
    write_line(1, text)


def emit(record: Dict[str, Any]) -> None:
    """A JSON line."""
    say(json.dumps(record))


def describe(error: Dict[str, Any]) -> str:
    """An error as a line."""
    call = f"{error['call']}: " if error["call"] else ""
    number = f" ({error['number']})" if error["number"] is not None else ""
    return f"FAILED during {error['during']}: {call}{error['code']}{number}: {error['meaning']}"
