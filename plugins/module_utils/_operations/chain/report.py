# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The operation behind gpu_report: judges a run of the chain by the results of its steps, and writes the report as JSON and HTML."""

from __future__ import annotations

import json
from typing import Any, Mapping

from ..._core.chain.page.report import report_page
from ..._core.chain.report import chain_report
from ..._core.chain.results import given_chain, given_failure, given_steps
from ..operation import Operation, Outcome, Run
from .report_files import change, report_files, write


def report_of(steps: Any, chain: Any, failure: Any, first_results: Any = None) -> dict[str, Any]:
    """The report on the results that a playbook passes; null counts as absent. Raises InvalidInputError.

    Args:
        steps: the results of the steps, by step.
        chain: the variables that the chain ran with.
        failure: the result of the task that failed.
        first_results: the results of the first tasks of steps that consist of several, by step.
    """
    return chain_report(given_steps(steps), given_chain(chain), given_failure(failure), given_steps(first_results))


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    report = report_of(params["steps"], params["chain"], params["failure"], params["first_results"])
    if not params["dest"]:
        return Outcome({"report": report})
    files = report_files(params["dest"], params["page"])
    texts = {files.report: f"{json.dumps(report, indent=4)}\n", files.page: report_page(report)}
    changes = tuple(change(path, text) for path, text in texts.items())
    for path, text in texts.items() if not run.check_mode else ():
        write(path, text)
    return Outcome({"report": report, "dest": str(files.report), "page": str(files.page)}, changes)


_CHAIN = {
    **{name: {"type": "str", "default": ""} for name in ("path", "resource_group", "cluster", "host", "user", "written")},
    "pool": {"type": "str", "required": True},
    "check_mode": {"type": "bool", "default": False},
}
OPERATION = Operation(
    {
        "steps": {"type": "dict", "default": {}},
        "first_results": {"type": "dict", "default": {}},
        "chain": {"type": "dict", "required": True, "options": _CHAIN},
        "failure": {"type": "dict", "default": {}},
        "dest": {"type": "path"},
        "page": {"type": "path"},
    },
    _run,
    libraries=(),
)
