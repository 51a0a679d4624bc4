# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The query for the rows that Container Insights has about GPUs, and what its answers mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .article import READ

# microsoft/Docker-Provider source/plugins/go (GPU metrics, 2024-10): namespace, names, and tags; only these resources are read.
_NAMESPACE = "container.azm.ms/gpu"
_COUNTS = {
    "nodeGpuCapacity": "capacity",
    "nodeGpuAllocatable": "allocatable",
    "containerGpuRequests": "requests",
    "containerGpuLimits": "limits",
}
_NVIDIA, _AMD = "nvidia.com/gpu", "amd.com/gpu"
LATELY, EARLIER = "PT30M", "P7D"


@dataclass(frozen=True)
class LogsAnswer:
    """The rows of an answer by their columns. partial: why it is only a part of the answer, "" if it is whole."""

    rows: Sequence[Mapping[str, Any]] = ()
    partial: str = ""


def gpu_rows_query(cluster: str) -> str:
    """The last row of each node and container. cluster: the path of the cluster, because a workspace can have several."""
    return (
        f'InsightsMetrics | where Namespace == "{_NAMESPACE}" and Name in ({", ".join(map(_quoted, READ))})'
        " | extend Tags = parse_json(Tags)"
        f' | where tostring(Tags["container.azm.ms/clusterId"]) =~ {_quoted(cluster)}'
        " | summarize arg_max(TimeGenerated, Val)"
        " by Name, Computer, Vendor = tostring(Tags.gpuVendor), Container = tostring(Tags.containerName)"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def decoded_answer(content: bytes) -> LogsAnswer:
    """The answer of a reply that succeeded; an empty one if the workspace has no data (204). Raises ValueError for another form."""
    if not content:
        return LogsAnswer()
    try:
        body = json.loads(content)
        (table,) = [each for each in body["tables"] if each["name"] == "PrimaryResult"]
        columns = [each["name"] for each in table["columns"]]
        rows = [{name: row[number] for number, name in enumerate(columns)} for row in table["rows"]]
        error = body.get("error") or {}
    except (KeyError, TypeError, IndexError, AttributeError) as wrong:
        raise ValueError("not an answer of Log Analytics") from wrong
    return LogsAnswer(rows, ": ".join(filter(None, map(error.get, ("code", "message")))))


def counts(answer: LogsAnswer, pool: str | None) -> dict[str, dict[str, dict[str, int | None]]]:
    """How many GPUs nodes have and have given away: node → resource → counts. Rows of containers do not name a resource."""
    found: dict[str, dict[str, dict[str, int | None]]] = {}
    for row in sorted(answer.rows, key=lambda each: each["Name"], reverse=True):  # nodes first: they tell the resource
        node, count, value = row["Computer"], _COUNTS.get(row["Name"]), row["Val"]
        if node and count and value is not None and (not pool or node.startswith(f"aks-{pool}-")):
            by_resource = found.setdefault(node, {})
            resource = row["Vendor"] if row["Vendor"] in (_NVIDIA, _AMD) else next(iter(by_resource), _NVIDIA)
            counted = by_resource.setdefault(resource, dict.fromkeys(_COUNTS.values()))
            counted[count] = (counted[count] or 0) + int(value)
    return found
