# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Runs an operation and turns its outcome or error into the task's result; both entry points share it."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import Any, Mapping

from .._core.shared.printable import printable, printable_value, shortened
from .._errors import GpuopsError, InvalidInputError
from .._operations.operation import Operation, Outcome, Run

# Of each of message, cause and remedy: a message may quote an answer of any length.
_MOST_CHARACTERS = 4000
UNFIT_VALUES = (TypeError, ValueError, OverflowError, AttributeError, RecursionError)
_ISSUES = "https://github.com/gpuops/aks/issues"


def perform(operation: Operation, params: Mapping[str, Any], run: Run, *, diff: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Run an operation with validated parameters: the task's result, as both entry points return it, and the warnings.

    No string in either controls a terminal: what a log, an event, Azure or an API server says is data.
    """
    started = run.clock.now()
    try:
        outcome = operation.run(params, run)
    except GpuopsError as error:
        return {"failed": True, "changed": run.writes.any, **failure(error)}, ()
    # A mistake of ours, or a library that gives up the process: the user gets a failed task that says so, and no dead worker.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return {"failed": True, "changed": run.writes.any, **failure(_mistake(error))}, ()
    return success(outcome, seconds=run.clock.now() - started, diff=diff), tuple(map(printable, outcome.warnings))


def success(outcome: Outcome, *, seconds: float, diff: bool) -> dict[str, Any]:
    """What a task returns. seconds is the operation's wall time."""
    result = {"changed": outcome.changed, "seconds": round(seconds, 1), **outcome.result}
    if diff:
        result["diff"] = [change.diff() for change in outcome.changes if change.changed]
    printed: dict[str, Any] = printable_value(result)
    return printed


def failure(error: GpuopsError) -> dict[str, Any]:
    """What a failed task returns: one paragraph for people, fields for programs, and what was found out."""
    message, cause, remedy = (shortened(text, _MOST_CHARACTERS) for text in (error.message, error.cause, error.remedy))
    said = [part.strip() for part in (message, cause, remedy) if part.strip()] or [error.code]
    paragraph = " ".join([*map(_sentence, said[:-1]), _last_sentence(said[-1])])
    fields = {"code": error.code, "message": message, "cause": cause, "remedy": remedy, "retriable": error.retriable}
    printed: dict[str, Any] = printable_value({**error.facts, "msg": paragraph, "error": fields})
    return printed


def unfit_value(error: Exception) -> str:
    """What Ansible's own check of the arguments fails on instead of refusing it: a number where a dictionary belongs, infinity.

    The error's text may have the value in it, and the value may be a secret.
    """
    return f"a value cannot be converted to the type of its option ({type(error).__name__})"


def argument_failure(message: str) -> dict[str, Any]:
    """What a task returns whose arguments Ansible's own check refuses: the same fields as of any failure."""
    refusal = InvalidInputError(
        message,
        code="InvalidArguments",
        cause="The arguments of the task do not match the documented options.",
        remedy="Correct the arguments of the task.",
    )
    return {"failed": True, **failure(refusal)}


def _mistake(error: BaseException) -> GpuopsError:
    """What the user is told of an exception that no operation should let out."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return GpuopsError(
        f"{type(error).__name__}: {error} ({PurePath(place.filename).name}, line {place.lineno}).",
        code="InternalError",
        cause="This is a bug in gpuops.aks, not in your playbook.",
        remedy=f"Report it with this message at {_ISSUES}; the task changed nothing after it.",
    )


def _sentence(text: str) -> str:
    """With a stop at its end, unless it has one there or within the bracket that ends it."""
    return text if text.endswith((".", "!", "?", ":", ".)", ".'", '."')) else f"{text}."


def _last_sentence(text: str) -> str:
    """A command at the end of the paragraph stays as it is copied from there."""
    return text if text.endswith("'") else _sentence(text)
