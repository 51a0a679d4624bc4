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

from ..._core.chain.fleet import as_table, in_one_sentence, trusted, without_report
from ..._core.chain.page.fleet import ClusterReport, fleet_page
from ..._core.chain.results import given_report
from ..operation import Operation, Outcome, Run
from .report_files import change, writable, write


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    results = [given_report(result) for result in params["reports"]]
    reports = [trusted(result["report"]) for result in results]
    missing = list(without_report(params["hosts"], reports))
    every = [*reports, *missing]
    result = {"clusters": len(every), "summary": in_one_sentence(every), "table": as_table(every)}
    if not params["dest"]:
        return Outcome(result)
    dest = writable(Path(params["dest"]).expanduser())
    linked = [ClusterReport(trusted(given["report"]), _link(given, dest)) for given in results]
    page = fleet_page([*linked, *(ClusterReport(row, "") for row in missing)])
    written = change(dest, page)
    if not run.check_mode:
        write(dest, page)
    return Outcome({"dest": str(dest), **result}, (written,))


def _link(result: Mapping[str, Any], dest: Path) -> str:
    """The link from the index page to the cluster's, which keeps working if the directory of both is moved."""
    page = str(result.get("page") or "")
    return quote(os.path.relpath(Path(page).expanduser(), dest.parent)) if page else ""


OPERATION = Operation(
    {"dest": {"type": "path"}, "reports": {"type": "list", "elements": "dict", "required": True}, "hosts": {"type": "dict", "default": {}}},
    _run,
    libraries=(),
)
