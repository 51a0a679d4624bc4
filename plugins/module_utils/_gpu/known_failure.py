# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Iterator, Mapping, Sequence


@dataclass(frozen=True)
class KnownFailure:
    """What a text of Azure's means. Codes are overloaded (OperationNotAllowed has four meanings), so the message decides.

    pattern's named groups may stand in cause and remedy, as {name}.
    """

    code: str
    pattern: str
    cause: str
    remedy: str
    retriable: bool = False

    def explaining(self, message: str) -> KnownFailure | None:
        """This meaning with what the message says filled in; None when the message doesn't have it."""
        match = re.search(self.pattern, message, re.DOTALL)
        if match is None:
            return None
        cause, remedy = self.cause, self.remedy
        for name, value in match.groupdict().items():
            cause, remedy = (text.replace(f"{{{name}}}", value or "") for text in (cause, remedy))
        return replace(self, cause=cause, remedy=remedy)


def first_match(table: Sequence[KnownFailure], message: str) -> KnownFailure | None:
    """The first row of a table whose pattern is in the message."""
    return next((found for known in table if (found := known.explaining(message)) is not None), None)


def full_message(error: Mapping[str, Any]) -> str:
    """What an error of Azure's says, with what its details say besides: often only those name the cause."""
    return "; ".join(dict.fromkeys(text for text in _messages(error) if text))


def _messages(error: Mapping[str, Any]) -> Iterator[str]:
    message = str(error.get("message") or "").strip()
    yield message
    for detail in error.get("details") or ():
        if isinstance(detail, dict):
            yield from (text for text in _messages(detail) if text not in message)
