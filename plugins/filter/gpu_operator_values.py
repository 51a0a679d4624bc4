# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter gpu_operator_values, for the Helm values that make NVIDIA's GPU Operator work on AKS."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gpu_operator_values
short_description: Compute the Helm values that make the NVIDIA GPU Operator work on AKS
version_added: 1.0.0
description:
  - Returns the values of NVIDIA's chart C(gpu-operator) for the GPU pools of an AKS cluster, for C(helm install -f) or a GitOps repository.
  - They follow from who installs the driver, and from the taints, the image and the Kubernetes version of the nodes. Everything else
    keeps the chart's default. The filter P(gpuops.aks.gpu_operator_value_reasons#filter) says why each value is set.
  - Where the chart's lists would be replaced, its own entries are repeated, as of version 26.7 of the chart.
  - Pools that the operator cannot serve, such as an A10 without the driver of AKS, are refused with the reason.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.operator_facts
seealso:
  - name: NVIDIA GPU Operator
    description: The chart and all its values.
    link: https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/
"""

EXAMPLES = r"""
- name: Write the values for a pool without a driver, for helm or a GitOps repository
  ansible.builtin.copy:
    content: "{{ facts | gpuops.aks.gpu_operator_values | to_nice_yaml }}"
    dest: gpu-operator-values.yaml
    mode: "0644"
  vars:
    facts:
      vm_size: Standard_NC24ads_A100_v4
      os_sku: Ubuntu
      kubernetes_version: 1.36.2
      node_taints: ["sku=gpu:NoSchedule"]

- name: Write the values for two pools whose driver AKS installs, with a mirror of the images and values of your own
  ansible.builtin.copy:
    content: "{{ facts | gpuops.aks.gpu_operator_values | to_nice_yaml }}"
    dest: gpu-operator-values-aks-driver.yaml
    mode: "0644"
  vars:
    facts:
      driver: aks
      registry: myregistry.azurecr.io
      system_node_taints: ["CriticalAddonsOnly=true:NoSchedule"]
      pools:
        - vm_size: Standard_NV36ads_A10_v5
          node_taints: ["sku=gpu:NoSchedule"]
        - vm_size: Standard_NC4as_T4_v3
          scale_set_priority: Spot
      values:
        dcgmExporter:
          annotations: {prometheus.io/scrape: "true"}
        operator:
          resources: {limits: {memory: 1Gi}}
"""

RETURN = r"""
_value:
  description: The values, in the form of the chart's values.yaml.
  type: dict
  sample:
    driver: {enabled: true}
    toolkit: {enabled: true, env: [{name: RUNTIME_CONFIG_SOURCE, value: file}]}
    operator: {runtimeClass: nvidia}
"""

from collections.abc import Callable
from typing import Any

from ..module_utils._core.gpu_operator.merge import operator_values
from ..plugin_utils._entrypoints.filters import filtered


def gpu_operator_values(facts: Any) -> Any:
    """The values of the chart for these facts."""
    return filtered(operator_values, facts).values


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"gpu_operator_values": gpu_operator_values}
