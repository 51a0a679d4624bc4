# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the proof program's JSON lines out of a container's log, which may contain anything."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

from ..schemas.validation import FormError, require_form
from ..shared.mappings import Json
from ..shared.printable import shortened
from .report_shapes import INTERRUPTED, PREFIX, SCHEMA, DeviceLine, RunLine

# More than a node has devices, MIG slices and lines of repeated runs; what a container prints beyond that is not a report.
_MOST_LINES = 1024
_QUOTED = 200
# GPU-<uuid>, MIG-<uuid>, and the older MIG-GPU-<uuid>/<instance>/<instance>.
_UUID = re.compile(r"(?:MIG-)?(?:GPU-)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:/\d{1,3}/\d{1,3})?")


@dataclass(frozen=True)
class Report:
    """What a log contains of a report: lines in the right form, in their order, and the first problem with another, if any."""

    devices: tuple[Json, ...] = ()
    runs: tuple[Json, ...] = ()
    problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the program finished by itself. One that was stopped says so in its last line."""
        return bool(self.runs) and (self.runs[-1].get("error") or {}).get("code") != INTERRUPTED


def read_report(lines: Iterable[str]) -> Report:
    """The report in a log."""
    devices: list[Json] = []
    runs: list[Json] = []
    problems: list[str] = []
    for number, line in enumerate(line for line in lines if line.startswith(PREFIX)):
        if number >= _MOST_LINES:
            problems.append(f"more than {_MOST_LINES} lines")
            break
        try:
            document = _document(line)
            (devices if document["kind"] == "device" else runs).append(document)
        except (ValueError, RecursionError) as error:
            problems.append(f"{error or 'too deep'}: {line}")
    return Report(tuple(devices), tuple(runs), shortened(problems[0], _QUOTED) if problems else None)


def has_report(lines: Iterable[str]) -> bool:
    """Whether a log contains any line of a report, in whatever form."""
    return any(line.startswith(PREFIX) for line in lines)


def _document(line: str) -> Json:
    """A line in the form of its kind. Raises ValueError."""
    document = json.loads(line, parse_constant=_refused, parse_float=_finite)
    if document.get("schema") != SCHEMA:
        raise FormError(f"its schema is not {SCHEMA}")
    kind = document.get("kind")
    if kind not in ("device", "run"):
        raise FormError("its kind is neither device nor run")
    require_form(document, DeviceLine if kind == "device" else RunLine)
    uuid = document["device"].get("uuid") if kind == "device" else None
    if uuid is not None and not _UUID.fullmatch(uuid):
        raise FormError("device.uuid is not a UUID")
    return dict(document)


def _refused(constant: str) -> Any:
    raise FormError(f"it contains {constant}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FormError("a number is too large")
    return number


def counters(line: Json, when: str) -> Json:
    """The device's state before or after the proof, {} if it is not known."""
    found: Json = (line.get("state") or {}).get(when) or {}
    return found


def throttled(line: Json) -> Sequence[str]:
    """The reasons for which the hardware has slowed the device down under load or after the proof."""
    reasons = (reason for when in ("under_load", "after") for reason in counters(line, when).get("throttle_reasons") or ())
    return [reason for reason in dict.fromkeys(reasons) if reason.startswith("hw_") or "thermal" in reason]
