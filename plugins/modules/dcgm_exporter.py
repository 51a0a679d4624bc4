#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module dcgm_exporter, for the metrics of a pool: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dcgm_exporter
short_description: Make sure that the GPUs of a pool are measured
version_added: 1.0.0
description:
  - Runs a DaemonSet of NVIDIA's DCGM exporter on the nodes of a pool, unless another exporter measures them already. Then waits until the
    metrics of every GPU node can be read, and returns them as M(gpuops.aks.gpu_metrics_info) does.
  - Nothing is created on a pool whose nodes have an exporter. This is the service that AKS runs on the nodes of managed pools, that of
    NVIDIA's GPU Operator, or any other DaemonSet of the exporter. RV(measured_by) says which one it is.
  - The module fails if the metrics of a node cannot be read, with the reason, such as a pod that cannot pull its image.
  - Each pool has a DaemonSet of its own, so that its tolerations are those that the taints of the pool require.
  - The module does not change the ConfigMaps of managed Prometheus (C(ama-metrics-...)).
  - The required rights are listed in C(docs/rbac.md) in the collection.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.tolerations
  - gpuops.aks.daemonset
options:
  state:
    description:
      - Whether the pool should be measured. V(absent) removes the DaemonSet and the PodMonitor that this collection created for the pool,
        and also the namespace if this collection created it and it is empty.
    type: str
    choices: [present, absent]
    default: present
  pool:
    description: The name of the node pool.
    type: str
    required: true
  name:
    description: The name of the DaemonSet and of the PodMonitor. The default is C(dcgm-exporter-POOL), where C(POOL) is the O(pool).
    type: str
    default: ""
  namespace:
    description: The namespace. It is created if it does not exist.
    type: str
    default: gpu-metrics
  image:
    description:
      - The exporter's image. On a cluster with restricted egress, which cannot reach C(nvcr.io), use a copy in a registry of your own.
        Keep C(dcgm-exporter) in its name, so that other tools recognize the exporter.
    type: str
    default: nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless
  affinity:
    description: The affinity of the pods, as in a Kubernetes pod spec. The restriction to the O(pool) is added to it.
    type: dict
    default: {}
  pod_monitor:
    description:
      - Whether to create a PodMonitor of the API group C(azmonitoring.coreos.com/v1), so that managed Prometheus scrapes the exporter
        every 30 seconds.
      - V(auto) creates it if the API server knows this kind, which managed Prometheus installs in the cluster. V(always) fails if the API
        server does not know it. V(never) creates none, and removes the one that this module created.
      - The module only creates a PodMonitor for its own exporter. The nodes of managed pools do not need one.
    type: str
    choices: [auto, always, never]
    default: auto
  env:
    description:
      - Additional environment variables of the exporter. Values are strings; numbers and booleans are converted.
      - C(DCGM_EXPORTER_LISTEN), which is V(:9400), and C(DCGM_EXPORTER_KUBERNETES), which is V(true), cannot be set.
    type: dict
    default: {}
  args:
    description: The arguments of the exporter.
    type: list
    elements: str
    default: []
  security_context:
    description:
      - The security context of the container. The default is that of NVIDIA's manifest, with the capability C(SYS_ADMIN), which DCGM needs
        for its profiling metrics.
    type: dict
  min_ready_seconds:
    description: How long a pod must be ready, in seconds, before it counts as available and before an update continues with the next node.
    type: int
    default: 0
  labels:
    description:
      - Additional labels of the DaemonSet and its pods. C(app.kubernetes.io/name), C(app.kubernetes.io/instance) and
        C(app.kubernetes.io/managed-by) cannot be set.
    type: dict
    default: {}
  wait:
    description:
      - Whether to wait until the pods are ready and the metrics of every GPU node can be read, or until the pods are deleted. If not, and
        in check mode, the metrics are read once, and the task does not fail if some are missing.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. The exporter has its first values up to 30 seconds after its start.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Make sure that the GPUs of a pool are measured
  gpuops.aks.dcgm_exporter:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    node_taints:
      - sku=gpu:NoSchedule
  register: measured

- name: Show who measures them, and their temperature
  ansible.builtin.debug:
    msg: "{{ measured.measured_by }}: {{ item.0.name }} GPU {{ item.1.gpu }}: {{ item.1['values'].temperature_celsius }} degrees"
  loop: "{{ measured.gpu_metrics.nodes | subelements('devices') }}"
  loop_control:
    label: "{{ item.0.name }}"

- name: Also have managed Prometheus scrape them, or fail if it is not enabled
  gpuops.aks.dcgm_exporter:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    node_taints:
      - sku=gpu:NoSchedule
    pod_monitor: always

- name: Remove the exporter
  gpuops.aks.dcgm_exporter:
    kubeconfig: ~/.kube/myAKSCluster.config
    pool: gpunp
    state: absent
"""

RETURN = r"""
name:
  description: The name of the DaemonSet.
  returned: success
  type: str
  sample: dcgm-exporter-gpunp
namespace:
  description: The namespace of the DaemonSet.
  returned: success
  type: str
  sample: gpu-metrics
measured_by:
  description:
    - Who measures the GPUs of the pool. V(gpuops.aks) is the DaemonSet of this module, V(aks) the service of managed nodes, V(gpu_operator)
      NVIDIA's GPU Operator, and V(other) another DaemonSet.
    - Empty if the pool has no node yet.
  returned: success and O(state=present)
  type: str
  sample: gpuops.aks
exporter:
  description: The DaemonSet or service that measures them.
  returned: success and O(state=present)
  type: str
  sample: DaemonSet gpu-metrics/dcgm-exporter-gpunp
adopted:
  description: Whether a DaemonSet that was created by hand has been adopted or, in check mode, would be.
  returned: success and O(state=present)
  type: bool
  sample: false
gpu_metrics:
  description:
    - The metrics, as RV(gpuops.aks.gpu_metrics_info#module:gpu_metrics) with the source V(exporter). Without nodes if check mode did not
      create the exporter.
  returned: success and O(state=present), and when metrics are missing
  type: dict
  sample: {source: exporter, totals: {nodes: 1, devices: 1}, nodes: [], findings: []}
server:
  description: The URL of the API server.
  returned: success, and there is a cluster
  type: str
  sample: https://myakscluste-myresourcegroup-4be8.hcp.eastus.azmk8s.io:443
context:
  description: The requested kubeconfig context. Empty for the current context.
  returned: success, and there is a cluster
  type: str
  sample: myAKSCluster
kept:
  description: What was not removed, with the reasons.
  returned: success and O(state=absent)
  type: list
  elements: str
  sample: ["Namespace gpu-metrics: not made by this collection"]
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 12.0
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: ExporterNotReady, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
