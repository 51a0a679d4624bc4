# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The explanation: code, cause and remedy, which every row of a table, every finding and every doubt holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """Why something failed and what to do about it.

    severity is for findings: an error stays until someone acts, a warning may pass or is intended. retriable is for errors: whether the
    same call may succeed later without a change.
    """

    code: str
    cause: str
    remedy: str
    severity: str = "error"
    retriable: bool = False

    def error_fields(self) -> dict[str, Any]:
        """The arguments of a GpuopsError that an explanation gives."""
        return {"code": self.code, "cause": self.cause, "remedy": self.remedy, "retriable": self.retriable}
