# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is known of a run so far: the Job, its pods and the log, also after they are gone."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.shared.mappings import Json
from ..._core.workload.job import Ending
from ..._core.workload.log import NO_LOG, JobLog
from ..jobs.log_file import LogFile


@dataclass(frozen=True)
class ObservedRun:
    """What is known of a run: nothing at first, its end and log at last. job is as it was last seen, also when it is gone.

    lines are the log as far as it is kept in memory, without `dropped` lines in its middle; file has all of it, None without log_path. node
    is the pod's as it is now, None where it is gone or was not looked at. earlier: it had ended before this task began.
    """

    job: Json | None = None
    pod: Json | None = None
    attempts: int = 0
    end: Ending | None = None
    lines: tuple[str, ...] = ()
    dropped: int = 0
    file: LogFile | None = None
    log: JobLog = NO_LOG
    gone: bool = False
    node: Json | None = None
    earlier: bool = False
