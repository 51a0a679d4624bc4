# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/preflight.md names every finding of the preflight."""

from __future__ import annotations

from .preflight_page import PAGE, every_code, examples, page


def test_every_finding_has_a_fixture_and_every_fixture_a_finding() -> None:
    assert every_code() == set(examples())


def test_the_page_is_the_one_that_the_fixtures_give() -> None:
    assert PAGE.read_text() == page(), "make pages writes docs/preflight.md anew"
