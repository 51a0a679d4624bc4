# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What to do with the logs of a Job's attempts when one attempt follows another, as a pure decision.

Reading them is _operations/jobs/attempt_logs.py.
"""

from __future__ import annotations

from typing import NamedTuple

from .job import Attempt


class LogSteps(NamedTuple):
    """What to do with logs, in this order.

    Args:
        finish: Read the log of the attempt before to its end.
        previous: That container has been started again since, so the kubelet has its log as the previous one.
        begin: Start a log for the attempt of now.
        follow: Follow that log as it grows.
        read: Read it to its end, because the attempt is over.
    """

    finish: bool = False
    previous: bool = False
    begin: bool = False
    follow: bool = False
    read: bool = False


def log_steps(before: Attempt | None, now: Attempt | None, *, last: bool) -> LogSteps:
    """What to do with the logs.

    Args:
        before: The newest attempt when this was last asked, None when no container had run.
        now: The newest attempt, None when its pod is gone or has not run yet.
        last: Nothing more comes, and the log of the attempt of now is going to be read as a whole.
    """
    if now is None:
        return LogSteps(finish=before is not None)
    read = now.over and not last
    if before is None:
        return LogSteps(begin=True, follow=not now.over, read=read)
    if now.is_same(before):
        return LogSteps(read=read)
    return LogSteps(finish=True, previous=now.is_after(before), begin=True, follow=not now.over, read=read)
