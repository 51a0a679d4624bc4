# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""Rejects role variables that Azure would reject or that contradict each other: the pool's own rules, applied before the first step.

Without this, the same rules would reject the pool only after the cluster was created, which takes minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from ..pool.dedicated_image import DEDICATED_VHD_HEADER, refuse_retired_path
from ..pool.rules import validate_pool_name, validate_scaling, validate_taints

# The paths that need a pool of their own, and what the first pool of a cluster cannot be.
_OWN_POOL = {"managed": "managed GPU pools", "gpu_operator": "pools for the GPU Operator, whose controllers run in the first pool"}


@dataclass(frozen=True)
class ChainVariables:
    """The variables that the rules check. Each field has the variable's name without gpu_."""

    path: str
    allow_retired: bool
    headers: Mapping[str, str]
    first_pool: bool
    pool: str
    node_taints: Any
    node_count: int
    enable_auto_scaling: bool
    min_count: int
    max_count: int
    pool_options: Mapping[str, Any]
    report: str


def chain_refusals(chain: ChainVariables) -> Iterator[InvalidInputError]:
    """The errors of all rules that the variables break."""
    for rule in _rules(chain):
        try:
            rule()
        except InvalidInputError as error:
            yield error


def _rules(chain: ChainVariables) -> Sequence[Callable[[], None]]:
    return (
        partial(validate_pool_name, chain.pool),
        partial(_validate_taints, chain.node_taints),
        partial(_validate_counts, chain),
        partial(_validate_first_pool, chain),
        partial(_validate_path, chain),
        partial(_validate_own_pool, chain),
    )


def _validate_taints(taints: Any) -> None:
    if isinstance(taints, (str, Mapping)) or not isinstance(taints, Sequence):
        raise InvalidInputError(
            f"gpu_node_taints is '{taints}', which is not a list.",
            code="InvalidTaint",
            cause="A pool can have several taints, so the variable must be a list.",
            remedy="Set gpu_node_taints to a list of taints of the form key=value:Effect, such as ['sku=gpu:NoSchedule'].",
        )
    validate_taints([str(taint) for taint in taints])


def _validate_counts(chain: ChainVariables) -> None:
    if chain.enable_auto_scaling:
        bounds = {"minCount": chain.min_count, "maxCount": chain.max_count, "count": chain.node_count}
        validate_scaling({"enableAutoScaling": True, **bounds})
    elif chain.node_count == 0:
        raise InvalidInputError(
            "gpu_node_count is 0.",
            code="OutOfRange",
            cause="Without the autoscaler, the pool would stay empty.",
            remedy="Set gpu_node_count to 1 or more.",
        )


def _validate_first_pool(chain: ChainVariables) -> None:
    given = {
        f"gpu_pool_options ({', '.join(chain.pool_options)})": chain.pool_options,
        "gpu_enable_auto_scaling": chain.enable_auto_scaling,
    }
    for name in (name for name, value in given.items() if chain.first_pool and value):
        raise InvalidInputError(
            f"{name} is given with gpu_first_pool: true.",
            code="ConflictingOptions",
            cause="The first pool is created together with the cluster, which does not support this option.",
            remedy=f"Set gpu_first_pool: false, or leave out {name.partition(' ')[0]}.",
        )


def _validate_path(chain: ChainVariables) -> None:
    of_path = {DEDICATED_VHD_HEADER: "true"} if chain.path == "dedicated_vhd" else {}
    refuse_retired_path({**chain.headers, **of_path}, allow_retired=chain.allow_retired)


def _validate_own_pool(chain: ChainVariables) -> None:
    if chain.path in _OWN_POOL and chain.first_pool:
        raise InvalidInputError(
            f"gpu_first_pool: true is given with the path {chain.path}.",
            code="ConflictingOptions",
            cause="The first pool is created together with the cluster, and gpuops.aks.aks_cluster does not create "
            f"{_OWN_POOL[chain.path]}.",
            remedy="Set gpu_first_pool: false, or use the path manual_plugin.",
        )
