# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""A user's regular expression with the option that it is from, so that an error can say which of several is wrong or too slow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Match, Pattern

from ..._errors import InvalidInputError
from ..._time_limit import TimeLimitError


class SlowPatternError(TimeLimitError):
    """The time was over while this option's pattern searched."""


@dataclass(frozen=True)
class NamedPattern:
    """A pattern, and the name of its option."""

    option: str
    pattern: Pattern[str]

    def search(self, text: str) -> Match[str] | None:
        """As re.Pattern.search. Raises SlowPatternError with the option if a time limit ends it."""
        try:
            return self.pattern.search(text)
        except TimeLimitError as error:
            raise SlowPatternError(self.option) from error


def named_pattern(option: str, text: str) -> NamedPattern:
    """The pattern of an option. Raises InvalidInputError if it is not a regular expression."""
    try:
        return NamedPattern(option, re.compile(text))
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidInputError(
            f"{option} is not a regular expression: {error}.",
            code="InvalidPattern",
            cause="Patterns must follow the syntax of Python's re module.",
            remedy=f"Correct {option}.",
        ) from error
