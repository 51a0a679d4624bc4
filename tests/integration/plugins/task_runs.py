# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task returns, through the same checks of its arguments and the same form of result as both entry points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import perform
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._progress import NO_PROGRESS, Progress

from tests.unit.plugins.tasks import real_run, task_parameters

Json = dict[str, Any]


def run_task(
    operation: Operation,
    params: Json,
    *,
    check: bool = False,
    progress: Progress = NO_PROGRESS,
    environ: Mapping[str, str] | None = None,
) -> Json:
    """What a task returns."""
    run = replace(real_run(check_mode=check, environ=environ), progress=progress)
    result, warnings = perform(operation, task_parameters(operation, params), run, diff=True)
    assert result.get("error", {}).get("code") != "InternalError", result["msg"]
    return result if result.get("failed") else {"warnings": list(warnings), **result}
