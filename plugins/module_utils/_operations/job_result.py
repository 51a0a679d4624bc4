# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

from .._errors import InvalidInputError
from .._gpu.findings import Finding
from .._gpu.joblog import NO_LOG, JobLog, parse_job_log
from .._gpu.jobs import Ending, pod_facts
from .job_request import JobRequest

Json = Mapping[str, Any]
_LOG_TAIL = 20
_READABLE = 0o644


@dataclass(frozen=True)
class Seen:
    """What is known of a run: nothing at first, its end and log at last. job is as it was last seen, also when it is gone."""

    job: Json | None = None
    pod: Json | None = None
    attempts: int = 0
    end: Ending | None = None
    lines: tuple[str, ...] = ()
    log: JobLog = NO_LOG
    gone: bool = False


def read_lines(request: JobRequest, lines: Sequence[str]) -> JobLog:
    """What the log proves, by the request's patterns."""
    return parse_job_log(
        lines,
        device_pattern=request.device_pattern,
        accuracy_pattern=request.accuracy_pattern,
        failure_pattern=request.failure_pattern,
    )


def job_result(request: JobRequest, seen: Seen, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """The module's return value: what the run did and proved."""
    log = seen.log
    return {
        "job": {
            "name": request.settings.name,
            "namespace": request.settings.namespace,
            "succeeded": seen.end is not None and seen.end.succeeded and bool(log.gpu_device) and not log.failure,
            "gpu_device": log.gpu_device,
            "gpus": log.gpus,
            "accuracy": [list(step) for step in log.accuracy],
            "final_accuracy": log.final_accuracy,
            "steps": log.steps,
            **pod_facts(seen.pod, request.settings.name),
            "attempts": seen.attempts,
            "log_tail": list(seen.lines[-_LOG_TAIL:]),
            "findings": [finding.facts() for finding in findings],
        }
    }


def save_log(request: JobRequest, seen: Seen) -> None:
    """Put the whole log where the request wants it; a reader sees the old file or the new one. Raises InvalidInputError."""
    if not request.log_path or not seen.lines:
        return
    path = Path(request.log_path).resolve()  # a link stays one
    try:
        _replace(path, "".join(f"{line}\n" for line in seen.lines))
    except OSError as error:
        raise InvalidInputError(
            f"log_path {path} can't be written: {error.strerror}.",
            code="UnwritableFile",
            remedy="Check the path and its rights.",
            facts=job_result(request, seen),
        ) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(_READABLE)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
