# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the node that the Job's pod ran on, to check that it is of the right pool and cluster."""

from __future__ import annotations

from ..._core.shared.mappings import Json
from ..._core.workload.proof import doubt_of_place
from ..._kube.client import KubeClient
from ..._kube.resources import NODES
from .request import JobRequest


def node_of(pod: Json | None, request: JobRequest, client: KubeClient) -> Json | None:
    """The node that the pod ran on as it is now, where the proof is of a certain pool or cluster; None where it is gone."""
    name = str(pod["spec"].get("nodeName", "")) if pod is not None else ""
    return client.find(NODES, name) if name and request.asked.names_place else None


def may_prove(request: JobRequest, pod: Json | None, node: Json | None) -> bool:
    """Whether the log of this pod, from this node, would be a proof."""
    return pod is not None and doubt_of_place(pod, node, request.asked) is None
