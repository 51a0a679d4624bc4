# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks the Python version and packages that an operation needs, before anything else is imported."""

from __future__ import annotations

import importlib
import platform
import sys
from typing import Mapping

from .._errors import GpuopsError
from .._operations.operation import Operation

# What the Azure and Kubernetes libraries themselves need.
_PYTHON = (3, 10)
_PACKAGES: Mapping[str, str] = {
    "azure.mgmt.containerservice": "azure-mgmt-containerservice",
    "azure.identity": "azure-identity",
    "yaml": "PyYAML",
}
# Where the collection lists what it needs, below a directory of COLLECTIONS_PATH.
REQUIREMENTS = "ansible_collections/gpuops/aks/requirements.txt"


class MissingPackageError(GpuopsError):
    """A package that an operation stands on isn't there; the import that failed is the cause."""

    def __init__(self, package: str, problem: str) -> None:
        super().__init__(
            f"Failed to import the required Python library ({package}) on {platform.node()}'s Python {sys.executable}.",
            code="MissingPackage",
            cause=problem,
            remedy=f"Install the collection's requirements for this Python, or set ansible_python_interpreter to one that has them: "
            f"'{sys.executable} -m pip install -r {REQUIREMENTS}'",
        )
        self.package = package


class UnfitPythonError(GpuopsError):
    """The Python that runs this is too old."""

    def __init__(self, needed: str, found: str) -> None:
        super().__init__(
            f"Python {needed} or newer is required, and {sys.executable} is Python {found}.",
            code="UnfitPython",
            cause="The libraries of Azure and Kubernetes do not support older versions.",
            remedy="Set ansible_python_interpreter to a newer Python.",
        )


def require_python() -> None:
    """Raises UnfitPythonError."""
    if sys.version_info < _PYTHON:
        needed, found = (".".join(map(str, version[:2])) for version in (_PYTHON, sys.version_info))
        raise UnfitPythonError(needed, found)


def require_packages(operation: Operation) -> None:
    """Import what the operation stands on. Raises MissingPackageError."""
    for library in operation.libraries:
        try:
            importlib.import_module(library)
        except ImportError as error:
            raise MissingPackageError(_PACKAGES.get(library, library), str(error)) from error
