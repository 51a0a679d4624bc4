# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Mapping

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._clock import SystemClock
from .._errors import GpuopsError
from .._operations.operation import Operation, Run
from .outcome import failure, success

# What the Azure and Kubernetes libraries themselves need.
_PYTHON = (3, 10)
_PACKAGES: Mapping[str, str] = {
    "azure.mgmt.containerservice": "azure-mgmt-containerservice",
    "azure.identity": "azure-identity",
    "yaml": "PyYAML",
}


def run_module(operation: Operation) -> None:
    """The module door: offer an operation as an Ansible module. Exits the process."""
    module = AnsibleModule(argument_spec=dict(operation.arguments), supports_check_mode=True, **operation.constraints)
    _require_python(module)
    for library in operation.libraries:
        _require_library(module, library)
    clock = SystemClock()
    started = clock.now()
    try:
        outcome = operation.run(module.params, Run(check_mode=module.check_mode, clock=clock, environ=os.environ))
    except GpuopsError as error:
        module.fail_json(**failure(error))
    for warning in outcome.warnings:
        module.warn(warning)
    diff = module._diff  # noqa: SLF001  # AnsibleModule tells of --diff nowhere else
    module.exit_json(**success(outcome, seconds=clock.now() - started, diff=diff))


def _require_python(module: AnsibleModule) -> None:
    if sys.version_info < _PYTHON:
        found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, _PYTHON))
        module.fail_json(msg=f"This module needs Python {needed} or newer and runs on {found}: set ansible_python_interpreter.")


def _require_library(module: AnsibleModule, library: str) -> None:
    try:
        importlib.import_module(library)
    except ImportError:
        package = _PACKAGES.get(library, library)
        module.fail_json(msg=missing_required_lib(package), exception=traceback.format_exc())
