# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every function is short and has few decisions, also when boolean operators and comprehensions count as some, which ruff's C901 omits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MOST_LINES, MOST_DECISIONS = 40, 10
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    """Every function and method; what is nested in one counts as part of it, too."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def complexity(function: ast.AST) -> int:
    """1, and 1 for each branch, loop, handler, boolean operator, and each `for` and `if` of a comprehension."""
    return 1 + sum(_decisions(node) for node in ast.walk(function))


def _decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _BRANCHES))


def lines(function: Function) -> int:
    """From `def` to the last line."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def excesses(source: str) -> dict[str, str]:
    """The functions that are too long or decide too much, with both numbers."""
    return {
        function.name: f"{lines(function)} lines, complexity {complexity(function)}"
        for function in functions(source)
        if lines(function) > MOST_LINES or complexity(function) > MOST_DECISIONS
    }


@pytest.mark.parametrize("folder", ["plugins", "tests"])
def test_no_function_is_too_long_or_too_complex(folder: str) -> None:
    files = sorted((REPOSITORY / folder).rglob("*.py"))
    assert len(files) > 200
    found = {f"{path.relative_to(REPOSITORY)}: {name}": numbers for path in files for name, numbers in excesses(path.read_text()).items()}
    assert found == {}


LONG = "def f():\n" + "    g()\n" * MOST_LINES
NESTED = "def f():\n    def g():\n" + "        if h(): pass\n" * MOST_DECISIONS + "    return g\n"
PLANTED = {
    "lines": LONG,
    "branches": "def f(a):\n" + "    if a: pass\n" * MOST_DECISIONS,
    "boolean operators": f"def f(a):\n    return {' or '.join('a' * (MOST_DECISIONS + 1))}\n",
    "comprehensions": f"def f(a):\n    return [{', '.join(['[x for x in a if x]'] * (MOST_DECISIONS // 2))}]\n",
    "conditional expressions": "def f(a):\n" + "    a = 1 if a else 2\n" * MOST_DECISIONS,
    "handlers": "def f():\n" + "    try: g()\n    except OSError: pass\n" * MOST_DECISIONS,
    "cases": "def f(a):\n    match a:\n" + "".join(f"        case {number}: pass\n" for number in range(MOST_DECISIONS)),
    "a nested function": NESTED,
    "a method": "class C:\n    async def f(self, a):\n" + "        async for b in a: b()\n" * MOST_DECISIONS,
}


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED)
def test_counter_finds_a_planted_excess(source: str) -> None:
    assert "f" in excesses(source)


def test_counter_lets_a_function_at_the_limit_pass() -> None:
    assert excesses("def f(a):\n" + "    if a: pass\n" * (MOST_DECISIONS - 1)) == {}
    assert excesses("def f():\n" + "    g()\n" * (MOST_LINES - 1)) == {}
