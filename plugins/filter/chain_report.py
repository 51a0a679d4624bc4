# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: chain_report
short_description: Judge a run of the chain
version_added: 1.0.0
author: gpuops.aks contributors
description:
  - Makes the report on a playbook run from what its steps registered, and decides whether they prove a GPU workload.
  - A pool is V(proven) only by the results of this run, for this pool and this cluster.
  - The role P(gpuops.aks.report#role) writes the report.
options:
  _input:
    description:
      - Step and the result that it registered, empty or null for a step that was not part of the run.
      - A field that is null counts as missing, here and in the options.
    type: dict
    required: true
  chain:
    description:
      - What the chain was to do and who reports.
      - Without C(pool) nothing is proven.
      - C(path), C(resource_group), C(cluster), C(host), C(user), C(written) and C(check_mode) are passed on.
    type: dict
    required: true
  failure:
    description: C(step), C(task) and C(result) of the task that failed, empty when none did.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Look at the pool
  gpuops.aks.gpu_schedulable_facts:
    pool: gpunp
  register: looked

- name: Run a workload
  gpuops.aks.mnist_job:
    node_taints: ["sku=gpu:NoSchedule"]
  register: ran

- name: Say what is proven
  ansible.builtin.debug:
    msg: "{{ ({'verify': looked, 'workload': ran} | gpuops.aks.chain_report(chain={'pool': 'gpunp'})).summary }}"
"""

RETURN = r"""
_value:
  description:
    - The report. C(verdict) is V(proven), V(not_proven), V(failed), or V(not_checked) when no workload was part of the run.
    - C(summary) says it in a sentence. C(error) is null or has C(step), C(task), C(code), C(message), C(cause), C(remedy), C(retriable).
    - C(findings), C(nodes), C(job) and C(steps) have what the steps returned.
  type: dict
  sample:
    verdict: proven
    summary: 1 schedulable GPU in gpunp; samples-tf-mnist-demo ran on Tesla T4, node aks-gpunp-28993262-vmss000000.
    error: null
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._gpu.chain_report import chain_report
from ansible_collections.gpuops.aks.plugins.module_utils._gpu.filter_arguments import given_failure, given_steps, given_values


def report(steps: Any, chain: Any, failure: Any = None) -> dict[str, Any]:
    """The filter: the report on a run. Raises InvalidInputError, whose message Ansible shows."""
    return chain_report(given_steps(steps), given_values(chain, "chain"), given_failure(failure))


class FilterModule:
    """Named as Ansible wants it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file."""
        return {"chain_report": report}
