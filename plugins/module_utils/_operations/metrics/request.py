# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_metrics_info, and the checked request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..._core.metrics.catalog import Wanted, wanted
from ..._core.nodes.labels import checked_value
from ..arguments import cluster_arguments, kube_arguments

EXPORTER = "exporter"
AUTO = "auto"
SOURCES = (EXPORTER,)


@dataclass(frozen=True)
class MetricsRequest:
    """Which metrics of which nodes (pool None: all GPU nodes), and the sources to ask, in their order."""

    pool: str | None
    wanted: Wanted
    sources: tuple[str, ...]


def arguments() -> dict[str, Any]:
    """The argument specification."""
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "source": {"type": "str", "choices": [AUTO, *SOURCES], "default": AUTO},
        "pool": {"type": "str", "default": ""},
        "metrics": {"type": "list", "elements": "str", "default": []},
    }


def request_of(params: Mapping[str, Any]) -> MetricsRequest:
    """The checked request. Raises InvalidInputError."""
    return MetricsRequest(
        pool=checked_value("pool", params["pool"]) or None,
        wanted=wanted(params["metrics"]),
        sources=SOURCES if params["source"] == AUTO else (params["source"],),
    )
