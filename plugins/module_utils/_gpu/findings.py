# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Sequence


@dataclass(frozen=True)
class Finding:
    """One reason why a GPU can't be used, with what shows it. subjects: nodes or pods (namespace/name)."""

    code: str
    severity: str  # error: nothing will change by itself; warning: it may, or it is somebody's will
    subjects: tuple[str, ...]
    evidence: str
    cause: str
    remedy: str

    def facts(self) -> dict[str, Any]:
        """The form in which modules return it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "subjects": list(self.subjects),
            "evidence": self.evidence,
            "cause": self.cause,
            "remedy": self.remedy,
        }

    def sentence(self) -> str:
        """One line for a person."""
        return f"{self.cause} ({', '.join(self.subjects)}: {self.evidence}) {self.remedy}".strip()


def most_telling(findings: Iterable[Finding]) -> Finding | None:
    """The finding to put into an error's cause and remedy: an error before a warning, else the first."""
    ranked: Sequence[Finding] = sorted(findings, key=lambda finding: finding.severity != "error")
    return ranked[0] if ranked else None
