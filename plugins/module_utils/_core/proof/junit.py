# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The verdicts as JUnit XML, which AWX, Azure DevOps and others show as test results: a suite for each node, a case for each GPU."""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple, Sequence
from xml.sax.saxutils import escape, quoteattr

from ..shared.findings import Finding, most_telling
from ..shared.printable import printable
from .coverage import Coverage
from .offers import NodePlan
from .verdict import FAILED, NOT_PROVEN, PROVEN, DeviceVerdict

# Characters that XML 1.0 cannot contain, of those that `printable` leaves.
_FORBIDDEN = re.compile("[\ufffe\uffff]")


class _Case(NamedTuple):
    """A test case: its element, and the kind of its outcome, "" if it has passed."""

    text: str
    outcome: str


def junit(coverage: Coverage, written: str) -> str:
    """The document.

    Args:
        coverage: The verdicts.
        written: When the run ended, as ISO 8601 in UTC. JUnit's form of it has no time zone.
    """
    when = _attribute(written[:19])
    suites = [_suite(plan.name, _all_of(plan, coverage.devices), when) for plan in coverage.plans]
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="gpu_proof" timestamp={when}>', *suites, "</testsuites>", ""]
    )


def _all_of(plan: NodePlan, devices: Sequence[DeviceVerdict]) -> list[DeviceVerdict]:
    """The GPUs of a node, tested or not. A node whose number of GPUs is not known has at least one."""
    own = [device for device in devices if device.node == plan.name]
    rest = [each for offer in plan.offers for each in _untested(plan, offer.resource, offer.capacity, own)]
    return [*own, *rest] or list(_untested(plan, "GPU", 1, ()))


def _untested(plan: NodePlan, resource: str, capacity: int, own: Sequence[DeviceVerdict]) -> Iterator[DeviceVerdict]:
    for _number in range(capacity - sum(device.resource == resource for device in own)):
        yield DeviceVerdict(plan.name, resource, NOT_PROVEN, model=plan.model, findings=plan.findings)


def _suite(node: str, devices: Sequence[DeviceVerdict], when: str) -> str:
    cases = [_case(device, number) for number, device in enumerate(devices, 1)]
    outcomes = [case.outcome for case in cases]
    counts = " ".join(f'{name}="{outcomes.count(kind)}"' for name, kind in _COUNTED.items())
    head = f'  <testsuite name={_attribute(node)} tests="{len(cases)}" {counts} timestamp={when}>'
    return "\n".join([head, *(case.text for case in cases), "  </testsuite>"])


# Attribute of a suite → element of its cases.
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _case(device: DeviceVerdict, number: int) -> _Case:
    name = f"{device.uuid or f'unseen GPU ({number} of the node)'} {device.model}".strip()
    seconds = device.figures.get("seconds")
    time = f' time="{seconds:.3f}"' if isinstance(seconds, (int, float)) else ""
    head = f"    <testcase classname={_attribute(device.node)} name={_attribute(name)}{time}"
    if device.verdict == PROVEN:
        return _Case(f"{head}/>", "")
    found = most_telling(device.findings)
    code, text = (found.code, found.sentence()) if found is not None else (device.verdict, "")
    outcome = _outcome(device, found)
    return _Case(f"{head}>\n      <{outcome} message={_attribute(code)}>{escape(_text(text))}</{outcome}>\n    </testcase>", outcome)


def _outcome(device: DeviceVerdict, found: Finding | None) -> str:
    """A GPU that is held is skipped; one that could not be tested because something is wrong must not look like that."""
    if device.verdict == FAILED:
        return "failure"
    return "skipped" if device.held or (found is not None and found.severity == "warning") else "error"


def _attribute(text: str) -> str:
    return quoteattr(_text(text))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("?", printable(text))
