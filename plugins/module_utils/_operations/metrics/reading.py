# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a source has told: nodes with their devices, and findings about what is missing. The same for every source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..._core.metrics.article import gone
from ..._core.metrics.catalog import Wanted
from ..._core.metrics.choice import Attempt, attempts_of
from ..._core.metrics.result import totals
from ..._core.shared.findings import Finding, without_repeats


@dataclass(frozen=True)
class Reading:
    """The answer of one source. nodes: in the form in which the module returns them. server: the API server that responded, if one did."""

    nodes: Sequence[Mapping[str, Any]]
    findings: Sequence[Finding] = ()
    server: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_devices(self) -> bool:
        """Whether it tells about at least one device."""
        return any(node["devices"] for node in self.nodes)


def metrics_facts(
    reading: Reading, source: str, wanted: Wanted, *, window: int = 0, step: int = 0, attempts: Sequence[Attempt] = ()
) -> dict[str, Any]:
    """The metrics in the form in which modules return them.

    Args:
        reading: What the source has told.
        source: The source, "" if none was read.
        wanted: The metrics of the task.
        window: The window of the values in seconds, 0 for the last values.
        step: The seconds between two values of the window.
        attempts: The sources that were passed over.
    """
    findings = without_repeats([*reading.findings, *gone(wanted.gone)])
    return {
        "source": source,
        "sources": attempts_of(attempts, source),
        "window": window,
        "step": step if window else 0,
        "units": wanted.units(),
        "totals": totals(reading.nodes),
        "nodes": list(reading.nodes),
        "findings": [each.facts() for each in findings],
        **reading.server,
    }
