# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A row of a table has a name where one row is meant: addressed by its position, it is another one as soon as somebody adds a row.

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"


def is_position(index: ast.expr) -> bool:
    parts = [index.lower, index.upper] if isinstance(index, ast.Slice) else [index]
    numbers = [part.operand if isinstance(part, ast.UnaryOp) else part for part in parts if part is not None]
    return bool(numbers) and all(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in numbers)


def rows_by_position(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, (ast.Name, ast.Attribute)) and is_position(node.slice):
            name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if name.isupper():
                yield ast.unparse(node)


def test_no_row_of_a_table_is_addressed_by_its_position() -> None:
    found = {path.name: list(rows_by_position(path.read_text())) for path in PLUGINS.rglob("*.py")}
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_rows_by_position_are_recognized() -> None:
    source = "a = ROWS[0], tables.ROWS[2:3], _ROWS[-1], ROWS[key], ROWS['name'], rows[0]"
    assert list(rows_by_position(source)) == ["ROWS[0]", "tables.ROWS[2:3]", "_ROWS[-1]"]
