# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes what each task returns to a file, one JSON object a line: as callbacks get it, secrets hidden."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: results
type: notification
short_description: Write results to a file
description: Writes each task's result to the file that E(RESULTS_FILE) names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible is untyped
    """Writes task, host, kind of event and result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"

    def _write(self, kind: str, result: Any) -> None:
        line = {"kind": kind, "task": result.task_name, "host": result._host.get_name(), "result": result._result}
        with Path(os.environ["RESULTS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(self._as_json(line) + "\n")

    def _as_json(self, line: dict[str, Any]) -> str:
        return json.dumps(line, default=str)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002  # Ansible's signature
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)
