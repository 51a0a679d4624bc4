# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operation with a mistake in it, behind the in-process entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Outcome, Run
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.action import InProcessAction


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    if params["how"] == "exit":
        sys.exit("a library has had enough")
    if params["how"] == "raise":
        return Outcome({"never": {}["nothing"]})
    return Outcome({"seen": run.environ.get("OF_THE_TASK", ""), "left": os.environ.get("OF_THE_LAST_TASK", "")})


class ActionModule(InProcessAction):
    """Fails as it is told."""

    operation = Operation({"how": {"type": "str"}, "secret": {"type": "str", "no_log": True}}, _run, ())
