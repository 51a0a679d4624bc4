# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every function of plugins/ is short and has few decisions, also when boolean operators and comprehensions count as some."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
MOST_LINES, MOST_DECISIONS = 40, 10
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.Assert)

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
    """From `def` to the last line, without the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return _span(function) - (_span(first) if documented else 0)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def excesses(source: str) -> list[str]:
    """The functions that are too long or decide too much."""
    return [
        f"{function.name}: {lines(function)} lines, complexity {complexity(function)}"
        for function in functions(source)
        if lines(function) > MOST_LINES or complexity(function) > MOST_DECISIONS
    ]


def test_no_function_is_too_long_or_too_complex() -> None:
    files = sorted(PLUGINS.rglob("*.py"))
    assert len(files) > 200
    found = {str(path.relative_to(PLUGINS)): excesses(path.read_text()) for path in files}
    assert {path: each for path, each in found.items() if each} == {}


LONG = "def f():\n" + "    g()\n" * MOST_LINES
NESTED = "def f():\n    def g():\n" + "        if h(): pass\n" * MOST_DECISIONS + "    return g\n"
PLANTED = {
    "lines": LONG,
    "branches": "def f(a):\n" + "    if a: pass\n" * MOST_DECISIONS,
    "boolean operators": f"def f(a):\n    return {' or '.join('a' * (MOST_DECISIONS + 1))}\n",
    "comprehensions": f"def f(a):\n    return [{', '.join(['[x for x in a if x]'] * (MOST_DECISIONS // 2))}]\n",
    "conditional expressions": "def f(a):\n" + "    a = 1 if a else 2\n" * MOST_DECISIONS,
    "handlers": "def f():\n" + "    try: g()\n    except OSError: pass\n" * MOST_DECISIONS,
    "a nested function": NESTED,
    "a method": "class C:\n    async def f(self, a):\n" + "        while a: a()\n" * MOST_DECISIONS,
}


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED)
def test_counter_finds_a_planted_excess(source: str) -> None:
    assert excesses(source)


def test_counter_lets_a_function_at_the_limit_pass() -> None:
    assert excesses("def f(a):\n" + "    if a: pass\n" * (MOST_DECISIONS - 1)) == []
    assert excesses("def f():\n" + "    g()\n" * (MOST_LINES - 1)) == []
    assert excesses('def f():\n    """What.\n' + "\n    Why." * MOST_LINES + '\n    """\n    g()\n') == []
