# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Findings and the error of a failed run: what was found, why, and what to do, with the commands to copy."""

from __future__ import annotations

import re
from typing import Iterator, Sequence

from ...shared.findings import joined_names
from ...shared.mappings import Json
from .markup import Markup, block, element, lines, texts
from .signs import sign

# How the texts of the collection quote a command.
_COMMAND = re.compile(r"'((?:kubectl|az|helm|pip|ansible-[a-z]+|kubelogin|nvidia-smi|timedatectl|df) [^']+)'")


def findings(found: Sequence[Json]) -> Markup:
    """The findings; those that are the same but for their subjects are one."""
    together: dict[tuple[str, ...], list[Json]] = {}
    for finding in found:
        same = tuple(str(finding.get(field)) for field in ("code", "severity", "cause", "remedy", "evidence"))
        together.setdefault(same, []).append(finding)
    return lines(_finding(alike) for alike in together.values())


def is_cause(finding: Json, failed: Json | None) -> bool:
    """Whether a finding is what the error reports."""
    return failed is not None and all(finding.get(field) == failed[field] for field in ("code", "cause"))


def error(failed: Json, found: Sequence[Json]) -> Markup:
    """The error that ended the run, with the evidence of the finding that it reports, if it is one.

    Args:
        failed: The error.
        found: All findings.
    """
    evidence = [_shown_by([finding]) for finding in found if is_cause(finding, failed)]
    place = f"In the step {failed['step']}, task {failed['task']}." if failed["task"] else f"In the step {failed['step']}."
    again = "The same task may succeed later without changes." if failed["retriable"] else ""
    return block(
        "article",
        element("h3", sign("failed"), failed["code"]),
        element("p", failed["message"]),
        _paragraph(failed["cause"]),
        *(_paragraph(each, "evidence") for each in evidence),
        *_remedy(" ".join(texts([failed["remedy"], failed["variables"] or None]))),
        _paragraph(" ".join(filter(None, (place, again))), "quiet"),
        class_="finding error",
    )


def commands(remedy: str) -> list[str]:
    """The commands that a remedy quotes."""
    return list(dict.fromkeys(_COMMAND.findall(remedy)))


def _finding(alike: Sequence[Json]) -> Markup:
    finding = alike[0]
    severity = "warning" if finding.get("severity") == "warning" else "error"
    return block(
        "article",
        element(
            "h3",
            sign("warning" if severity == "warning" else "failed"),
            str(finding.get("code") or ""),
            element("span", severity, class_="tag"),
        ),
        _paragraph(finding.get("cause")),
        _paragraph(_shown_by(alike), "evidence"),
        *_remedy(str(finding.get("remedy") or "")),
        class_=f"finding {severity}",
    )


def _shown_by(alike: Sequence[Json]) -> str:
    """The subjects of a finding, and what shows it."""
    subjects = joined_names(dict.fromkeys(subject for each in alike for subject in texts(each.get("subjects"))))
    return ": ".join(filter(None, (subjects, str(alike[0].get("evidence") or ""))))


def _remedy(remedy: str) -> Iterator[Markup]:
    if remedy:
        yield element("p", element("b", "What to do: "), remedy)
    if commands(remedy):
        yield element("pre", element("code", "\n".join(commands(remedy))), tabindex=0, role="group", aria_label="Commands")


def _paragraph(content: object, class_: str | None = None) -> Markup:
    return element("p", str(content), class_=class_) if content else Markup()
