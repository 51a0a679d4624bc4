# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text of Azure's, or of something that answers in its place, takes long to look up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.known_failure import (
    KnownFailure,
    full_message,
    in_one_paragraph,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.sign_in import SIGN_IN_FAILURES
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.tables import KNOWN_FAILURES

parser: Any = getattr(re, "_parser")  # noqa: B009  # the only way to look into a pattern, without a type
ROWS = [*KNOWN_FAILURES, *SIGN_IN_FAILURES]


def repetitions(parsed: Any) -> Iterator[int]:
    """The upper limits of all repetitions in a parsed pattern."""
    for operation, argument in parsed:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield int(argument[1])
            yield from repetitions(argument[2])
        elif name == "SUBPATTERN":
            yield from repetitions(argument[3])
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from repetitions(branch)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from repetitions(argument[1])


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.explanation.code}-{number}" for number, row in enumerate(ROWS)])
def test_repetitions_in_patterns_are_limited(row: KnownFailure) -> None:
    assert max(repetitions(parser.parse(row.pattern)), default=0) <= 9000


def test_unlimited_repetition_would_be_found() -> None:
    assert max(repetitions(parser.parse("a(b|(?=c.*d))"))) > 9000


def test_message_becomes_one_paragraph() -> None:
    assert in_one_paragraph("Allocation failed.\r\n  Constraints:\n\n - Zone\n") == "Allocation failed. Constraints: - Zone"


def test_middle_of_a_long_message_is_left_out() -> None:
    text = in_one_paragraph(f"The VM size is not allowed. Sizes: {'standard_nc6,' * 1000} For more, see aka.ms.")
    assert len(text) < 2100
    assert text.startswith("The VM size is not allowed.")
    assert text.endswith("see aka.ms.")
    assert "characters ...]" in text


def test_invalid_or_deeply_nested_details_are_ignored() -> None:
    nested: dict[str, Any] = {"message": "deepest"}
    for level in range(50):
        nested = {"message": f"level {level}", "details": [nested]}
    assert full_message(nested).startswith("level 49; level 48")
    assert "deepest" not in full_message(nested)
    for details in (7, "text", {"a": 1}, [None, 7], None):
        assert full_message({"message": "m", "details": details}) == "m"
