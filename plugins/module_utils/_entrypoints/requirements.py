# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks that the Python version and packages that an operation requires are there, before it runs."""

from __future__ import annotations

import importlib
import platform
import sys
from typing import Mapping

from .._errors import GpuopsError
from .._operations.operation import Operation

# The oldest Python that runs the oldest supported ansible-core (meta/runtime.yml, tests/versions.py).
_PYTHON = (3, 11)
_PACKAGES: Mapping[str, str] = {
    "azure.mgmt.containerservice": "azure-mgmt-containerservice",
    "azure.identity": "azure-identity",
    "yaml": "PyYAML",
}
# Library → the file that imports only the part of it that is used, and a name that the file has if that worked.
_PARTS: Mapping[str, tuple[str, str]] = {"kubernetes": (".._kube.connection.official_client", "Configuration")}
# The collection's list of requirements, relative to a directory in COLLECTIONS_PATH.
REQUIREMENTS = "ansible_collections/gpuops/aks/requirements.txt"


class MissingPackageError(GpuopsError):
    """A package that the operation requires cannot be imported."""

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
    """The Python that runs the task is too old."""

    def __init__(self, needed: str, found: str) -> None:
        super().__init__(
            f"Python {needed} or newer is required, but {sys.executable} is Python {found}.",
            code="UnfitPython",
            cause="The collection is not tested with older versions, and the Azure and Kubernetes libraries stop supporting them.",
            remedy="Set ansible_python_interpreter to a newer Python.",
        )


def require_python() -> None:
    """Check the version of Python. Raises UnfitPythonError."""
    if sys.version_info < _PYTHON:
        needed, found = (".".join(map(str, version[:2])) for version in (_PYTHON, sys.version_info))
        raise UnfitPythonError(needed, found)


def require_packages(operation: Operation) -> None:
    """Import the packages that the operation requires. Raises MissingPackageError."""
    for library in operation.libraries:
        try:
            if not _has_part(library):
                importlib.import_module(library)
        except ImportError as error:
            raise MissingPackageError(_PACKAGES.get(library, library), str(error)) from error


def _has_part(library: str) -> bool:
    """Whether the part of the library that is used can be imported; the rest of it takes long."""
    name, content = _PARTS.get(library, (None, ""))
    return name is not None and hasattr(importlib.import_module(name, __package__), content)
