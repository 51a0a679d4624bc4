# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a run used, as names and values."""

from __future__ import annotations

from typing import Any, Iterator

from ...shared.mappings import Json

# Heading → key of the report's "used".
_USED = {
    "Cluster": "cluster",
    "Resource group": "resource_group",
    "Region": "region",
    "Path": "path",
    "Kubernetes": "kubernetes_version",
    "Node image": "node_image",
    "NVIDIA driver": "driver_version",
    "Workload image": "image",
    "gpuops.aks": "collection_version",
}
_JOB = {"Workload": "name", "Pod": "pod", "Pod's node": "node", "GPU in its log": "gpu_device", "Image that ran": "image_id"}
_RUN = {"Run by": "user", "For the host": "host", "API server": "server", "Context": "context"}


def used(report: Json) -> Iterator[tuple[str, Any]]:
    """Names and values of all that the report knows."""
    yield from ((heading, report["used"][field]) for heading, field in _USED.items())
    yield from ((heading, report["job"][field]) for heading, field in _JOB.items())
    yield from (("Proof of the step " + proof["step"], readable(proof["at"])) for proof in report["proofs"])
    yield from ((heading, report[field]) for heading, field in _RUN.items())
    if report["lab"] is not None:
        yield "Azure and GPUs", "simulated by the lab" if report["lab"] else "real"


def readable(time: Any) -> str:
    """A time as a person reads it: 2026-11-28 15:00 UTC."""
    text = str(time or "")
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text
