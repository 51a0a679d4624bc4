# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

import importlib
import sys
from typing import Mapping

from .._operations.operation import Operation

# What the Azure and Kubernetes libraries themselves need.
_PYTHON = (3, 10)
_PACKAGES: Mapping[str, str] = {
    "azure.mgmt.containerservice": "azure-mgmt-containerservice",
    "azure.identity": "azure-identity",
    "yaml": "PyYAML",
}


class MissingPackageError(Exception):
    """A package that an operation stands on isn't there; the import that failed is the cause."""

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.package = package


def unfit_python() -> str:
    """What is wrong with the Python that runs this, "" for one that is new enough."""
    if sys.version_info >= _PYTHON:
        return ""
    found, needed = (".".join(map(str, version[:2])) for version in (sys.version_info, _PYTHON))
    return f"needs Python {needed} or newer and runs on {found}"


def require_packages(operation: Operation) -> None:
    """Import what the operation stands on. Raises MissingPackageError."""
    for library in operation.libraries:
        try:
            importlib.import_module(library)
        except ImportError as error:
            raise MissingPackageError(_PACKAGES.get(library, library)) from error
