# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# docs/errors.md has every code that a playbook can branch on.

from __future__ import annotations

import re
from pathlib import Path

from .error_page import PAGE, error_rows, every_code, page

TESTS = Path(__file__).parents[3]
_EXPECTED = re.compile(r"""(?:\["error"\]\["code"\]|error\.code|\.value\.code|\["code"\]) == "([A-Z]\w+)\"""")
# Codes of Azure and Kubernetes themselves, which tests have the lab answer with and which pass through.
PASSED_ON = {"BadRequest", "Forbidden", "Invalid", "InvalidParameter", "NotFound", "OperationNotAllowed", "Stopped"}


def test_error_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make pages`"


def test_every_code_that_tests_expect_of_the_product_is_on_a_page() -> None:
    expected = {code for file in (TESTS / "integration" / "plugins").glob("*.py") for code in _EXPECTED.findall(file.read_text())}
    assert len(expected) > 10, "the expression finds no codes any more"
    assert expected - every_code() - PASSED_ON == set()


def test_every_error_has_a_remedy_and_a_cause() -> None:
    bare = {f"{row.section}: {row.code}" for row in error_rows() if not row.remedy.strip() or not row.cause.strip()}
    assert bare == set()
