# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the facts from which the GPU Operator's values are computed."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes what module_utils/_core/gpu_operator/facts.py accepts
    DOCUMENTATION = r"""
options:
  _input:
    description:
      - What is known of the cluster and its GPU pools. A fact that is empty or left out is unknown, and an unknown key is refused.
      - Facts of a pool have the names of the options of M(gpuops.aks.aks_gpu_nodepool).
    type: dict
    required: true
    suboptions:
      driver:
        description:
          - Who installs the driver on the GPU pools.
          - With V(operator), the GPU Operator installs the driver and the container toolkit. The pools need C(gpu_driver=None).
          - With V(aks), both come from AKS. The pools need C(gpu_driver=Install). Sizes with a licensed (GRID) driver, such as those with
            the A10, require this.
        type: str
        choices: [operator, aks]
        default: operator
      kubernetes_version:
        description: The Kubernetes version of the nodes, such as V(1.36.2). It decides, with the image, which containerd the nodes have.
        type: str
      mig_strategy:
        description:
          - How MIG slices are offered to pods. The default is V(single) if AKS partitions the GPUs of a pool (C(gpu_instance_profile)), and
            otherwise V(none).
        type: str
        choices: [none, single, mixed]
      dcgm_exporter:
        description: Whether the operator runs its exporter of GPU metrics. Turn it off if the nodes have another one.
        type: bool
        default: true
      registry:
        description:
          - The registry that mirrors the operator's images under their own names, with an optional path, such as V(myregistry.azurecr.io).
            C(nvcr.io/nvidia/k8s/dcgm-exporter) is then C(myregistry.azurecr.io/nvidia/k8s/dcgm-exporter).
          - In a network without internet access, the operator's driver also needs a mirror of the operating system's packages
            (C(driver.repoConfig)) or a precompiled driver (C(driver.usePrecompiled)), which you can set in C(values).
        type: str
      system_node_taints:
        description:
          - The taints of the nodes on which the operator's controllers should run, such as V(CriticalAddonsOnly=true:NoSchedule) if the
            cluster has a tainted system pool and no other pool without GPUs.
        type: list
        elements: str
      vm_size:
        description: The VM size of the GPU nodes.
        type: str
      gpu_model:
        description: The GPU as C(nvidia-smi) prints it. It is only used for a size that the collection does not know.
        type: str
      os_sku:
        description: The operating system of the GPU nodes. The default is Ubuntu, as in AKS.
        type: str
      node_image_version:
        description: The node image of the GPU nodes, such as V(AKSUbuntu-2404gen2containerd-202611.02.0).
        type: str
      node_taints:
        description: The taints of the GPU nodes, as C(key=value:Effect).
        type: list
        elements: str
      scale_set_priority:
        description: V(Spot) for spot nodes, to which AKS adds a taint.
        type: str
      gpu_instance_profile:
        description: The MIG profile by which AKS partitions the GPUs of the pool.
        type: str
      pools:
        description:
          - The facts of each GPU pool, if there are several. Facts that all pools share can stand outside of C(pools); an entry overrides
            them.
          - Leave out pools that the operator should not serve, and give their nodes the label C(nvidia.com/gpu.deploy.operands=false).
        type: list
        elements: dict
      values:
        description:
          - Your own values of the chart, which are merged over the computed ones at any depth.
          - Tolerations are added to the computed ones, and environment variables replace those with the same name. Other lists replace the
            chart's list, as in Helm.
          - Values that would break the set, such as C(driver.enabled=true) with V(aks) or another C(mig.strategy) than that of the facts,
            are refused, and so are null, keys with dots, and keys and entries that look misspelled, at any depth. Keys of a newer chart and
            those of labels, selectors and the like are passed on.
        type: dict
"""
