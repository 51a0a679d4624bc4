# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages in a real browser: they fit a phone and a wide screen, can be read in light and dark, and load nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.fleet import ClusterReport, fleet_page
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.report import report_page

from tests.integration.pages.browser import PROGRAMS, Tab, View, program, tab
from tests.unit.plugins.core.chain import runs

# A phone, a wide screen, and a sheet of A4 without its margins.
WINDOWS = [
    *(pytest.param(width, scheme, "screen", id=f"{width} {scheme}") for width in (360, 1400) for scheme in ("light", "dark")),
    pytest.param(680, "dark", "print", id="print"),
]


def index() -> str:
    """The index page of all runs."""
    return fleet_page([ClusterReport(make(), f"{name}.html") for name, make in runs.RUNS.items()])


PAGES = {**{name: lambda make=make: report_page(make()) for name, make in runs.RUNS.items()}, "index": index}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A tab that all tests share."""
    found = program()
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is installed")
    with tab(found, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page, as a file."""
    file: Path = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(PAGES[request.param](), encoding="utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme", "media"), WINDOWS)
def test_page_fits_and_can_be_read(browser: Tab, page: Path, width: int, scheme: str, media: str) -> None:
    seen = browser.look_at(page, width=width, scheme=scheme, media=media).measured
    assert (seen["window"], seen["width"]) == (width, width)
    assert (seen["outside"], seen["cut"]) == ([], [])
    assert seen["texts"] > 10, "the page is empty"
    assert seen["pale"] == [], "contrast below 4.5"
    assert seen["narrow"] == [], "text that stands one letter below the other"


def test_page_loads_and_runs_nothing(browser: Tab, page: Path) -> None:
    view: View = browser.look_at(page, width=1000, scheme="light")
    assert view.requests == [page.as_uri()]
    assert (view.console, view.measured["scripts"]) == ([], 0)


def test_page_is_built_for_screen_readers(browser: Tab, page: Path) -> None:
    seen = browser.look_at(page, width=1000, scheme="light").measured
    levels = seen["headings"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels)), levels
    assert len(seen["ids"]) == len(set(seen["ids"]))
    assert seen["unnamed"] == []


def test_what_does_not_fit_is_noticed(browser: Tab, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><title>x</title><p style='width:2000px'>wide</p><p style='color:#999'>pale</p><img src='http://127.0.0.1:9/x.png'>"
        "<script>console.error('said')</script>"
    )
    view = browser.look_at(bad, width=360, scheme="light")
    assert view.measured["outside"]
    assert len(view.measured["pale"]) == 1
    assert len(view.requests) == 2
    assert any("said" in line for line in view.console)
