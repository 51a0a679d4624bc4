# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The frame that the pages share: head, style and footer."""

from __future__ import annotations

from typing import Sequence

from ..release import VERSION
from .layout import LAYOUT
from .markup import Content, Markup, block, element, lines
from .signs import definitions
from .style import STYLE

_DOCUMENTATION = "https://github.com/gpuops/aks"


def document(title: str, parts: Sequence[Content]) -> str:
    """A whole page, which refers to nothing outside of itself.

    Args:
        title: The title of the browser's tab.
        parts: What the page shows.
    """
    head = lines(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            Markup('<link rel="icon" href="data:,">'),  # or a browser asks the server for one
            element("title", title),
            Markup(f"<style>{STYLE}{LAYOUT}</style>"),
        ]
    )
    made = element("p", "Written by ", element("a", f"gpuops.aks {VERSION}", href=_DOCUMENTATION), ".")
    body = block("body", definitions(), block("main", *parts), element("footer", made))
    return f"<!doctype html>\n{block('html', block('head', head), body, lang='en')}\n"


def section(title: str, *parts: Content, id_: str) -> Markup:
    """A part of a page under its heading."""
    return block("section", element("h2", title, id=id_), *parts, aria_labelledby=id_)
