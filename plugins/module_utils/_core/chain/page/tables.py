# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Tables, which become one card a row on a narrow screen."""

from __future__ import annotations

from typing import Iterable, NamedTuple, Sequence

from .markup import Content, Markup, block, element


class Column(NamedTuple):
    """A column of a table: its heading, and the class of its cells."""

    heading: str
    class_: str = ""


NUMBER = "number"


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Content]], *, class_: str = "") -> Markup:
    """A table. The first cell of each row is its heading.

    Args:
        caption: What the table shows, for screen readers.
        columns: The columns.
        rows: The cells of each row.
        class_: The class of the table.
    """
    headings = (element("th", column.heading, scope="col", role="columnheader", class_=column.class_ or None) for column in columns)
    head = element("thead", element("tr", *headings, role="row"), role="rowgroup")
    body = block("tbody", *(_row(columns, row) for row in rows), role="rowgroup")
    title = element("caption", caption, class_="hidden")
    # A table that CSS displays as blocks is a table to a screen reader only by its roles.
    return block("table", title, head, body, role="table", class_=f"table {class_}".strip())


def properties(values: Iterable[tuple[str, Content]]) -> Markup:
    """Names and values, without empty ones."""
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in values if value not in (None, ""))
    return block("dl", *pairs, class_="properties")


def _row(columns: Sequence[Column], row: Sequence[Content]) -> Markup:
    first, *others = zip(columns, row, strict=True)
    heading = element("th", first[1], scope="row", role="rowheader", class_=first[0].class_ or None)
    cells = (element("td", value, role="cell", data_label=column.heading, class_=column.class_ or None) for column, value in others)
    return element("tr", heading, *cells, role="row")
