# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The verdict on each GPU: proven, failed or not proven, with its figures, floors and findings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Collection, Iterable, Mapping, Sequence

from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from .findings import DUPLICATE_UUID, GPU_SLOW, LOAD_NOT_SEEN, NO_POD, NO_REPORT, NODE_GONE, NOT_DONE, NOT_TAKEN_UP, PROGRAM_GONE
from .floors import Measured, below, floors
from .load import Load, Moment
from .meanings import is_failure

PROVEN, FAILED, NOT_PROVEN = "proven", "failed", "not_proven"
# What follows from the end of a node: its pod does not end, reports nothing more, is deleted, or is not created.
_BY_NODE_GONE = frozenset(each.code for each in (NODE_GONE, NOT_DONE, NO_REPORT, PROGRAM_GONE, NO_POD))


@dataclass(frozen=True)
class DeviceVerdict:
    """What is known of one GPU.

    uuid: None for one that no program has seen. line: what the program has reported of it. load: the moments of load.Load.
    """

    node: str
    resource: str
    verdict: str
    uuid: str | None = None
    model: str = ""
    level: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    floor: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    simulated: bool = False
    pod: str = ""
    held_by: tuple[str, ...] = ()
    line: Json = field(default_factory=dict)
    load: Sequence[Moment] = ()

    @property
    def held(self) -> bool:
        """Whether another pod holds it."""
        return bool(self.held_by)

    @property
    def measured(self) -> Measured:
        """Its figures, as floors compare them."""
        return Measured(self.model, self.figures)

    def with_findings(self, found: Iterable[Finding]) -> DeviceVerdict:
        """The same with more findings. An error that is not the device's leaves it not proven."""
        added = tuple(found)
        errors = [each for each in added if each.severity == "error"]
        if any(is_failure(each.explanation) for each in errors):
            return replace(self, findings=(*self.findings, *added), verdict=FAILED)
        verdict = NOT_PROVEN if errors and self.verdict == PROVEN else self.verdict
        return replace(self, findings=(*self.findings, *added), verdict=verdict)

    def facts(self) -> dict[str, Any]:
        """The form in which the module returns it."""
        return {
            "node": self.node,
            "resource": self.resource,
            "uuid": self.uuid,
            "model": self.model,
            "driver_version": str(self.line.get("device", {}).get("driver_version") or ""),
            "level": self.level,
            "verdict": self.verdict,
            "figures": dict(self.figures),
            "floor": dict(self.floor),
            "findings": [finding_facts(each) for each in self.findings],
            "simulated": self.simulated,
            "pod": self.pod,
            "held_by": list(self.held_by),
            "load": list(self.load),
        }


def finding_facts(found: Finding) -> dict[str, Any]:
    """A finding as the module returns it, with a sentence for people."""
    return {"message": f"{', '.join(found.subjects)}: {found.evidence}", **found.facts()}


def compared(devices: Sequence[DeviceVerdict], *, fail_on_slow: bool) -> list[DeviceVerdict]:
    """The verdicts after the devices have been compared with each other: no GPU counts twice, and none may be much slower."""
    unique = _without_duplicates(devices)
    measured = [each.measured for each in unique if each.verdict == PROVEN]
    return [_with_floor(each, measured, fail_on_slow=fail_on_slow) if each.verdict == PROVEN else each for each in unique]


def with_load(device: DeviceVerdict, load: Load) -> DeviceVerdict:
    """The verdict with the load that was measured, and a warning if an exporter that has answered did not show it."""
    seen = replace(device, load=load.of(device.uuid))
    sliced = (device.uuid or "").startswith("MIG-") or device.uuid in load.divided
    missing = None if device.verdict != PROVEN or sliced or device.node not in load.nodes else _missing_load(seen.load)
    return seen if missing is None else seen.with_findings([finding(LOAD_NOT_SEEN, [(device.node, f"{device.uuid}: {missing}")])])


def _missing_load(moments: Sequence[Moment]) -> str | None:
    """Why the moments do not show that a GPU was at work, None if they do."""
    if not moments:
        return "no exporter shows a GPU of this UUID"
    shares = [utilization for _seconds, utilization, _memory, _power in moments if utilization is not None]
    return f"0 percent in each of {len(shares)} readings" if shares and not any(shares) else None


def node_gone(node: str) -> Finding:
    """The node of a GPU no longer exists."""
    return finding(NODE_GONE, [(node, "the node no longer exists; if there is one of this name, it was created since")])


def without_pod(job: Json, node: str) -> Finding:
    """Why a Job has no pod: Kubernetes refuses it one, or has not taken up the Job, such as one from the last moment of the task."""
    metadata, taken_up = job["metadata"], "startTime" in (job.get("status") or {})
    explanation, evidence = (NO_POD, "the Job has no pod") if taken_up else (NOT_TAKEN_UP, "the Job has no pod yet")
    return finding(explanation, [(f"{metadata['namespace']}/{metadata['name']}", evidence)], node=node)


def without_gone_nodes(devices: Iterable[DeviceVerdict], gone: Collection[str]) -> list[DeviceVerdict]:
    """The verdicts if some nodes no longer exist at the end."""
    return [_on_gone_node(each) if each.node in gone else each for each in devices]


def _on_gone_node(device: DeviceVerdict) -> DeviceVerdict:
    """The verdict with the end of the node as the cause, unless the GPU had failed before; what only follows from it goes."""
    failures = [each for each in device.findings if is_failure(each.explanation)]
    others = [each for each in device.findings if each not in failures and each.code not in _BY_NODE_GONE]
    return replace(device, findings=()).with_findings([*failures, node_gone(device.node), *others])


def _without_duplicates(devices: Sequence[DeviceVerdict]) -> list[DeviceVerdict]:
    """A UUID that several containers report proves none of them."""
    places: dict[str, list[DeviceVerdict]] = {}
    for each in devices:
        if each.uuid is not None:
            places.setdefault(each.uuid, []).append(each)
    return [_as_duplicate(each, places[each.uuid]) if each.uuid and len(places[each.uuid]) > 1 else each for each in devices]


def _as_duplicate(device: DeviceVerdict, same: Sequence[DeviceVerdict]) -> DeviceVerdict:
    pods = ", ".join(each.pod for each in same)
    return device.with_findings([finding(DUPLICATE_UUID, [(device.node, f"{device.uuid} in {pods}")])])


def _with_floor(device: DeviceVerdict, measured: Sequence[Measured], *, fail_on_slow: bool) -> DeviceVerdict:
    least = floors(device.measured, measured)
    device, slow = replace(device, floor=least), below(device.figures, least)
    if not slow:
        return device
    explanation = replace(GPU_SLOW, severity="error") if fail_on_slow else GPU_SLOW
    return device.with_findings([finding(explanation, [(device.node, f"{device.uuid}: {'; '.join(slow)}")])])
