# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Judges what one Job has reported: whose report it is, whether its devices are those that Kubernetes gave to it, and each device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator, Sequence

from ..scheduling.pods import pod_name
from ..shared.counts import counted
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from ..workload.proof import ExpectedRun, doubt_of_template
from .device_lines import required_checks, shown
from .findings import COUNT_MISMATCH, GPU_SLICED, NEIGHBOR_GPU, NO_REPORT, SLICES_UNKNOWN, STALE_PROOF, WRONG_NODE
from .jobs import ProofJob, ProofSettings
from .meanings import explanation_without_device
from .report import Report, read_report
from .units import Unit, units
from .verdict import FAILED, NOT_PROVEN, PROVEN, DeviceVerdict


@dataclass(frozen=True)
class ObservedJob:
    """What is known of a Job that is over, or was given up.

    job and pod are as they were last seen. lines is the log of its container. findings is why the program has not come to its end,
    if that is known.
    """

    job: Json
    pod: Json | None = None
    lines: Sequence[str] = ()
    findings: tuple[Finding, ...] = ()


def judge(asked: ProofJob, settings: ProofSettings, seen: ObservedJob, *, model: str) -> list[DeviceVerdict]:
    """The verdict on each GPU that the Job was given.

    Args:
        asked: What the Job was to prove.
        settings: The run's settings.
        seen: What is known of the Job.
        model: The model of the node's GPUs, for those that are not reported.
    """
    judging = _Judging(asked, settings, seen, model)
    return judging.devices()


