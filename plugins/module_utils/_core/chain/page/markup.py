# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Builds HTML from elements. Everything that is not Markup already is escaped, so that a name from a cluster cannot become HTML."""

from __future__ import annotations

from html import escape
from typing import Any, Iterable, Optional, Union

from ...shared.printable import printable


class Markup(str):
    """HTML in which everything from outside is escaped."""

    __slots__ = ()


Content = Any  # what a result contains may be of any type; it is shown as a string
Attribute = Optional[Union[str, int, float]]


def text(value: Content) -> Markup:
    """A value as HTML; empty for null."""
    if isinstance(value, Markup):
        return value
    return Markup("" if value is None else escape(printable(str(value))))


def element(name: str, *content: Content, **attributes: Attribute) -> Markup:
    """An element.

    Args:
        name: The name of the element.
        content: What the element contains.
        attributes: Null leaves an attribute out. An underscore stands for a hyphen, and at the end for nothing: class_, aria_label.
    """
    return Markup(f"{_start(name, attributes)}{''.join(map(text, content))}</{name}>")


def block(name: str, *content: Content, **attributes: Attribute) -> Markup:
    """An element whose parts are on lines of their own; parts that are empty are left out."""
    return Markup(f"{_start(name, attributes)}\n{lines(content)}\n</{name}>")


def lines(parts: Iterable[Content]) -> Markup:
    """The parts that are not empty, each on a line of its own."""
    return Markup("\n".join(filter(None, map(text, parts))))


def texts(value: Any) -> list[str]:
    """A list as strings, without null; what is not a list is one string."""
    many = value if isinstance(value, (list, tuple)) else [value]
    return [str(each) for each in many if each is not None]


def _start(name: str, attributes: dict[str, Attribute]) -> str:
    given = ((attribute.rstrip("_").replace("_", "-"), value) for attribute, value in attributes.items() if value is not None)
    return f"<{name}{''.join(f' {attribute}={chr(34)}{text(value)}{chr(34)}' for attribute, value in given)}>"
