# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Whether a path can be taken on a pool that exists: each part must have exactly one owner, whoever made the pool."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

from ..nodes.gpu_operator import OPERANDS_LABEL
from ..shared.explanation import Explanation
from ..shared.findings import Finding
from .owners import Owner, Owners

_PARTS: Mapping[str, str] = {"driver": "driver", "plugin": "device plugin"}
# The path gpu_operator, in which AKS installs the driver and the operator does everything else.
WITH_DRIVER_OF_AKS = "gpu_operator with gpu_operator_driver: aks"
# What each path brings itself, or relies on the pool to have.
PATH_OWNERS: Mapping[str, Owners] = {
    "manual_plugin": Owners(Owner.AKS, Owner.DAEMONSET),
    "dedicated_vhd": Owners(Owner.IMAGE, Owner.IMAGE),
    "managed": Owners(Owner.AKS, Owner.AKS, Owner.AKS),
    "gpu_operator": Owners(Owner.OPERATOR, Owner.OPERATOR, Owner.OPERATOR),
    WITH_DRIVER_OF_AKS: Owners(Owner.AKS, Owner.OPERATOR, Owner.OPERATOR),
}
_BRINGS_ITSELF = (Owner.DAEMONSET, Owner.OPERATOR)


def misfit(path: str, pool: Owners) -> str | None:
    """The first part that would have no owner, or two; None if the path fits the pool."""
    for part, name in _PARTS.items():
        needed: Owner = getattr(PATH_OWNERS[path], part)
        there: Owner | None = getattr(pool, part)
        if there is None and needed not in _BRINGS_ITSELF:
            return f"the path {path} relies on {needed.value} for the {name}, which the pool does not get"
        if there not in (None, needed):
            return f"the pool gets its {name} from {there.value if there else ''}, and the path {path} from {needed.value}"
    return None


def fitting_paths(pool: Owners) -> Sequence[str]:
    """The paths that can be taken on the pool."""
    return [path for path in PATH_OWNERS if misfit(path, pool) is None]


def path_fit(path: str | None, pool: str, owners: Owners) -> Iterator[Finding]:
    """That the path cannot be taken on an existing pool.

    Args:
        path: The path as PATH_OWNERS names it, None for none in particular.
        pool: The pool's name.
        owners: Who brings what to its nodes.
    """
    problem = misfit(path, owners) if path else None
    if problem:
        yield Finding(
            Explanation(
                "PathDoesNotFit",
                cause="Driver and device plugin must each have exactly one owner, which Azure fixes when the node pool is created.",
                remedy=f"Use the path {' or '.join(fitting_paths(owners))} for this pool, or create a pool with another name.",
            ),
            (f"node pool {pool}",),
            f"{owners.evidence}: {problem}",
        )


def operator_pools_fit(path: str | None, pools: Mapping[str, Owners]) -> Iterator[Finding]:
    """That a GPU Operator with one set of values cannot serve pools that exist: it has the same owners on all of its nodes.

    Args:
        path: The path as PATH_OWNERS names it, None for none in particular.
        pools: The owners of each other pool that the operator should serve.
    """
    for pool, owners in pools.items():
        problem = misfit(path, owners) if path else None
        if problem:
            yield Finding(
                Explanation(
                    "PathDoesNotFit",
                    cause="A GPU Operator has one set of values for all nodes that it serves, so all of its pools must get their driver "
                    "from the same owner. Azure fixes that owner when it creates a pool.",
                    remedy=f"Remove {pool} from gpu_operator_pools, and keep the operator off its nodes with node_labels: "
                    f"{{{OPERANDS_LABEL}: 'false'}} of gpuops.aks.aks_gpu_nodepool. Or replace it by a pool with the same gpu_driver as "
                    "this one.",
                ),
                (f"node pool {pool}",),
                f"{owners.evidence}: {problem}",
            )


def plugin_pools_fit(path: str | None, plugin_pools: Sequence[str], pools: Mapping[str, Owners]) -> Iterator[Finding]:
    """That the device plugin of the path manual_plugin would also run on pools that bring their own, unless their taints keep it off.

    Args:
        path: The path as PATH_OWNERS names it, None for none in particular.
        plugin_pools: The pools to which the device plugin is restricted; none for every pool that it can serve.
        pools: The owners of each other pool of the cluster.
    """
    reached = {pool: owners for pool, owners in pools.items() if path == "manual_plugin" and (not plugin_pools or pool in plugin_pools)}
    for pool, owners in reached.items():
        if owners.plugin is not None:
            yield Finding(
                Explanation(
                    "PluginNotNeeded",
                    cause="The device plugin of this path serves every pool whose taints it tolerates, and the plugin step fails if that "
                    "includes a pool that brings its own.",
                    remedy="Restrict it to the pools of this path with manual_plugin_pools.",
                    severity="warning",
                ),
                (f"node pool {pool}",),
                f"{owners.evidence}: {owners.reason}",
            )
