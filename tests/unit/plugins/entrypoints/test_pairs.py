# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module has both entry points, and they lead to the same operation."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).parents[4] / "plugins"
NAMES = sorted(path.stem for path in (PLUGINS / "modules").glob("[!_]*.py"))
PACKAGE = "ansible_collections.gpuops.aks.plugins"


def test_each_module_has_exactly_one_action_plugin() -> None:
    assert sorted(path.stem for path in (PLUGINS / "action").glob("[!_]*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_both_entry_points_lead_to_the_same_operation(name: str) -> None:
    module, action = (importlib.import_module(f"{PACKAGE}.{kind}.{name}") for kind in ("modules", "action"))
    assert action.ActionModule.operation is module.OPERATION
    assert "gpuops.aks.attributes" in yaml.safe_load(module.DOCUMENTATION)["extends_documentation_fragment"]


def test_each_module_that_takes_credentials_is_in_a_group_of_module_defaults() -> None:
    groups = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text())["action_groups"]
    operations = {name: importlib.import_module(f"{PACKAGE}.modules.{name}").OPERATION for name in NAMES}
    with_credentials = {name for name, operation in operations.items() if {"client_id", "api_key"} & {*operation.arguments}}
    assert {name for members in groups.values() for name in members} == with_credentials
