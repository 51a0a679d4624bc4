# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the GPU Operator is proven to work, what is missing, and the result and status line that say so."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Sequence

from ..._progress import Status
from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import DRIVER_LABEL, OPERANDS_LABEL, PRESENT, UPGRADE_STATE, is_changing
from ..shared.findings import Finding, joined_names, without_repeats
from ..shared.mappings import Json
from .causes_cluster import CLUSTER_CAUSES
from .causes_nodes import NODE_CAUSES
from .causes_operands import OPERAND_CAUSES, lacks_gpus, waiting
from .view import READY, Operand, OperatorView, condition_of, state_of

Cause = Callable[[OperatorView], Iterator[Finding]]
_CAUSES: Sequence[Cause] = (*CLUSTER_CAUSES, *NODE_CAUSES, *OPERAND_CAUSES)
_RECONCILED = "Reconciled"
# What no waiting ends.
PERMANENT = (
    "OperatorNotInstalled", "OperatorLeftovers", "OperatorServesNoNode", "NfdLacksToleration", "NfdMissing", "OperandLacksToleration",
    "DriverPreinstalled", "DriverImageMissing", "SecureBootRejectsDriver", "RuntimeClassMissing", "ContainerdStopped", "ImageNotFound",
)  # fmt: skip
_VERSIONED = ("driver", "toolkit", "validator", "device_plugin", "dcgm_exporter", "feature_discovery", "mig_manager")


def diagnose_operator(view: OperatorView) -> list[Finding]:
    """Every cause that the view shows, errors first."""
    return without_repeats(finding for cause in _CAUSES for finding in cause(view))


def out_of_reach(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that no waiting removes."""
    return [each for each in findings if each.code in PERMANENT]


def is_proven(view: OperatorView, min_nodes: int = 1) -> bool:
    """Whether the operator is ready, and not merely for want of GPU nodes.

    The ClusterPolicy's condition Ready has the reason Reconciled, every node that the operator serves is complete, and there are
    enough of them.
    """
    return _reconciled(view) and len(view.served) >= min_nodes and all(_complete(view, node) for node in view.served)


def _reconciled(view: OperatorView) -> bool:
    ready = condition_of(view.policy or {}, "Ready")
    return ready.get("status") == "True" and ready.get("reason") == _RECONCILED


def _complete(view: OperatorView, node: GpuNode) -> bool:
    """Whether each component is ready on the node, the operator's CUDA program has run there, and the node offers its GPUs.

    Not while a manager changes the node, which takes components off it.
    """
    operands = [] if is_changing(node.labels) else view.operands_on(node)
    working = node.ready and bool(operands) and all(each.state_on(node.name) == READY for each in operands)
    return working and view.validated(node.name) and not lacks_gpus(view, node)


def operator_status(view: OperatorView) -> Status:
    """The status line of a wait: the component that nodes wait for, on how many it is ready, and what one of the others shows."""
    waited = waiting(view)
    operand = waited[0].operand if waited else None
    if operand is None:
        complete = sum(_complete(view, node) for node in view.served)
        reason = condition_of(view.policy or {}, "Ready").get("reason") or "no status"
        return Status("GPU Operator", f"{complete}/{len(view.served)} nodes validated, ClusterPolicy {reason}", awaited=_awaited(view))
    nodes = [node for node in view.served if operand in view.operands_on(node)]
    ready = sum(operand.state_on(node.name) == READY for node in nodes)
    return Status("GPU Operator", f"{operand.component}: {ready}/{len(nodes)} nodes ready", awaited=_awaited(view))


def _awaited(view: OperatorView) -> str:
    """The first node that is waited for, with the state of the component there; "" if no node is."""
    for each in waiting(view)[:1]:
        state = each.operand.state_on(each.node.name) if each.operand else "validation"
        return f"{each.node.name}: {state}"
    unlabeled = [node.name for node in view.served if not view.operands_on(node)]
    return f"{joined_names(unlabeled, 1)}: labels" if unlabeled else ""


def operator_facts(view: OperatorView, findings: Sequence[Finding], min_nodes: int) -> dict[str, Any]:
    """The module's return value."""
    policy = view.policy or {}
    return {
        "installed": bool(view.policies),
        "ready": is_proven(view, min_nodes),
        "state": state_of(policy),
        "reason": str(condition_of(policy, "Ready").get("reason") or ""),
        "namespace": view.namespace,
        "cluster_policy": str(policy["metadata"]["name"]) if policy else "",
        "conditions": _conditions(policy),
        "drivers": [_driver(each) for each in view.drivers],
        "versions": _versions(view),
        "operands": {each.name: _operand(view, each) for each in view.operands},
        "nodes": [_node(view, node) for node in view.snapshot.nodes],
        "findings": [finding.facts() for finding in findings],
    }


def _conditions(resource: Json) -> list[dict[str, str]]:
    conditions = (resource.get("status") or {}).get("conditions") or ()
    return [{name: str(each.get(name) or "") for name in ("type", "status", "reason", "message")} for each in conditions]


def _driver(driver: Json) -> dict[str, Any]:
    spec = driver.get("spec") or {}
    return {
        "name": driver["metadata"]["name"],
        "state": state_of(driver),
        "version": str(spec.get("version") or ""),
        "node_selector": spec.get("nodeSelector") or {},
        "conditions": _conditions(driver),
    }


def _versions(view: OperatorView) -> dict[str, str]:
    """The version of each component, and of the operator, by the tags of their images."""
    found = {each.component: _tag(each.image) for each in view.operands if each.component in _VERSIONED}
    for pod in view.controllers()[:1]:
        found["operator"] = _tag(str(pod["spec"]["containers"][0].get("image") or ""))
    return found


def _tag(image: str) -> str:
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def _operand(view: OperatorView, operand: Operand) -> dict[str, Any]:
    nodes = [node.name for node in view.served if operand.selects(node)]
    ready = sum(operand.state_on(node) == READY for node in nodes)
    return {"component": operand.component, "image": operand.image, "desired": operand.desired, "nodes": len(nodes), "ready": ready}


def _node(view: OperatorView, node: GpuNode) -> dict[str, Any]:
    return {
        "name": node.name,
        "pool": node.pool,
        "vm_size": node.vm_size,
        "ready": node.ready,
        "discovered": node.labels.get(PRESENT) == "true",
        "served": node.labels.get(OPERANDS_LABEL) != "false",
        "driver_label": node.labels.get(DRIVER_LABEL, ""),
        "upgrade_state": node.labels.get(UPGRADE_STATE, ""),
        "operands": {each.component: each.state_on(node.name) for each in view.operands_on(node)},
        "validated": view.validated(node.name),
        "allocatable": node.allocatable,
        "complete": _complete(view, node),
    }
