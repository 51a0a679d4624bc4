# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a source has told: nodes with their devices, and findings about what is missing. The same for every source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from ..._core.shared.findings import Finding


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
