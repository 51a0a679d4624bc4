# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator reports in its ClusterPolicies; pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.gpu_operator.node_labels import PRESENT, is_discovered

Object = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """status.state of a ClusterPolicy, and reason and message of its condition that is true: Ready, or Error if it is not ready."""

    state: str
    reason: str = ""
    message: str = ""

    def status(self, *, namespace: str, now: str) -> dict[str, Any]:
        """The status of the resource. now: when it came to be so, as RFC 3339."""
        if not self.reason:
            return {"state": self.state, "namespace": namespace}
        ready = self.state == "ready"
        conditions = [
            {"type": "Ready", "status": _truth(ready), "reason": self.reason if ready else "Error", "message": self.message * ready},
            {
                "type": "Error",
                "status": _truth(not ready),
                "reason": "Ready" if ready else self.reason,
                "message": self.message * (not ready),
            },
        ]
        times = {"lastTransitionTime": now}
        return {"state": self.state, "namespace": namespace, "conditions": [{**each, **times} for each in conditions]}

    def is_shown(self, policy: Mapping[str, Any]) -> bool:
        """Whether the resource says this."""
        status = policy.get("status") or {}
        wanted = self.status(namespace="", now="").get("conditions", [])
        shown = {each["type"]: (each["status"], each["reason"], each["message"]) for each in status.get("conditions") or ()}
        return status.get("state") == self.state and shown == {
            each["type"]: (each["status"], each["reason"], each["message"]) for each in wanted
        }


IGNORED = Report("ignored")
_NO_LABELS = Report("ready", "NFDLabelsMissing", "No NFD labels found")
_NO_NODES = Report("ready", "NoGPUNodes", "No GPU node found, watching for new nodes to join the cluster.")
_RECONCILED = Report("ready", "Reconciled", "ClusterPolicy is ready as all resources have been successfully reconciled")


def _truth(value: bool) -> str:
    return "True" if value else "False"


def followed(policies: Sequence[Object]) -> Object | None:
    """The ClusterPolicy that the operator follows: the first that it has seen."""
    by_age = sorted(policies, key=lambda each: (each["metadata"].get("creationTimestamp", ""), each["metadata"]["name"]))
    known = [each for each in by_age if (each.get("status") or {}).get("state") in {"ready", "notReady"}]
    return next(iter([*known, *by_age]), None)


def report(labels: Collection[Mapping[str, str | None]], states: Mapping[str, Mapping[str, Any] | None]) -> Report:
    """What the operator says. labels: of each node. states: the DaemonSet of each state that the policy wants, None before it exists."""
    if not any(is_discovered(each) for each in labels):
        return _NO_LABELS
    if not any(each.get(PRESENT) == "true" for each in labels):
        return _NO_NODES
    waiting = [state for state, daemonset in states.items() if not _is_ready(daemonset)]
    if waiting:
        return Report("notReady", "OperandNotReady", f"ClusterPolicy is not ready; states not ready: [{' '.join(waiting)}]")
    return _RECONCILED


def _is_ready(daemonset: Mapping[str, Any] | None) -> bool:
    """Whether each node that should run it does; none is enough."""
    if daemonset is None:
        return False
    status = daemonset.get("status") or {}
    seen = status.get("observedGeneration") == daemonset["metadata"].get("generation")
    available: int = status.get("numberAvailable", 0)
    desired: int = status.get("desiredNumberScheduled", 0)
    return seen and available >= desired
