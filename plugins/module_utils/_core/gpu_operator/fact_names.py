# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a user calls the facts that the GPU Operator's values depend on: the keys of the filter, or the variables of the role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

_POOLS = "gpu_operator_pools"
# Fact → variable of the role, as roles/gpu_operator/vars/main.yml sets it; a test holds the two together.
_VARIABLES = {
    "driver": "gpu_operator_driver",
    "kubernetes_version": "gpu_kubernetes_version",
    "mig_strategy": "gpu_operator_mig_strategy",
    "dcgm_exporter": "gpu_operator_dcgm_exporter",
    "registry": "gpu_operator_registry",
    "system_node_taints": "gpu_operator_system_node_taints",
    "values": "gpu_operator_values",
    "pools": _POOLS,
    "vm_size": "gpu_vm_size",
    "os_sku": "gpu_pool_options.os_sku",
    "node_taints": "gpu_node_taints",
    "scale_set_priority": "gpu_pool_options.scale_set_priority",
    "gpu_instance_profile": "gpu_pool_options.gpu_instance_profile",
}


@dataclass(frozen=True)
class FactNames:
    """The names of facts in messages.

    variables: fact → variable, empty if facts have their own names. pools: the names of the pools other than the first one, in their order.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[str, ...] = ()

    def of_cluster(self, fact: str) -> str:
        """A fact of the cluster, or of all pools."""
        return self.variables.get(fact, fact)

    def of_pool(self, fact: str, index: int) -> str:
        """A fact of one of the pools."""
        return self.of_cluster(fact) if self.variables and index == 0 else f"{self.pool(index)}.{fact}"

    def setting(self, fact: str, index: int) -> str:
        """A fact of one of the pools, as a remedy tells to set it: by the place of the pool only if it has another name."""
        return self.of_pool(fact, index) if self.variables else fact

    def pool(self, index: int) -> str:
        """The entry of one of the pools."""
        if not self.variables:
            return f"pools[{index}]"
        return f"{_POOLS}.{self.pools[index - 1]}" if 0 < index <= len(self.pools) else _POOLS


OF_FILTER = FactNames()


def of_role(pools: tuple[str, ...]) -> FactNames:
    """The names of the role gpu_operator. pools: the keys of gpu_operator_pools."""
    return FactNames(_VARIABLES, pools)
