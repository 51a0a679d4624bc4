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

# Azure nests errors. Anything deeper or longer than its own errors comes from something else and is ignored.
_DEEPEST = 8
_LONGEST = 16_000
# In a message that lists every size or API version, the beginning and the end say what failed.
_SHOWN_FIRST, _SHOWN_LAST = 1600, 400


@dataclass(frozen=True)
class KnownFailure:
    """What an error message of Azure means. Codes are overloaded (OperationNotAllowed has four meanings), so the message decides.

    Cause and remedy may contain the pattern's named groups as {name}. The pattern's repetitions have upper limits, so that no message takes
    long to search.
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
    """The message of an Azure error together with those of its details, which often are the only ones to name the cause."""
    return "; ".join(dict.fromkeys(text for text in _messages(error, _DEEPEST) if text))


def in_one_paragraph(text: str) -> str:
    """An Azure message without line breaks, and without the middle part if it is very long."""
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
