# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Runs an operation and turns its outcome or error into the task's result; both entry points share it."""

from __future__ import annotations

import traceback
from datetime import datetime, timezone
from pathlib import PurePath
from typing import Any, Mapping

from .._core.shared.printable import printable, printable_value, shortened
from .._errors import GpuopsError, InvalidInputError
from .._operations.operation import Operation, Outcome, Run

# Of message, cause and remedy each: a message may quote a response of any length.
_MAX_CHARACTERS = 4000
# What Ansible's check of the arguments raises, instead of refusing them, for a number in place of a dictionary, infinity and the like.
UNFIT_VALUES = (TypeError, ValueError, OverflowError, AttributeError, RecursionError)
_ISSUES = "https://github.com/gpuops/aks/issues"


def perform(operation: Operation, params: Mapping[str, Any], run: Run, *, diff: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Run an operation; return the task's result, which is the same through both entry points, and its warnings.

    Neither contains control characters, which logs, events and responses might bring in.

    Args:
        operation: the operation to run.
        params: its validated parameters.
        run: the task that it runs in.
        diff: whether the task wants a diff.
    """
    started, began = datetime.now(timezone.utc), run.clock.now()
    result, warnings = _performed(operation, params, run, diff=diff)
    # Not "started", by which async_status knows a job that has not ended.
    times = {"started_at": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "seconds": round(run.clock.now() - began, 1)}
    return {**result, **times}, warnings


def _performed(operation: Operation, params: Mapping[str, Any], run: Run, *, diff: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        outcome = operation.run(params, run)
    except GpuopsError as error:
        return {"failed": True, "changed": run.writes.any, **failure(error)}, ()
    # A bug, or a library that exits the process: the user gets a failed task that says so, not a dead worker.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return {"failed": True, "changed": run.writes.any, **failure(_bug(error))}, ()
    return success(outcome, diff=diff), tuple(map(printable, outcome.warnings))


def success(outcome: Outcome, *, diff: bool) -> dict[str, Any]:
    """The result of a task that succeeds.

    Args:
        outcome: what the operation returned.
        diff: whether to include a diff.
    """
    result = {"changed": outcome.changed, **outcome.result}
    if diff:
        result["diff"] = [change.diff() for change in outcome.changes if change.changed]
    printed: dict[str, Any] = printable_value(result)
    return printed


def failure(error: GpuopsError) -> dict[str, Any]:
    """The result of a task that fails: one paragraph for people, fields for programs, and the facts found before the failure."""
    message, cause, remedy = (shortened(text, _MAX_CHARACTERS) for text in (error.message, error.cause, error.remedy))
    sentences = [part.strip() for part in (message, cause, remedy) if part.strip()] or [error.code]
    paragraph = " ".join([*map(_sentence, sentences[:-1]), _last_sentence(sentences[-1])])
    fields = {**error.fields, "message": message, "cause": cause, "remedy": remedy}
    printed: dict[str, Any] = printable_value({**error.facts, "msg": paragraph, "error": fields})
    return printed


def unfit_value(error: Exception) -> str:
    """The message for one of UNFIT_VALUES. The error's own text is left out, because it may quote a secret."""
    return f"a value cannot be converted to the type of its option ({type(error).__name__})"


def argument_failure(message: str) -> dict[str, Any]:
    """The result of a task whose arguments Ansible's own check refuses, with the same fields as any other failure."""
    refusal = InvalidInputError(
        message,
        code="InvalidArguments",
        cause="The arguments of the task do not match the documented options.",
        remedy="Correct the arguments of the task.",
    )
    return {"failed": True, **failure(refusal)}


def _bug(error: BaseException) -> GpuopsError:
    """The error for an exception that an operation should not have raised."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return GpuopsError(
        f"{type(error).__name__}: {error} ({PurePath(place.filename).name}, line {place.lineno}).",
        code="InternalError",
        cause="This is a bug in gpuops.aks, not in your playbook.",
        remedy=f"Report this message at {_ISSUES}. The task stopped at this point.",
    )


def _sentence(text: str) -> str:
    """The text with a period at its end, unless it ends a sentence already."""
    return text if text.endswith((".", "!", "?", ":", ".)", ".'", '."')) else f"{text}."


def _last_sentence(text: str) -> str:
    """The same, but a command at the end of the paragraph gets no period, so that it can be copied."""
    return text if text.endswith("'") else _sentence(text)
