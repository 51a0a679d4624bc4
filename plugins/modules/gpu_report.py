#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_report, for the report on a run of the workflow: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_report
short_description: Report what a run of the chain has proven
version_added: 1.0.0
description:
  - Judges a playbook run by what its steps registered, and decides whether they prove a GPU workload.
  - A pool is V(proven) only by the results of this run, for this pool and this cluster.
  - Writes the report as JSON and as a page of HTML, and creates their directory. The role P(gpuops.aks.gpu_report#role) calls it.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
options:
  steps:
    description: Step and the result that it registered, empty for a step that was not part of the run.
    type: dict
    default: {}
  chain:
    description: What the chain was to do and who reports.
    type: dict
    required: true
    suboptions:
      pool:
        description: The pool that is judged.
        type: str
        required: true
      path:
        description: The path.
        type: str
        default: ""
      resource_group:
        description: The cluster's resource group.
        type: str
        default: ""
      cluster:
        description: The cluster's name.
        type: str
        default: ""
      host:
        description: The inventory's host.
        type: str
        default: ""
      user:
        description: Who runs the chain.
        type: str
        default: ""
      written:
        description: When the report is written.
        type: str
        default: ""
      check_mode:
        description: Whether the steps ran in check mode, which proves nothing.
        type: bool
        default: false
  failure:
    description: C(step), C(task) and C(result) of the task that failed, empty when none did.
    type: dict
    default: {}
  dest:
    description: The file for the report, as JSON. Nothing is written without it.
    type: path
  page:
    description: The file for the same as a page of HTML; by default O(dest) with the ending C(.html).
    type: path
"""

EXAMPLES = r"""
- name: Look at the pool
  gpuops.aks.gpu_schedulable_facts:
    pool: gpunp
  register: looked

- name: Run a workload
  gpuops.aks.mnist_job:
    pool: gpunp
    node_taints: ["sku=gpu:NoSchedule"]
  register: ran

- name: Write what is proven
  gpuops.aks.gpu_report:
    steps:
      verify: "{{ looked }}"
      workload: "{{ ran }}"
    chain:
      pool: gpunp
    dest: ~/gpu-report.json
"""

RETURN = r"""
report:
  description:
    - The report. C(verdict) is V(proven), V(not_proven), V(failed), or V(not_checked) when no workload was part of the run.
    - C(summary) says it in a sentence. C(error) is null or has C(step), C(task), C(code), C(message), C(cause), C(remedy), C(retriable).
    - C(findings), C(nodes), C(job) and C(steps) have what the steps returned.
  returned: success
  type: dict
  sample:
    verdict: proven
    summary: 1 schedulable GPU in gpunp; samples-tf-mnist-demo ran on Tesla T4, node aks-gpunp-28993262-vmss000000.
    error: null
dest:
  description: The file of the report.
  returned: when O(dest) is given
  type: str
  sample: /home/me/gpu-report.json
page:
  description: The file of the page.
  returned: when O(dest) is given
  type: str
  sample: /home/me/gpu-report.html
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 0.0
error:
  description: What failed, in fields.
  returned: failure
  type: dict
  sample: {code: UnwritableFile, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.report import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
