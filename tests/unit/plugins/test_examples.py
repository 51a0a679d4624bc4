# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the documentation shows can be copied: every task of an example has arguments that its module takes.

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from .tasks import task_parameters

REPOSITORY = Path(__file__).parents[3]
PLUGINS = "ansible_collections.gpuops.aks.plugins"
MODULES = sorted(path.stem for path in (REPOSITORY / "plugins" / "modules").glob("[a-z]*.py"))
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def tasks_of(examples: Any) -> Iterator[dict[str, Any]]:
    """The tasks of a list of tasks or of plays."""
    for item in examples if isinstance(examples, list) else []:
        inner = item.get("tasks", item.get("block"))
        yield from [item] if inner is None else tasks_of(inner)


def documented() -> Iterator[Any]:
    for name in MODULES:
        for task in tasks_of(yaml.safe_load(import_module(f"{PLUGINS}.modules.{name}").EXAMPLES)):
            yield pytest.param(task, id=f"{name}: {task['name']}")
    for page in PAGES:
        for block in re.findall(r"^```yaml\n(- .*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            for task in tasks_of(yaml.safe_load(block)):
                yield pytest.param(task, id=f"{page.name}: {task['name']}")


EXAMPLES = list(documented())


@pytest.mark.parametrize("task", EXAMPLES)
def test_documented_task_has_valid_arguments(task: dict[str, Any]) -> None:
    for module in (key.removeprefix("gpuops.aks.") for key in task if key.startswith("gpuops.aks.")):
        operation = import_module(f"{PLUGINS}.modules.{module}").OPERATION
        assert task_parameters(operation, task[f"gpuops.aks.{module}"] or {})


def test_every_module_has_an_example() -> None:
    used = {key.removeprefix("gpuops.aks.") for example in EXAMPLES for key in example.values[0] if key.startswith("gpuops.aks.")}
    assert used >= set(MODULES)
