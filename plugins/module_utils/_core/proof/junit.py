# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The verdicts as JUnit XML, which AWX, Azure DevOps and others show as test results: a suite a node, a case a GPU."""

from __future__ import annotations

import re
from typing import Sequence
from xml.sax.saxutils import escape, quoteattr

from ..shared.findings import most_telling
from ..shared.printable import printable
from .coverage import Coverage
from .verdict import FAILED, PROVEN, DeviceVerdict

# Characters that XML 1.0 cannot contain, of those that `printable` leaves.
_FORBIDDEN = re.compile("[\ufffe\uffff]")


def junit(coverage: Coverage) -> str:
    """The document."""
    nodes = dict.fromkeys(device.node for device in coverage.devices)
    suites = [_suite(node, [device for device in coverage.devices if device.node == node]) for node in nodes]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="gpu_proof">', *suites, "</testsuites>", ""])


def _suite(node: str, devices: Sequence[DeviceVerdict]) -> str:
    failures = sum(device.verdict == FAILED for device in devices)
    skipped = sum(device.verdict not in (FAILED, PROVEN) for device in devices)
    counts = f'tests="{len(devices)}" failures="{failures}" skipped="{skipped}"'
    cases = [_case(device, number) for number, device in enumerate(devices)]
    return "\n".join([f"  <testsuite name={_attribute(node)} {counts}>", *cases, "  </testsuite>"])


def _case(device: DeviceVerdict, number: int) -> str:
    name = f"{device.uuid or f'GPU {number}'} {device.model}".strip()
    seconds = device.figures.get("seconds")
    time = f' time="{seconds:.3f}"' if isinstance(seconds, (int, float)) else ""
    head = f"    <testcase classname={_attribute(device.node)} name={_attribute(name)}{time}"
    if device.verdict == PROVEN:
        return f"{head}/>"
    found = most_telling(device.findings)
    code, text = (found.code, found.sentence()) if found is not None else (device.verdict, "")
    element = "failure" if device.verdict == FAILED else "skipped"
    return f"{head}>\n      <{element} message={_attribute(code)}>{escape(_text(text))}</{element}>\n    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_text(text))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("?", printable(text))
