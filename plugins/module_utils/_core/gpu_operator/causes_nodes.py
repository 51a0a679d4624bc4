# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that keep the GPU Operator off a node: it does not find the GPU, a taint is in the way, or the node has a driver already."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import PRESENT
from ..scheduling.daemons import Daemon
from ..scheduling.pods import pod_ready, pod_state
from ..scheduling.reasons import Kind
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding, joined_names
from ..verify.causes_drivers import DRIVER_CAUSES
from ..verify.causes_nodes import not_ready as nodes_not_ready
from ..verify.causes_operator import at_work as operator_at_work
from .view import PCI_LABELS, OperatorView

_COMPUTE = "The filter gpuops.aks.gpu_operator_values computes them from node_taints."


def undiscovered(view: OperatorView) -> Iterator[Finding]:
    """Node feature discovery has not labeled the node, by which the operator would find its GPU."""
    taints = {node.name: _taint_against(view.worker, node) for node in _undiscovered(view)}
    kept_off = [(name, f"{taint}, which {view.worker} does not tolerate") for name, taint in taints.items() if taint]
    if kept_off:
        yield finding(
            Explanation(
                "NfdLacksToleration",
                cause="Node feature discovery does not tolerate the node's taint, so the GPU Operator does not find the node's GPU.",
                remedy=f"Set node-feature-discovery.worker.tolerations in the chart's values. {_COMPUTE}",
            ),
            kept_off,
        )
    others = [node for node in _undiscovered(view) if not taints[node.name]]
    if others:
        yield _unlabeled(view, others)


def _undiscovered(view: OperatorView) -> list[GpuNode]:
    return [node for node in view.served if not _discovered(node)] if view.policies else []


def _discovered(node: GpuNode) -> bool:
    return any(node.labels.get(name) == "true" for name in (PRESENT, *PCI_LABELS))


def _taint_against(daemon: Daemon | None, node: GpuNode) -> str:
    reasons = daemon.reasons_against(node) if daemon else []
    return next((f"taint {reason.about}" for reason in reasons if reason.kind is Kind.TAINT), "")


def _unlabeled(view: OperatorView, nodes: Sequence[GpuNode]) -> Finding:
    worker = view.worker
    if worker is None:
        explanation = Explanation(
            "NfdMissing",
            cause="Node feature discovery does not run in the operator's namespace, and nothing else has labeled the node.",
            remedy="Leave nfd.enabled at true in the chart's values, or install node feature discovery so that it labels GPU nodes.",
        )
        return finding(explanation, [(node.name, f"no label {PCI_LABELS[0]}") for node in nodes])
    starting = any(node.name not in worker.pods or not pod_ready(worker.pods[node.name]) for node in nodes)
    explanation = Explanation(
        "NfdLabelsMissing",
        cause="Node feature discovery runs but has not labeled the node, so the GPU Operator does not find the node's GPU.",
        remedy=f"Check its master and worker: 'kubectl logs -n {worker.namespace} -l app.kubernetes.io/name=node-feature-discovery'. If "
        "the node does not have a GPU, use another vm_size.",
        severity="warning" if starting else "error",
    )
    return finding(explanation, [(node.name, f"no label {PCI_LABELS[0]}; {_worker_on(worker, node)}") for node in nodes])


def _worker_on(worker: Daemon, node: GpuNode) -> str:
    pod = worker.pods.get(node.name)
    return f"its worker is {'ready' if pod_ready(pod) else pod_state(pod)}" if pod else "it has no worker"


def untolerated(view: OperatorView) -> Iterator[Finding]:
    """The operator's components do not tolerate the node's taint."""
    shown = []
    for node in view.served:
        kept = {each.name: _taint_against(each, node) for each in view.operands_on(node) if node.name not in each.pods}
        names = [name for name, taint in kept.items() if taint]
        if names:
            shown.append((node.name, f"{kept[names[0]]}, which {joined_names(names, 2)} do not tolerate"))
    if shown:
        yield finding(
            Explanation(
                "OperandLacksToleration",
                cause="The GPU Operator's components do not tolerate the node's taint.",
                remedy=f"Set daemonsets.tolerations in the chart's values. {_COMPUTE}",
            ),
            shown,
        )


def drivers(view: OperatorView) -> Iterator[Finding]:
    """The node's driver has two owners or none, or it is already there although the operator should install one."""
    for cause in DRIVER_CAUSES:
        yield from cause(view.snapshot)


def changing(view: OperatorView) -> Iterator[Finding]:
    """The operator or one of its managers changes the node, or has failed to."""
    yield from operator_at_work(view.snapshot)


def not_ready(view: OperatorView) -> Iterator[Finding]:
    """The kubelet doesn't report, or says that it is not ready."""
    yield from nodes_not_ready(view.snapshot)


NODE_CAUSES = (undiscovered, untolerated, drivers, changing, not_ready)
