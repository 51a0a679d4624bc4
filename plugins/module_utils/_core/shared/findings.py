# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The finding: one reason why a GPU cannot be used, with code, severity, evidence, cause and remedy.

Preflight, verify and workload all report findings. This file also merges and orders them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable, Mapping, Sequence

from .explanation import Explanation

_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One reason why a GPU cannot be used, with its evidence. subjects: nodes or pods (namespace/name)."""

    explanation: Explanation
    subjects: tuple[str, ...]
    evidence: str

    @property
    def code(self) -> str:
        """The explanation's code."""
        return self.explanation.code

    @property
    def severity(self) -> str:
        """The explanation's severity."""
        return self.explanation.severity

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "subjects": list(self.subjects),
            "evidence": self.evidence,
            "cause": self.explanation.cause,
            "remedy": self.explanation.remedy,
        }

    def sentence(self) -> str:
        """One line for a person."""
        evidence = self.evidence.rstrip(". ")
        return f"{self.explanation.cause} ({joined_names(self.subjects)}: {evidence}) {self.explanation.remedy}".strip()


def joined_names(names: Iterable[str], most: int = _NAMED) -> str:
    """The names for a sentence: of a thousand nodes, it names the first five."""
    given = list(names)
    more = [f"{len(given) - most} more"] if len(given) > most else []
    return ", ".join([*given[:most], *more])


def finding(explanation: Explanation, shown: Sequence[tuple[str, str]], *, node: str = "") -> Finding:
    """One finding about all subjects of a cause.

    The remedy may contain {first} and {all} for the subjects, and {node}.

    Args:
        explanation: Code, cause and remedy.
        shown: Each subject with its evidence.
        node: The node of the subjects if these are pods; the first subject otherwise.
    """
    subjects = tuple(dict.fromkeys(subject for subject, _unused in shown))
    remedy = explanation.remedy
    for word, value in {"{first}": subjects[0], "{all}": " ".join(subjects), "{node}": node or subjects[0]}.items():
        remedy = remedy.replace(word, value)
    return Finding(replace(explanation, remedy=remedy), subjects, _evidence_text(shown))


def _evidence_text(shown: Sequence[tuple[str, str]]) -> str:
    """The evidence: once if it is the same for all subjects, otherwise together with its subjects."""
    by_evidence: dict[str, list[str]] = {}
    for subject, evidence in shown:
        by_evidence.setdefault(evidence, []).append(subject)
    if len(by_evidence) == 1:
        return next(iter(by_evidence))
    return evidence_by_subject(by_evidence)


def evidence_by_subject(by_evidence: Mapping[str, Sequence[str]]) -> str:
    """Each piece of evidence with its subjects, limited to a few of both."""
    parts = [f"{joined_names(subjects)}: {evidence}" for evidence, subjects in list(by_evidence.items())[:_NAMED]]
    more = [f"{len(by_evidence) - _NAMED} more"] if len(by_evidence) > _NAMED else []
    return "; ".join([*parts, *more])


def most_telling(findings: Iterable[Finding]) -> Finding | None:
    """The finding that gives a failed task its cause and remedy: the first error, or the first warning if there is no error."""
    ranked: Sequence[Finding] = sorted(findings, key=lambda each: each.severity != "error")
    return ranked[0] if ranked else None


def without_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without duplicates, errors first."""
    kept: dict[tuple[str, str, tuple[str, ...]], Finding] = {}
    for each in findings:
        kept.setdefault((each.code, each.explanation.cause, each.subjects), each)
    return sorted(kept.values(), key=lambda each: each.severity != "error")
