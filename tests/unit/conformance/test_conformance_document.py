# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of `make conformance` that ran by itself replaces only its own sections of the page."""

from __future__ import annotations

from tests.conformance.document import updated
from tests.conformance.table import Row, Section, markdown


def section(title: str, result: str) -> Section:
    return Section(title, "Text.", rows=[Row("command", result)])


def test_section_is_replaced_in_its_place() -> None:
    page = "# Page\n\n" + markdown([section("One", "old"), section("Two", "kept")]).rstrip() + "\n"
    new = updated(page, [section("One", "new")], today="2026-11-29")
    assert new == page.replace("Text.", "Text. This part ran by itself on 2026-11-29.", 1).replace("old", "new")


def test_new_section_comes_last() -> None:
    page = "# Page\n\n" + markdown([section("One", "kept")]).rstrip() + "\n"
    new = updated(page, [section("Two", "new")], today="2026-11-29")
    assert new.startswith(page)
    assert new.endswith("| `command` | new |  |\n")
    assert updated(new, [section("Two", "new")], today="2026-11-29") == new
