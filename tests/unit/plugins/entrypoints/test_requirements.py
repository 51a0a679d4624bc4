# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.requirements import (
    REQUIREMENTS,
    MissingPackageError,
    require_packages,
)
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Outcome

from ..builders import assert_explained


def test_missing_package_error_has_the_install_command() -> None:
    with pytest.raises(MissingPackageError) as missing:
        require_packages(Operation({}, lambda _params, _run: Outcome({}), ("no_such_package",)))
    assert_explained(missing.value, "MissingPackage", "no_such_package")
    assert f"{sys.executable} -m pip install -r {REQUIREMENTS}" in missing.value.remedy


_REQUIRE_KUBERNETES = """
import sys
sys.modules["kubernetes"] = None  # how Python notes what cannot be imported
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.requirements import MissingPackageError, require_packages
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION
try:
    require_packages(OPERATION)
except MissingPackageError as error:
    print(error.package)
"""


def test_missing_kubernetes_client_is_reported_although_only_a_part_of_it_is_imported() -> None:
    collections = Path(__file__).parents[4] / "collections"
    done = subprocess.run(
        [sys.executable, "-c", _REQUIRE_KUBERNETES], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(collections)}
    )
    assert (done.stdout, done.stderr) == ("kubernetes\n", "")


def test_requirements_file_exists() -> None:
    assert (Path(__file__).parents[4] / Path(REQUIREMENTS).name).is_file()
