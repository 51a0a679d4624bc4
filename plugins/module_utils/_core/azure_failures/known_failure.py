# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The row type of the tables of Azure's error texts, and how an error's text is searched and shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Iterator, Mapping, Sequence

from ..shared.explanation import Explanation

# Azure wraps errors in errors; what is deeper or longer than any of its own comes from something else, and is not looked at.
_DEEPEST = 8
_LONGEST = 16_000
# Of a text that lists every size or every API version, the beginning and the end tell what failed.
_SHOWN_FIRST, _SHOWN_LAST = 1600, 400


@dataclass(frozen=True)
class KnownFailure:
    """What a text of Azure's means. Codes are overloaded (OperationNotAllowed has four meanings), so the message decides.

    pattern's named groups may stand in cause and remedy, as {name}. Its repetitions have an upper limit, so that no text takes long.
    """

    explanation: Explanation
    pattern: str

    def explain(self, message: str) -> Explanation | None:
        """The explanation with the values from the message filled in; None when the pattern does not match."""
        match = re.search(self.pattern, message[:_LONGEST], re.DOTALL)
        if match is None:
            return None
        cause, remedy = self.explanation.cause, self.explanation.remedy
        for name, value in match.groupdict().items():
            cause, remedy = (text.replace(f"{{{name}}}", value or "") for text in (cause, remedy))
        return replace(self.explanation, cause=cause, remedy=remedy)


def known_failure(*, code: str, pattern: str, cause: str, remedy: str, retriable: bool = False) -> KnownFailure:
    """A row of a table."""
    return KnownFailure(Explanation(code, cause, remedy, retriable=retriable), pattern)


def first_match(table: Sequence[KnownFailure], message: str) -> Explanation | None:
    """The explanation of the first row of a table whose pattern matches the message."""
    return next((found for known in table if (found := known.explain(message)) is not None), None)


def full_message(error: Mapping[str, Any]) -> str:
    """What an error of Azure's says, with what its details say besides: often only those name the cause."""
    return "; ".join(dict.fromkeys(text for text in _messages(error, _DEEPEST) if text))


def in_one_paragraph(text: str) -> str:
    """A text of Azure's without its line breaks, and without the middle of one that nobody reads to its end."""
    paragraph = " ".join(text.split())
    left_out = len(paragraph) - _SHOWN_FIRST - _SHOWN_LAST
    if left_out <= 0:
        return paragraph
    return f"{paragraph[:_SHOWN_FIRST]} [... {left_out} characters ...] {paragraph[-_SHOWN_LAST:]}"


def _messages(error: Mapping[str, Any], levels: int) -> Iterator[str]:
    message = str(error.get("message") or "").strip()
    yield message
    details = error.get("details")
    for detail in details if isinstance(details, list) and levels else ():
        if isinstance(detail, dict):
            yield from (text for text in _messages(detail, levels - 1) if text not in message)
