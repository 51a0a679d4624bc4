# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_report_index: writes one page that links the reports of several clusters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping
from urllib.parse import quote

from ..._core.chain.fleet import trusted, without_report
from ..._core.chain.page.fleet import ClusterReport, fleet_page
from ..._core.chain.results import given_report
from ..operation import Operation, Outcome, Run
from .report_files import change, writable, write


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    results = [given_report(result) for result in params["reports"]]
    missing = [ClusterReport(row, "") for row in without_report(params["hosts"], [result["report"] for result in results])]
    clusters = len(results) + len(missing)
    if not params["dest"]:
        return Outcome({"clusters": clusters})
    dest = writable(Path(params["dest"]).expanduser())
    page = fleet_page([*(_linked(result, dest) for result in results), *missing])
    written = change(dest, page)
    if not run.check_mode:
        write(dest, page)
    return Outcome({"dest": str(dest), "clusters": clusters}, (written,))


def _linked(result: Mapping[str, Any], dest: Path) -> ClusterReport:
    """The report with a link from the index page, which keeps working if the directory of both is moved."""
    page = str(result.get("page") or "")
    return ClusterReport(trusted(result["report"]), quote(os.path.relpath(Path(page).expanduser(), dest.parent)) if page else "")


OPERATION = Operation(
    {"dest": {"type": "path"}, "reports": {"type": "list", "elements": "dict", "required": True}, "hosts": {"type": "dict", "default": {}}},
    _run,
    libraries=(),
)
