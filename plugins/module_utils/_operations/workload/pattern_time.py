# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Limits how long a user's regular expressions may take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from ..._core.workload.named_pattern import SlowPatternError
from ..._errors import InvalidInputError
from ..._time_limit import TimeLimitError, time_limit

# What has become of the Job when the patterns have taken too long.
NO_JOB_YET = "Nothing was created or changed."
JOB_STAYS = "The Job is left as it is: run the task again."


@contextmanager
def patterns_in_time(seconds: float, searched: str, after: str) -> Iterator[None]:
    """Lets a user's patterns search inside for so many seconds. Raises InvalidInputError.

    Args:
        seconds: How long they may search.
        searched: What they search.
        after: What has become of the Job, NO_JOB_YET or JOB_STAYS.
    """
    try:
        with time_limit(seconds):
            yield
    except TimeLimitError as error:
        slow = f"{error}" if isinstance(error, SlowPatternError) else "A pattern"
        raise InvalidInputError(
            f"{slow} is too slow: {searched} could not be searched within {seconds:.0f} s.",
            code="PatternTooSlow",
            cause="A pattern with a repetition inside a repetition, such as (a+)+, tries every way to divide a line.",
            remedy=f"Simplify the pattern so that it can match a line in one way only. {after}",
        ) from error
