# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure has a cause and a remedy, wherever in the code it is raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).parents[3] / "plugins" / "module_utils"
FILES = sorted(path.relative_to(MODULE_UTILS) for path in MODULE_UTILS.rglob("*.py"))


def raised_without(source: str, *needed: str) -> list[int]:
    """The lines that make an error with a code and without any of these fields."""
    return sorted(line for line, given in _errors_with_code(source) if not given.issuperset(needed))


def _errors_with_code(source: str) -> Iterator[tuple[int, set[str]]]:
    """The line and the named arguments of each call that makes an error with a code; one with ** could have any."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.endswith("Error"):
            given = {keyword.arg or "**" for keyword in call.keywords}
            if "code" in given and "**" not in given:
                yield call.lineno, given


@pytest.mark.parametrize("path", FILES, ids=str)
def test_error_has_cause_and_remedy(path: Path) -> None:
    assert raised_without((MODULE_UTILS / path).read_text(), "cause", "remedy") == []


def test_missing_field_is_noticed() -> None:
    assert raised_without('\nraise AzureError("m", code="X", cause="c")', "cause", "remedy") == [2]
