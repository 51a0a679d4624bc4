#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_metrics_info, for what the GPUs of a cluster do: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_metrics_info
short_description: Read the metrics of a cluster's GPUs, from the source of metrics that the cluster has
version_added: 1.0.0
description:
  - Returns the utilization, memory, temperature, power, clocks and errors of each GPU, and how many GPUs each node offers and has
    allocated. The result has the same form for every source.
  - The names of metrics end in their unit. C(docs/metrics.md) in the collection lists them all, with common misunderstandings.
    A value that a device does not have is null.
  - O(source=exporter) reads NVIDIA's DCGM exporter of each node through the API server, so no network to the nodes is needed. The exporter
    can be a pod, such as that of NVIDIA's GPU Operator, or the service that AKS runs on the nodes of managed pools. A value may be 30
    seconds old.
  - O(source=prometheus) queries managed Prometheus (an Azure Monitor workspace), which the module finds through the cluster, or the
    Prometheus at O(prometheus_url). This source also has past values.
  - O(source=container_insights) queries the table InsightsMetrics of Container Insights, which only counts GPUs and no longer has
    metrics of them. RV(gpu_metrics.nodes) then has no devices.
  - Each finding has a code, evidence, a cause and a remedy. C(docs/diagnosis.md) in the collection lists them all. If there are no metrics
    of any GPU, the task fails with the most important one.
author: gpuops.aks contributors (@gpuops)
notes:
  - For managed Prometheus, requires the role Monitoring Data Reader on the Azure Monitor workspace, and for Container Insights Log
    Analytics Reader on the cluster. For both, it also requires Reader on the cluster, its data collection rules and its workspace.
    O(resource_group) and O(cluster) must be set.
  - For the exporter, requires the right to list C(nodes) and C(pods), and to get C(pods/proxy). On managed pools, whose exporter is not a
    pod, it requires the right to get C(nodes/proxy), which also gives access to the API of the kubelet.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.reads
  - gpuops.aks.azure
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
options:
  source:
    description:
      - Where to read the metrics.
      - V(auto) asks V(exporter), V(prometheus) and V(container_insights), and takes the first one that has metrics. With O(window), it asks
        V(prometheus) first. RV(gpu_metrics.sources) says which one was used, and why the sources before it were not.
    type: str
    choices: [auto, exporter, prometheus, container_insights]
    default: auto
  pool:
    description: The name of the node pool to read. If empty, all GPU nodes of the cluster are read.
    type: str
    default: ""
  window:
    description:
      - The number of seconds up to now for which to return all values, at most 32 days. If 0, only the last values are returned.
      - Only a Prometheus has past values.
    type: int
    default: 0
  step:
    description: The number of seconds between two values of a O(window). If 0, it is chosen so that there are about 120 values.
    type: int
    default: 0
  prometheus_url:
    description:
      - The URL of a Prometheus to query instead of the cluster's managed Prometheus, without C(/api/v1).
      - For the query endpoint of an Azure Monitor workspace, the task signs in to Azure.
    type: str
    default: ""
  prometheus_token:
    description: The bearer token for O(prometheus_url). It is only sent by HTTPS, or to this machine.
    type: str
  prometheus_labels:
    description:
      - Labels that the series must have, such as V(cluster), if the Prometheus has metrics of several clusters.
      - For managed Prometheus, V(cluster) is the name of the cluster unless it is set here, for example because C(cluster_alias) is set in
        the agent's ConfigMap.
    type: dict
    default: {}
  metrics:
    description:
      - The metrics to return, by the names that RV(gpu_metrics.units) has, or by DCGM's names. If empty, all are returned.
      - The names of the metrics that Container Insights had in 2021, such as V(containerGpuDutyCycle), are also accepted. A finding says
        which of them no longer exist, and what shows the same.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Read the metrics of all GPUs
  gpuops.aks.gpu_metrics_info:
    kubeconfig: ~/.kube/myAKSCluster.config
  register: read

