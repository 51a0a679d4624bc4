#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module gpu_report_index, for the index page of a fleet's reports: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_report_index
short_description: Write one page that links the reports of several clusters
version_added: 1.0.0
description:
  - Writes an HTML page with a row per cluster, which contains the verdict, the number of proven GPUs and a link to the cluster's report.
  - Also returns a summary of all clusters as a sentence and as a table, with or without a page.
  - Clusters that need attention come first. The links are relative, so that a directory with all pages can be moved or served.
  - The role P(gpuops.aks.gpu_report#role) calls this module if C(gpu_report_index) is set.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
options:
  dest:
    description: The path of the HTML page. Its directory is created. If not set, nothing is written.
    type: path
  reports:
    description:
      - For each cluster, the registered result of M(gpuops.aks.gpu_report), or its keys C(report) and C(page).
      - A cluster without C(page) is listed without a link.
      - A report of another version of the collection, or with impossible numbers, is listed as not proven, with the reason.
    type: list
    elements: dict
    required: true
  hosts:
    description:
      - The hosts of the play by name, each with the reason for which it may have no report. Empty if that is not known.
      - A host that none of O(reports) is about is listed as not proven, with the reason.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Write a report for each cluster
  gpuops.aks.gpu_report:
    steps:
      verify: "{{ gpu_verify_result }}"
      workload: "{{ gpu_workload_result }}"
    chain:
      pool: gpunp
      cluster: "{{ gpu_cluster }}"
    dest: "~/reports/{{ inventory_hostname }}.json"
  register: cluster_report

- name: Write the index page
  gpuops.aks.gpu_report_index:
    dest: ~/reports/index.html
    reports:
      - report: "{{ hostvars['dev'].cluster_report.report }}"
        page: "{{ hostvars['dev'].cluster_report.page }}"
      - report: "{{ hostvars['stage'].cluster_report.report }}"
        page: "{{ hostvars['stage'].cluster_report.page }}"
    hosts: {dev: "", stage: "", prod: "The cluster is being upgraded."}
  run_once: true
"""

RETURN = r"""
dest:
  description: The path of the page.
  returned: when O(dest) is given
  type: str
  sample: /home/me/reports/index.html
clusters:
  description: The number of clusters, including those without a report.
  returned: success
  type: int
  sample: 3
summary:
  description:
    - How many clusters are proven, and the outcome of the rest, in one sentence.
    - A cluster is explained if its report has a cause and a remedy. It is not checked if the run could not prove anything about it. It is
      not reached if it has no report, or did not respond.
  returned: success
  type: str
  sample: 187 of 200 clusters proven, 9 explained, 4 not reached.
table:
  description:
    - A line for each cluster with what came of it, its name, the number of proven GPUs and the code of the failure or the first finding.
    - Those that were not reached come first, and those that are proven last.
  returned: success
  type: list
  elements: str
  sample:
    - "not reached  prod-17               ApiServerUnreachable"
    - "explained    prod-03  6 of 8 GPUs  GpuSlow"
    - "proven       prod-01  8 of 8 GPUs"
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
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.index import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
