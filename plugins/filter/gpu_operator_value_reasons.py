# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter gpu_operator_value_reasons, for the reason of each of the GPU Operator's Helm values."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gpu_operator_value_reasons
short_description: Explain the Helm values that make the NVIDIA GPU Operator work on AKS
version_added: 1.0.0
description:
  - Returns why P(gpuops.aks.gpu_operator_values#filter) sets each value, for the same facts.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.operator_facts
"""

EXAMPLES = r"""
- name: Show why each value is set
  ansible.builtin.debug:
    msg: "{{ facts | gpuops.aks.gpu_operator_value_reasons }}"
  vars:
    facts:
      driver: aks
      vm_size: Standard_NV36ads_A10_v5
      node_taints: ["sku=gpu:NoSchedule"]
"""

RETURN = r"""
_value:
  description: The reason of each value, by its path as C(helm --set) writes it.
  type: dict
  sample:
    driver.enabled: AKS has installed the driver and NVIDIA's container runtime on the nodes (gpu_driver=Install).
"""

from collections.abc import Callable
from typing import Any

from ..module_utils._core.gpu_operator.merge import operator_values
from ..plugin_utils._entrypoints.filters import filtered


def gpu_operator_value_reasons(facts: Any) -> Any:
    """Why each value of the chart is set for these facts."""
    return filtered(operator_values, facts).reasons


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"gpu_operator_value_reasons": gpu_operator_value_reasons}