- name: Show the utilization of each GPU
  ansible.builtin.debug:
    msg: "{{ item.0.name }} GPU {{ item.1.gpu }}: {{ item.1['values'].utilization_percent }} %"
  loop: "{{ read.gpu_metrics.nodes | subelements('devices') }}"
  loop_control:
    label: "{{ item.0.name }}"

- name: Read what the GPUs of a pool have done in the last hour, from managed Prometheus
  gpuops.aks.gpu_metrics_info:
    resource_group: myResourceGroup
    cluster: myAKSCluster
    pool: gpunp
    source: prometheus
    window: 3600
    metrics:
      - utilization_percent
      - power_watts

- name: Ask a Prometheus of your own
  gpuops.aks.gpu_metrics_info:
    source: prometheus
    prometheus_url: https://prometheus.example.com
    prometheus_token: "{{ prometheus_token }}"

- name: Read memory and the last Xid error of one pool
  gpuops.aks.gpu_metrics_info:
    pool: gpunp
    source: exporter
    metrics:
      - memory_used_mib
      - memory_total_mib
      - last_xid
"""

RETURN = r"""
gpu_metrics:
  description: The metrics.
  returned: success, and when no source has metrics
  type: dict
  contains:
    source: {description: The source that was read., returned: always, type: str, sample: exporter}
    sources:
      description:
        - The sources that were asked. C(code), C(reason) and C(remedy) say why one was not used.
        - If O(source) is not V(auto), only that source.
      returned: always
      type: list
      elements: dict
      sample:
        - {source: exporter, used: false, code: NoExporter, reason: "...", remedy: "..."}
        - {source: prometheus, used: true, code: "", reason: "", remedy: ""}
    window: {description: The window of the values in seconds., returned: always, type: int, sample: 3600}
    step: {description: "The seconds between two values of the window, 0 without one.", returned: always, type: int, sample: 30}
    units:
      description: The unit of each metric.
      returned: always
      type: dict
      sample: {utilization_percent: percent, memory_used_mib: MiB, last_xid: Xid}
    totals: {description: The number of nodes and devices., returned: always, type: dict, sample: {nodes: 1, devices: 1}}
    nodes:
      description:
        - The GPU nodes and their devices. C(resources) is how many devices the node has, offers and has allocated, by the resource that
          pods request. A count is null if the source does not have it.
        - A device is a GPU, or an instance of a GPU that is divided by MIG. C(gpu) is the index of the GPU on its node. C(pod),
          C(namespace) and C(container) name the workload, null if the device is idle or the exporter does not know. C(values) has the last
          value of each metric, null if the device does not have it. With O(window), C(series) has its values by metric, each as a pair of
          the seconds since the epoch and the value. V(memory_total_mib), which is computed, only has a last value.
      returned: always
      type: list
      elements: dict
      sample:
        - name: aks-gpunp-28993262-vmss000000
          pool: gpunp
          resources: {nvidia.com/gpu: {capacity: 1, allocatable: 1, requests: 1, limits: 1}}
          devices:
            - gpu: "0"
              uuid: GPU-5c1f3a70-0b0e-4f43-9d3a-1b3a5a0d7c11
              model: Tesla T4
              pci_bus_id: "00000001:00:00.0"
              mig_profile: null
              mig_id: null
              pod: train-0
              namespace: default
              container: main
              values: {utilization_percent: 93.0, memory_used_mib: 9012.0, memory_temperature_celsius: null, last_xid: 0.0}
    findings:
      description: What is missing, and why.
      returned: always
      type: list
      elements: dict
      sample:
        - code: NoExporter
          severity: error
          subjects: [aks-gpunp-28993262-vmss000001]
          evidence: no pod and no service of the node
          cause: "..."
          remedy: "..."
    server:
      description: The API server that responded.
      returned: when the API server was asked
      type: str
      sample: "https://myakscluster.hcp.eastus.azmk8s.io:443"
    context:
      description: The context of the kubeconfig. Empty for the current one.
      returned: when the API server was asked
      type: str
      sample: myAKSCluster
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 0.4
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: NoExporter, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
