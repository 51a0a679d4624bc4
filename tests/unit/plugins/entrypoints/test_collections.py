# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The collections are real: this one, which is a clone, and one that is installed with the tests.

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.collections import installed_version

GALAXY = Path(__file__).parents[4] / "galaxy.yml"


def test_clone_says_its_version_in_galaxy_yml() -> None:
    assert installed_version("gpuops.aks") == yaml.safe_load(GALAXY.read_text())["version"]


@pytest.mark.skipif(find_spec("ansible_collections.kubernetes") is None, reason="the package ansible is not installed")
def test_installed_collection_says_its_version_in_its_manifest() -> None:
    assert version("ansible").startswith("12."), "whose kubernetes.core has this version"
    assert installed_version("kubernetes.core").startswith("6.2.")


def test_collection_that_is_not_installed_has_no_version() -> None:
    assert installed_version("kubernetes.gone") == ""
    assert installed_version("gone.core") == ""
