# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation of gpu_job: any workload, by the patterns that its user names."""

from __future__ import annotations

from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..operation import Operation
from .operation import run_job
from .request import job_arguments

OPERATION = Operation(
    {**job_arguments(), "name": {"type": "str", "required": True}, "success_pattern": {"type": "str", "default": ""}},
    run_job,
    KUBE_LIBRARIES,
    {**CLUSTER_CONSTRAINTS, "required_if": [("state", "present", ["image"])]},
)
