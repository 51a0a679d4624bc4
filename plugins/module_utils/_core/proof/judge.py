# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Judges what one Job has reported: whose report it is, whether its devices are those that Kubernetes gave to it, and each device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from ..scheduling.pods import pod_name
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding
from ..shared.mappings import Json
from ..workload.proof import ExpectedRun, doubt_of_template
from .challenge import expected_answer
from .findings import (
    CHALLENGE_FAILED,
    COUNT_MISMATCH,
    GPU_THROTTLED,
    NEIGHBOR_GPU,
    NO_REPORT,
    NOT_A_GPU,
    REMAP_PENDING,
    STALE_PROOF,
    WRONG_NODE,
    explanation_of_check,
    explanation_of_error,
)
from .jobs import ProofJob, ProofSettings
from .report import Report, counters, read_report, throttled
from .verdict import FAILED, NOT_PROVEN, PROVEN, DeviceVerdict

# Without these, a device has not been proven, whatever the others say.
_SMOKE = ("challenge", "copy", "memory_bandwidth", "sgemm", "memory")
_REQUIRED = {"smoke": _SMOKE, "train": (*_SMOKE, "train"), "stress": (*_SMOKE, "train", "stress")}


@dataclass(frozen=True)
class ObservedJob:
    """What is known of a Job that is over, or was given up.

    job and pod are as they were last seen. lines is the log of its container. findings is why it has reported nothing, if that is known.
    """

    job: Json
    pod: Json | None = None
    lines: Sequence[str] = ()
    findings: tuple[Finding, ...] = ()


def judge(asked: ProofJob, settings: ProofSettings, seen: ObservedJob, *, model: str) -> list[DeviceVerdict]:
    """The verdict on each GPU that the Job was given, and on each that it reports beyond these.

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

    def devices(self) -> list[DeviceVerdict]:
        """See judge."""
        refused = self._foreign or list(self._changed_pod())
        if refused:
            return [self._unseen(refused)] * self._asked.asked
        runs = self._report.runs
        seen = [self._device(line) for line in self._report.devices]
        broken = list(self._isolation(runs[-1])) if runs else []
        judged = [_with_all(each, broken) for each in seen]
        return [*judged, *[self._unseen(self._why_unseen(runs))] * (self._asked.asked - len(judged))]

    def _unseen(self, why: Sequence[Finding]) -> DeviceVerdict:
        """A GPU that was requested and not reported."""
        missing = any(each.code in (COUNT_MISMATCH.code, NOT_A_GPU.code) for each in why)
        return DeviceVerdict(
            node=self._asked.node,
            resource=self._asked.resource,
            verdict=FAILED if missing else NOT_PROVEN,
            model=self._model,
            level=self._settings.level,
            findings=tuple(why),
            pod=self._pod,
        )

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

    def _isolation(self, run: Json) -> Iterator[Finding]:
        """Whether the container has seen other devices than its own."""
        granted: Sequence[str] | None = run.get("granted")
        reported = [uuid for uuid in (line["device"].get("uuid") for line in self._report.devices) if uuid is not None]
        strangers = [uuid for uuid in reported if uuid not in granted] if granted is not None else []
        if strangers:
            yield self._found(NEIGHBOR_GPU, f"it sees {', '.join(strangers)}, and was given {', '.join(granted or ())}")
        elif max(run["visible"], len(self._report.devices)) > self._asked.asked:
            yield self._found(NEIGHBOR_GPU, f"it sees {run['visible']} GPUs, and was given {self._asked.asked}")

    def _why_unseen(self, runs: Sequence[Json]) -> list[Finding]:
        """Why fewer devices are reported than were requested."""
        if not runs:
            said = self._report.problem or f"{len(self._report.devices)} of {self._asked.asked} GPUs reported, and no last line"
            return list(self._seen.findings) or [self._found(NO_REPORT, said)]
        return [self._why_fewer(runs[-1]["visible"], _said(runs[-1]))]

    def _why_fewer(self, visible: int, said: str) -> Finding:
        """The same of a program that has come to its end. said is the error that it reports."""
        if visible == 0:
            return self._found(NOT_A_GPU, said or "no device is visible")
        if visible < self._asked.asked:
            return self._found(COUNT_MISMATCH, f"it sees {visible} GPUs, and was given {self._asked.asked} {self._asked.resource}")
        return self._found(NO_REPORT, self._report.problem or said or f"{len(self._report.devices)} of {visible} GPUs reported")

    def _device(self, line: Json) -> DeviceVerdict:
        device = line["device"]
        found = list(_errors(line)) or list(_refusals(line, self._settings))
        shown = [*found, *_warnings(line)]
        return DeviceVerdict(
            node=self._asked.node,
            resource=self._asked.resource,
            verdict=FAILED if found else PROVEN,
            uuid=device.get("uuid"),
            model=str(device.get("name") or self._model),
            level=self._settings.level,
            figures=line["figures"],
            findings=tuple(self._found(explanation, f"{device.get('uuid') or 'a GPU'}: {evidence}") for explanation, evidence in shown),
            simulated=bool(line.get("simulated")),
            pod=self._pod,
            line=line,
        )


def _with_all(device: DeviceVerdict, findings: Sequence[Finding]) -> DeviceVerdict:
    for each in findings:
        device = device.with_finding(each)
    return device


def _errors(line: Json) -> Iterator[tuple[Explanation, str]]:
    """What the program could not do."""
    error: Mapping[str, Any] = line.get("error") or {}
    if error:
        code = str(error.get("code") or "")
        said = f"{error.get('call') or 'a call'} during {error.get('during') or 'the proof'}: {code} {error.get('meaning') or ''}"
        yield explanation_of_error(code, timeout=bool(error.get("timeout"))), said.strip()


def _said(run: Json) -> str:
    """The error of the program as a whole."""
    error = run.get("error") or {}
    return ": ".join(str(error[name]) for name in ("code", "meaning") if error.get(name))


def _refusals(line: Json, settings: ProofSettings) -> Iterator[tuple[Explanation, str]]:
    """What the device has not shown, or has shown to be wrong."""
    uuid = line["device"].get("uuid")
    if uuid is None or line.get("challenge") != expected_answer(settings.nonce, uuid):
        yield CHALLENGE_FAILED, f"it answered {str(line.get('challenge'))[:64]}"
    failed = [check for check in line["checks"] if not check["passed"]]
    for check in failed:
        yield explanation_of_check(check["name"]), f"check {check['name']}: {check.get('detail') or 'failed'}"
    absent = set(_REQUIRED[settings.level]) - {check["name"] for check in line["checks"]}
    if absent:
        yield NO_REPORT, f"it did not run {', '.join(sorted(absent))}"


def _warnings(line: Json) -> Iterator[tuple[Explanation, str]]:
    if counters(line, "after").get("remapped_pending"):
        yield REMAP_PENDING, "remapped_pending"
    reasons = throttled(line)
    if reasons:
        yield GPU_THROTTLED, ", ".join(reasons)
