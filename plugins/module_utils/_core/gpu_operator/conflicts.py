# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What in the cluster keeps the role gpu_operator from installing the operator: pools of others that it would serve, another release."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..._errors import InvalidInputError
from ..nodes.gpu_operator import OPERANDS_LABEL
from .facts import AKS


def conflict_refusals(pools: Sequence[str], releases: Sequence[str], driver: str, deleting: str = "") -> Iterator[InvalidInputError]:
    """The errors for what others have made.

    Args:
        pools: The pools that the operator would serve too.
        releases: The other releases of the operator, as namespace/name.
        driver: Who installs the driver, by gpu_operator_driver.
        deleting: The namespace of the operator if it is being deleted, "" otherwise.
    """
    if deleting:
        yield InvalidInputError(
            f"The namespace {deleting} is being deleted.",
            code="NamespaceTerminating",
            cause="Helm cannot create anything in it. An interrupted removal goes on by itself.",
            remedy=f"Run this step again when it is gone. If it stays, 'kubectl describe namespace {deleting}' names what it waits for.",
        )
    if pools:
        yield InvalidInputError(
            f"The GPU Operator would also serve the nodes of {', '.join(pools)}.",
            code="OtherPoolsServed",
            cause="It serves every GPU node that no label excludes, and a node must not get two device plugins or drivers. With "
            f"gpu_operator_driver: {driver}, it can only serve pools with gpu_driver: {'Install' if driver == AKS else 'None'}.",
            remedy=f"For pools of another path, set node_labels: {{{OPERANDS_LABEL}: 'false'}} with gpuops.aks.aks_gpu_nodepool or "
            "'az aks nodepool update --labels'. Pools that this operator should serve, list in gpu_operator_pools.",
        )
    for release in releases[:1]:
        namespace, _slash, name = release.partition("/")
        yield InvalidInputError(
            f"The operator is already installed as release {name} in namespace {namespace}.",
            code="OtherRelease",
            cause="A cluster can have only one.",
            remedy=f"Set gpu_operator_release={name} and gpu_operator_namespace={namespace} to use it, or uninstall it.",
        )
