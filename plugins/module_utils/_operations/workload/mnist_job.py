# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The preset behind mnist_job: the defaults of the MNIST training of the AKS documentation ("Use GPUs on AKS")."""

from __future__ import annotations

from ..._core.workload.log import ACCURACY_PATTERN, DEVICE_PATTERN
from ..arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES
from ..operation import Operation
from .operation import run_job
from .request import job_arguments

_DEFAULTS = {
    "name": "samples-tf-mnist-demo",
    "image": "mcr.microsoft.com/azuredocs/samples-tf-mnist-demo:gpu",
    "args": ["--max_steps", "500"],
    "device_pattern": DEVICE_PATTERN,
    "accuracy_pattern": ACCURACY_PATTERN,
}

OPERATION = Operation(job_arguments(_DEFAULTS), run_job, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
