# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

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


def test_requirements_file_exists() -> None:
    assert (Path(__file__).parents[4] / Path(REQUIREMENTS).name).is_file()
