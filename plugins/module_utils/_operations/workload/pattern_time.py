# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Limits how long a user's regular expressions may take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from ..._errors import InvalidInputError
from ..._time_limit import TimeLimitError, time_limit


@contextmanager
def patterns_in_time(seconds: float) -> Iterator[None]:
    """Lets a user's patterns search inside for so many seconds. Raises InvalidInputError."""
    try:
        with time_limit(seconds):
            yield
    except TimeLimitError as error:
        raise InvalidInputError(
            f"device_pattern, accuracy_pattern or failure_pattern needs more than {seconds:.0f} s to search the Job's log.",
            code="PatternTooSlow",
            cause="A pattern with a repetition inside a repetition, such as (a+)+, tries every way to divide a line.",
            remedy="Write the pattern so that it can match a line in one way only. The Job is left as it is: run the task again.",
        ) from error
