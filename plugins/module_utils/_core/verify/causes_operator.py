# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Causes that the NVIDIA GPU Operator shows: it is changing the node, or has failed to.

Apart from causes_nodes because its states come from labels and pods of the operator alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

from ..nodes.gpu_operator import DRIVER, OPERATOR_NAMESPACE, OperatorPart, operator_state, waited_for
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.explanation import Explanation
from ..shared.findings import Finding, finding

_PARTS = 3  # a cause is often the same everywhere


def at_work(snapshot: ClusterSnapshot) -> Iterator[Finding]:
    """The GPU Operator or one of its managers changes the node, or has failed to."""
    shown: dict[Explanation, list[tuple[str, str]]] = {}
    for node in snapshot.nodes:
        state = operator_state(node.labels)
        if state is None:
            continue
        # Where the previous layout or driver still serves, the failure keeps no pod from a GPU.
        serves = bool(node.allocatable or snapshot.offers_otherwise(node))
        explanation = replace(state.explanation, severity="warning") if serves else state.explanation
        down = "" if node.ready else "; the node is not Ready"
        shown.setdefault(explanation, []).append((node.name, f"{state.evidence}{down}{operator_evidence(snapshot, state.app, node.name)}"))
    for explanation, where in shown.items():
        yield finding(in_namespace(explanation, snapshot), where)


def in_namespace(explanation: Explanation, snapshot: ClusterSnapshot) -> Explanation:
    """The explanation with the operator's namespace in its remedy."""
    return replace(explanation, remedy=explanation.remedy.replace("{operator}", namespace_of_operator(snapshot)))


def namespace_of_operator(snapshot: ClusterSnapshot) -> str:
    """Where the operator's pods are, by its device plugin."""
    return next((plugin.namespace for plugin in snapshot.plugins if plugin.by_operator), OPERATOR_NAMESPACE)


def operator_evidence(snapshot: ClusterSnapshot, app: str, node: str) -> str:
    """What one of the operator's pods on the node shows, as evidence goes on with it; "" where it was not read."""
    said = snapshot.operator_parts.get(OperatorPart(app, node), "")
    return f"; {said}" if said else ""


def parts_wanted(snapshot: ClusterSnapshot) -> list[OperatorPart]:
    """The operator's pods whose state and log would say more."""
    wanted = []
    for node in snapshot.nodes:
        state = operator_state(node.labels)
        if state is not None:
            wanted.append(OperatorPart(state.app, node.name))
        elif any(plugin.by_operator and waited_for(plugin.pods.get(node.name)) for plugin in snapshot.plugins):
            wanted.append(OperatorPart(DRIVER, node.name))
    return wanted[:_PARTS]


OPERATOR_CAUSES = (at_work,)
