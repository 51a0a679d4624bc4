# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The verdicts as words and as signs, which say the same as the colors."""

from __future__ import annotations

from typing import Mapping, Sequence

from .markup import Markup, block, element

WORDS: Mapping[str, str] = {"proven": "Proven", "failed": "Failed", "not_proven": "Not proven", "not_checked": "Not checked"}
# The lines of each sign, in a square of 24 by 24.
_PATHS: Mapping[str, str] = {
    "proven": "M5 13 L10 18 L19 7",
    "failed": "M6 6 L18 18 M18 6 L6 18",
    "not_proven": "M6 12 L18 12",
    "not_checked": "M8 9 A4 4 0 1 1 12 13 L12 14.5 M12 18.5 L12 18.6",
    "warning": "M12 5 L12 14 M12 18.5 L12 18.6",
}


def known(verdict: object) -> str:
    """The verdict, or not_proven for a word that is not one."""
    return str(verdict) if verdict in WORDS else "not_proven"


def sign(name: str) -> Markup:
    """The sign of a verdict or of a warning; its text says the same."""
    return element("svg", element("use", href=f"#sign-{name}"), class_="sign", aria_hidden="true")


def word(verdict: object) -> Markup:
    """The verdict as a sign and a word."""
    name = known(verdict)
    return element("span", sign(name), WORDS[name], class_=f"word {name}")


def legend(verdicts: Sequence[object]) -> Markup:
    """How many there are of each verdict."""
    counts = {name: sum(known(verdict) == name for verdict in verdicts) for name in WORDS}
    return element("p", *(element("span", word(name), f" {count}") for name, count in counts.items() if count), class_="legend")


def definitions() -> Markup:
    """What sign() refers to, once a page."""
    symbols = (element("symbol", element("path", d=path), id=f"sign-{name}", viewBox="0 0 24 24") for name, path in _PATHS.items())
    return block("svg", *symbols, class_="hidden", aria_hidden="true")
