# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_proof, and the typed request that they become."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from ..._core.nodes.cluster_identity import ANY_CLUSTER, TargetCluster
from ..._core.nodes.labels import checked_labels, checked_value
from ..._core.proof.coverage import REQUIRE
from ..._core.proof.jobs import DEVICE_SECONDS, ProofSettings, identity_of
from ..._core.scheduling.requests import GPU_RESOURCE
from ..._core.scheduling.selection import Selection
from ..._core.shared.names import IMAGE_NAME, LABEL, SUBDOMAIN, checked_name
from ..._core.shared.ranges import AT_A_TIME, DEVICE_TIME, LOAD_TIME
from ..arguments import cluster_arguments, kube_arguments, wait_timeout_of

IMAGE = "mcr.microsoft.com/azurelinux/base/python:3.12"
_LEVELS = tuple(DEVICE_SECONDS)
_NONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ProofRequest:
    """Which GPUs should be proven, and how.

    Args:
        settings: What all Jobs have in common; the nonce is drawn by the task.
        pool: The node pool, "" for every GPU node.
        nodes: The only nodes, empty for all.
        selector: The label selector that the nodes also match.
        require: Which GPUs have to be proven, one of REQUIRE.
        parallel: How many nodes are proven at a time.
        measure_load: Whether the exporters are read meanwhile.
        load_seconds: How long the GPUs work for that at the end, None for as long as the exporters need.
        evidence_dir: Where the evidence is written, None for nowhere.
        cluster: The cluster that the nodes have to belong to.
        spoken_to: The API server and context, as the result shows them.
    """

    settings: ProofSettings
    absent: bool
    pool: str
    nodes: tuple[str, ...]
    selector: str
    require: str
    fail_on_slow: bool
    parallel: int
    measure_load: bool
    load_seconds: int | None
    evidence_dir: str | None
    wait_timeout: float
    cluster: TargetCluster = ANY_CLUSTER
    spoken_to: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """How messages and progress name the selection."""
        return self.pool or "GPU nodes"

    @property
    def identity(self) -> dict[str, Any]:
        """Which cluster and which nodes the proof is about, as results show it."""
        where = {"server": "", "context": "", **self.spoken_to}
        asked = {"pool": self.pool, "nodes": list(self.nodes), "node_selector": self.selector}
        return {"resource_group": self.cluster.resource_group, "cluster": self.cluster.cluster, **where, "selection": asked}

    @property
    def selection(self) -> Selection:
        """The nodes to read."""
        return Selection(self.pool or None, GPU_RESOURCE, self.selector or None)


def proof_arguments() -> dict[str, Any]:
    """The module's arguments."""
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "pool": {"type": "str", "default": ""},
        "nodes": {"type": "list", "elements": "str", "default": []},
        "node_selector": {"type": "dict"},
        "level": {"type": "str", "choices": list(_LEVELS), "default": "smoke"},
        "require": {"type": "str", "choices": list(REQUIRE), "default": "free"},
        "fail_on_slow": {"type": "bool", "default": False},
        "parallel": {"type": "int", "default": 10},
        "measure_load": {"type": "bool", "default": False},
        "load_seconds": {"type": "int"},
        "namespace": {"type": "str", "default": "default"},
        "image": {"type": "str", "default": IMAGE},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "timeout": {"type": "int"},
        "evidence_dir": {"type": "path"},
        "keep": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 1800},
    }


def proof_request(params: Mapping[str, Any], nonce: str) -> ProofRequest:
    """The request of the module's parameters. Raises InvalidInputError.

    Args:
        params: The validated parameters.
        nonce: What this run has drawn.
    """
    checked_name("namespace", params["namespace"], LABEL)
    checked_name("image", params["image"], IMAGE_NAME)
    checked_value("pool", params["pool"])
    for name in params["nodes"]:
        checked_name("nodes", name, SUBDOMAIN)
    for name in params["image_pull_secrets"]:
        checked_name("image_pull_secrets", name, SUBDOMAIN)
    labels = checked_labels("node_selector", params["node_selector"] or {})
    selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    nodes = tuple(dict.fromkeys(params["nodes"]))
    return ProofRequest(
        settings=_settings(params, nonce, identity_of(params["namespace"], params["pool"], nodes, selector)),
        absent=params["state"] == "absent",
        nodes=nodes,
        selector=selector,
        parallel=AT_A_TIME.checked("parallel", params["parallel"]),
        load_seconds=None if params["load_seconds"] is None else LOAD_TIME.checked("load_seconds", params["load_seconds"]),
        evidence_dir=params["evidence_dir"] or None,
        wait_timeout=wait_timeout_of(params),
        **{name: params[name] for name in ("pool", "require", "fail_on_slow", "measure_load")},
    )


def _settings(params: Mapping[str, Any], nonce: str, identity: str) -> ProofSettings:
    seconds = params["timeout"] if params["timeout"] is not None else DEVICE_SECONDS[params["level"]]
    return ProofSettings(
        identity=identity,
        nonce=nonce,
        seconds=DEVICE_TIME.checked("timeout", seconds, also="By default, it depends on level."),
        **{name: params[name] for name in ("namespace", "level", "image", "image_pull_policy", "image_pull_secrets", "keep")},
    )
