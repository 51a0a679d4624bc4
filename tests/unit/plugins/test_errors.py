# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure has a cause and a remedy, wherever in the code it is raised."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).parents[3] / "plugins" / "module_utils"
FILES = sorted(path.relative_to(MODULE_UTILS) for path in MODULE_UTILS.rglob("*.py"))


def raised_without(source: str, *needed: str) -> list[int]:
    """The lines that make an error with a code and without any of these fields."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    fields = {(node.lineno, node.func.id): {keyword.arg for keyword in node.keywords} for node in calls if isinstance(node.func, ast.Name)}
    errors = {line: given for (line, name), given in fields.items() if name.endswith("Error") and "code" in given and None not in given}
    return sorted(line for line, given in errors.items() if not given.issuperset(needed))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_error_has_cause_and_remedy(path: Path) -> None:
    assert raised_without((MODULE_UTILS / path).read_text(), "cause", "remedy") == []


def test_missing_field_is_noticed() -> None:
    assert raised_without('\nraise AzureError("m", code="X", cause="c")', "cause", "remedy") == [2]
