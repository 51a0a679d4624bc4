#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_report, for the report on a run of the workflow: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_report
short_description: Report what a run of the chain proves
version_added: 1.0.0
description:
  - Evaluates the results that the steps of a playbook run registered, and decides whether they prove a GPU workload.
  - The verdict is C(proven) only if results of this run prove it, for this pool and this cluster.
  - Writes the report as JSON and as an HTML page that loads nothing, and creates their directory.
  - The role P(gpuops.aks.gpu_report#role) calls this module.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
options:
  steps:
    description: The registered result of each step, by the name of the step. Empty for a step that was not part of the run.
    type: dict
    default: {}
  first_results:
    description:
      - The registered result of the first task of a step that consists of several tasks, by the name of the step. The report counts the
        time of the step from its start. Empty for a step of one task.
    type: dict
    default: {}
  chain:
    description: The chain that ran, and who ran it.
    type: dict
    required: true
    suboptions:
      pool:
        description: The name of the pool.
        type: str
        required: true
      path:
        description: The path of the chain, such as V(manual_plugin).
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
        description: The inventory host.
        type: str
        default: ""
      user:
        description: The user who runs the chain.
        type: str
        default: ""
      written:
        description: The time at which the report is written.
        type: str
        default: ""
      check_mode:
        description: Whether the steps ran in check mode, in which case they prove nothing.
        type: bool
        default: false
  failure:
    description: The keys C(step), C(task) and C(result) of the failed task. Empty if all tasks succeeded.
    type: dict
    default: {}
  dest:
    description: The path of the JSON report. If not set, nothing is written.
    type: path
  page:
    description: The path of the same report as an HTML page. The default is O(dest) with the extension C(.html).
    type: path
"""

EXAMPLES = r"""
- name: Check the pool's GPUs
  gpuops.aks.gpu_schedulable_facts:
    pool: gpunp
  register: verify_result

- name: Run a workload
  gpuops.aks.mnist_job:
    pool: gpunp
    node_taints: ["sku=gpu:NoSchedule"]
  register: workload_result

- name: Write the report
  gpuops.aks.gpu_report:
    steps:
      verify: "{{ verify_result }}"
      workload: "{{ workload_result }}"
    chain:
      pool: gpunp
    dest: ~/gpu-report.json
"""

RETURN = r"""
report:
  description:
    - The report. C(verdict) is V(proven), V(not_proven), V(failed), or V(not_checked) if the run did not include a workload.
    - C(summary) is the verdict in one sentence.
    - C(error) is null or contains C(step), C(task), C(code), C(message), C(cause), C(remedy) and C(retriable).
    - C(coverage) and C(devices) contain the proven GPUs, if the run included the step C(prove).
    - C(findings), C(nodes), C(job) and C(steps) contain what the steps returned.
    - U(https://github.com/gpuops/aks/blob/main/docs/report.md) describes every key.
  returned: success
  type: dict
  sample:
    schema: gpuops.aks/report/2
    verdict: proven
    summary: 1 schedulable GPU in gpunp; samples-tf-mnist-demo ran on Tesla T4, node aks-gpunp-28993262-vmss000000.
    error: null
dest:
  description: The path of the JSON report.
  returned: when O(dest) is given
  type: str
  sample: /home/me/gpu-report.json
page:
  description: The path of the HTML page.
  returned: when O(dest) is given
  type: str
  sample: /home/me/gpu-report.html
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 0.0
error:
  description: The failure, with its code, message, cause and remedy.
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
