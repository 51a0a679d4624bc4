# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/report.schema.json describes every key of the report, and no other; docs/report.md is made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.report import SCHEMA, chain_report
from jsonschema import Draft202012Validator

from tests.unit.plugins.core.chain import runs
from tests.unit.plugins.pages import report_page

DESCRIBED = json.loads(report_page.SCHEMA.read_text())
RUNS = {**runs.RUNS, "nothing": lambda: chain_report({}, {"pool": "gpunp"}, {})}


def undescribed(schema: Any, above: str = "") -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        if not inner.get("description"):
            yield f"{above}.{name}"
        yield from undescribed(inner, f"{above}.{name}")
        yield from undescribed(inner.get("items", {}), f"{above}.{name}[]")


@pytest.mark.parametrize("run", RUNS)
def test_report_fits_its_schema(run: str) -> None:
    report = json.loads(json.dumps(RUNS[run](), allow_nan=False))
    errors = [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(DESCRIBED).iter_errors(report)]
    assert [error for error in errors if run != "hostile" or not re.match(r".*\.(verdict|severity): ", error)] == []


def test_schema_is_valid_and_describes_every_key() -> None:
    Draft202012Validator.check_schema(DESCRIBED)
    assert list(undescribed(DESCRIBED)) == []
    assert DESCRIBED["properties"]["schema"]["const"] == SCHEMA


@pytest.mark.parametrize(
    "broken",
    [
        lambda report: report | {"additional": 1},
        lambda report: report | {"devices": [{**report["devices"][0], "verdict": "maybe"}]},
        lambda report: {name: value for name, value in report.items() if name != "timeline"},
    ],
    ids=["key that is not described", "verdict that does not exist", "key that is missing"],
)
def test_schema_refuses_what_is_not_a_report(broken: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    assert not Draft202012Validator(DESCRIBED).is_valid(broken(runs.proven()))


def test_page_is_what_make_pages_writes() -> None:
    assert report_page.PAGE.read_text() == report_page.page(), "run `make pages`"
