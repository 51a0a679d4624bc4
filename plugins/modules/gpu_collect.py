#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_collect, which archives what a diagnosis reads: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_collect
short_description: Collect what a diagnosis of a cluster's GPUs needs into one redacted archive
version_added: 1.0.0
description:
  - Writes an archive that M(gpuops.aks.gpu_schedulable_facts) reads with O(gpuops.aks.gpu_schedulable_facts#module:from_files). Support can
    then find out what is wrong without access to the cluster.
  - The archive contains the nodes, the pods on the GPU nodes, the DaemonSets of device plugins, events about these, the status of the
    autoscaler, the configuration of device plugins, the devices of dynamic resource allocation (DRA), and the resources that show who
    installs the driver, which are those of the GPU Operator (ClusterPolicy, NVIDIADriver) and of Karpenter (AKSNodeClass).
  - It also contains the ends of the logs of device plugins and of the pods with which the GPU Operator changes nodes, such as its driver.
    These are up to 50 pods of each, with 200 lines per container.
  - Of nodes, pods and events, it only contains the fields that a diagnosis reads. Secrets are never read.
  - Names remain. Addresses (IP and MAC), tokens, passwords and the values of environment variables are removed, and so are annotations
    other than settings for GPUs. In texts such as logs and messages, they are removed where the module recognizes them. Look at the
    archive before you pass it on.
  - Only the owner of the archive can read it.
  - The playbook C(gpuops.aks.collect) calls this module.
author: gpuops.aks contributors (@gpuops)
notes:
  - Requires the right to list C(nodes). With the rights to list C(pods) and, in the API group C(apps), C(daemonsets), and with those below,
    the archive is complete. What cannot be read is left out, with a warning.
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.kubernetes
  - gpuops.aks.cluster
  - gpuops.aks.diagnosis
  - gpuops.aks.diagnosis.rights
attributes:
  idempotent:
    support: none
    details: Each run writes the current state of the cluster.
options:
  dest:
    description: The path of the archive, such as V(~/gpuops-aks-collect.tar.gz). Its directory is created. An existing file is replaced.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Collect what a diagnosis needs
  gpuops.aks.gpu_collect:
    kubeconfig: ~/.kube/myAKSCluster.config
    dest: ~/gpuops-aks-collect.tar.gz

- name: Find out what is wrong, without the cluster
  gpuops.aks.gpu_schedulable_facts:
    from_files:
      - ~/gpuops-aks-collect.tar.gz
"""

RETURN = r"""
dest:
  description: The path of the archive.
  returned: success
  type: str
  sample: /home/user/gpuops-aks-collect.tar.gz
objects:
  description: The number of objects of each kind in the archive.
  returned: success
  type: dict
  sample: {nodes: 3, pods: 24, daemonsets: 1, events: 12, configmaps: 1}
logs:
  description: The number of logs in the archive.
  returned: success
  type: int
  sample: 3
unread:
  description: By kind, why its objects are not in the archive.
  returned: success
  type: dict
  sample: {}
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 3.1
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: UnwritableFile, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.collect import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