class _Judging:
    """The judgment of one Job."""

    def __init__(self, asked: ProofJob, settings: ProofSettings, seen: ObservedJob, model: str) -> None:
        self._asked, self._settings, self._seen, self._model = asked, settings, seen, model
        self._pod = pod_name(seen.pod) if seen.pod is not None else ""
        report = read_report(seen.lines)
        self._foreign = list(self._foreign_lines(report))
        self._report = report if not self._foreign else Report(problem=report.problem)
        self._run: Json | None = self._report.runs[-1] if self._report.runs else None
        granted: Sequence[str] | None = (self._run or {}).get("granted")
        self._slices_only = not asked.sliced and bool(granted) and all(uuid.startswith("MIG-") for uuid in granted or ())
        self._units = units(self._report.devices, sliced=asked.sliced or self._slices_only, granted=granted)

    def devices(self) -> list[DeviceVerdict]:
        """See judge. GPUs that a container sees and was not given appear in the finding only."""
        return [self._with_reason(each) for each in self._devices()]

    def _with_reason(self, device: DeviceVerdict) -> DeviceVerdict:
        """The verdict with the known reason in place of the bare finding that the report is missing or incomplete."""
        others = [each for each in device.findings if each.code != NO_REPORT.code]
        if not self._seen.findings or len(others) == len(device.findings):
            return device
        return replace(device, findings=()).with_findings([*others, *self._seen.findings])

    def _devices(self) -> list[DeviceVerdict]:
        refused = self._foreign or list(self._changed_pod())
        if refused:
            return [self._unseen(refused)] * self._asked.asked
        required = required_checks(self._report.devices, self._settings.level)
        broken = [*self._isolation(), *self._unfinished(), *self._unexpected_slices()]
        judged = [self._unit(unit, required).with_findings(broken) for unit in self._units[: self._asked.asked]]
        return [*judged, *[self._unseen(self._why_unseen())] * (self._asked.asked - len(judged))]

    def _unseen(self, why: Sequence[Finding]) -> DeviceVerdict:
        """A GPU that was requested and not reported."""
        return DeviceVerdict(
            node=self._asked.node,
            resource=self._asked.resource,
            verdict=NOT_PROVEN,
            model=self._model,
            level=self._settings.level,
            pod=self._pod,
        ).with_findings(why)

    def _found(self, explanation: Explanation, evidence: str) -> Finding:
        return finding(explanation, [(self._pod or self._asked.node, evidence)], node=self._asked.node)

    def _foreign_lines(self, report: Report) -> Iterator[Finding]:
        """Lines that this run's program has not written: of another run, or from another place."""
        uid = str(((self._seen.pod or {}).get("metadata") or {}).get("uid", ""))
        for line in (*report.devices, *report.runs):
            if line["nonce"] != self._settings.nonce:
                yield self._found(STALE_PROOF, f"a line has the nonce {line['nonce'][:40]}")
                return
            if (line["node"], line["pod_uid"]) != (self._asked.node, uid):
                yield self._found(WRONG_NODE, f"a line is from {line['node'][:253]}, pod {line['pod_uid'][:40]}")
                return

    def _changed_pod(self) -> Iterator[Finding]:
        """Whether the pod that ran is the one that was asked for, where it was asked for."""
        pod = self._seen.pod
        if pod is None:
            return
        node = str(pod["spec"].get("nodeName") or self._asked.node)
        if node != self._asked.node:
            yield self._found(WRONG_NODE, f"the pod ran on {node}")
        doubt = doubt_of_template(self._seen.job, pod, ExpectedRun(self._asked.name, self._asked.resource, self._asked.asked))
        if doubt is not None:
            yield self._found(doubt.explanation, doubt.predicate)

    @property
    def _visible(self) -> int:
        """How many of its units the container sees."""
        unreported = (self._run or {}).get("visible", 0) - len(self._report.devices)
        return len(self._units) + (0 if any(unit.of_slices for unit in self._units) else max(0, unreported))

    def _isolation(self) -> Iterator[Finding]:
        """Whether the container has seen other devices than its own."""
        strangers = [unit.uuid for unit in self._units if unit.granted is False and unit.uuid]
        if strangers:
            given = ", ".join((self._run or {}).get("granted") or ())
            yield self._found(NEIGHBOR_GPU, f"it sees {', '.join(strangers)}, and was given {given}")
        elif self._visible > self._asked.asked:
            yield self._found(NEIGHBOR_GPU, f"it sees {counted(self._visible, 'GPU')}, and was given {self._asked.asked}")

    def _unexpected_slices(self) -> Iterator[Finding]:
        """Whether the container was given MIG slices where whole GPUs were requested, so that the others are not tested."""
        if self._slices_only:
            given = ", ".join((self._run or {}).get("granted") or ())
            yield self._found(SLICES_UNKNOWN, f"{self._asked.asked} {self._asked.resource} requested, given {given}")

    def _unfinished(self) -> Iterator[Finding]:
        """Why the devices that are reported are not all that the program had to say."""
        reported = len(self._report.devices)
        if self._run is None:
            yield self._found(NO_REPORT, self._without_end())
        elif self._run.get("error"):
            yield self._found(NO_REPORT, _said(self._run))
        elif self._run["visible"] > reported and any(unit.of_slices for unit in self._units):
            yield self._found(NO_REPORT, f"{reported} of {self._run['visible']} MIG slices reported")

    def _without_end(self) -> str:
        return self._report.problem or f"{len(self._report.devices)} of {self._asked.asked} GPUs reported, and no last line"

    def _why_unseen(self) -> list[Finding]:
        """Why fewer devices are reported than were requested."""
        if self._run is None:
            return [self._found(NO_REPORT, self._without_end())]
        return [self._why_fewer(self._visible, _said(self._run))]

    def _why_fewer(self, visible: int, said: str) -> Finding:
        """The same of a program that has come to its end. said is the error that it reports."""
        error = (self._run or {}).get("error") or {}
        if visible == 0:
            return self._found(explanation_without_device(error.get("code")), said or "no device is visible")
        if visible < self._asked.asked:
            return self._found(
                COUNT_MISMATCH, f"it sees {counted(visible, 'GPU')}, and was given {self._asked.asked} {self._asked.resource}"
            )
        return self._found(NO_REPORT, self._report.problem or said or f"{len(self._report.devices)} of {visible} GPUs reported")

    def _unit(self, unit: Unit, required: frozenset[str]) -> DeviceVerdict:
        """The verdict on what Kubernetes gives as one: of a GPU with slices, that of the worst slice."""
        parts = [self._device(line, required) for line in unit.lines]
        if not unit.of_slices:
            return parts[0]
        worst = min(parts, key=lambda part: (FAILED, NOT_PROVEN, PROVEN).index(part.verdict))
        findings = tuple(found for part in parts for found in part.findings)
        whole = replace(worst, uuid=unit.uuid, findings=findings, line={**worst.line, "slices": list(unit.lines)})
        return whole.with_findings([self._found(GPU_SLICED, f"{unit.uuid}: {len(parts)} slices")])

    def _device(self, line: Json, required: frozenset[str]) -> DeviceVerdict:
        device = line["device"]
        found = shown(line, self._settings, required)
        return DeviceVerdict(
            node=self._asked.node,
            resource=self._asked.resource,
            verdict=PROVEN,
            uuid=device.get("uuid"),
            model=str(device.get("name") or self._model),
            level=self._settings.level,
            figures=line["figures"],
            simulated=bool(line.get("simulated")),
            pod=self._pod,
            line=line,
        ).with_findings(self._found(explanation, f"{device.get('uuid') or 'a GPU'}: {evidence}") for explanation, evidence in found)


def _said(run: Json) -> str:
    """The error of the program as a whole."""
    error = run.get("error") or {}
    return ": ".join(str(error[name]) for name in ("code", "meaning") if error.get(name))
