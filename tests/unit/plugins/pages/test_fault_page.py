# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/faults.md is the page that the catalog gives."""

from __future__ import annotations

from .fault_page import PAGE, page


def test_the_page_is_the_one_that_the_catalog_gives() -> None:
    assert PAGE.read_text() == page(), "make pages writes docs/faults.md anew"
