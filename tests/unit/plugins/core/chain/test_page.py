# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page shows what the report contains, and only escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.findings import commands
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.fleet import ClusterReport, fleet_page
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.markup import element
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.page.report import report_page
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.report import chain_report

from tests.unit.plugins.core.chain import runs

_VOID = {"meta", "link"}
_RUNS_OR_LOADS = re.compile(r"on.*|style|src|srcset")  # attributes that run a script, or load what a page may not
_OURS = {
    "a", "article", "b", "body", "caption", "code", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3",
    "head", "header", "html", "link", "main", "meta", "p", "path", "pre", "rect", "section", "span", "style", "summary", "svg", "symbol",
    "table", "tbody", "td", "th", "thead", "time", "title", "tr", "use",
}  # fmt: skip


class Reader(HTMLParser):
    """Reads a page: its elements, which must be closed in order, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def attributes(self, *, without: str = "") -> list[tuple[str, str | None]]:
        """The attributes of all elements, but for those of one tag."""
        return [each for tag, given in self.elements if tag != without for each in given.items()]

    def count(self, tag: str, **attributes: str) -> int:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return sum(name == tag and wanted.items() <= given.items() for name, given in self.elements)


@pytest.mark.parametrize("run", runs.RUNS)
def test_page_is_well_formed_and_refers_to_nothing_outside(run: str) -> None:
    page = Reader(report_page(runs.RUNS[run]()))
    assert {tag for tag, _attributes in page.elements} <= _OURS
    assert not [name for name, _value in page.attributes() if _RUNS_OR_LOADS.fullmatch(name)]
    links = [value or "" for name, value in page.attributes(without="a") if name == "href"]
    assert {link.split("-")[0] for link in links} == {"data:,", "#sign"}


def test_foreign_text_is_shown_and_not_evaluated() -> None:
    page = report_page(runs.hostile())
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;") > 10
    assert "{{ 7 * 7 }}" in page


def test_page_shows_the_verdict_the_steps_and_the_run() -> None:
    report = runs.proven()
    page = Reader(report_page(report))
    shown = [report["summary"], "Proven", "1 of 1", "0.9506", "13.2 s", runs.node_name(0), "eastus", "580.126.09", report["server"]]
    assert [text for text in shown if text not in page.text] == []
    assert page.count("section") == 5
    assert "Context" not in page.text, "what is not known is left out"
    assert "Lab." in Reader(report_page(runs.lab_trained())).text


def test_page_of_a_failed_run_shows_error_and_findings() -> None:
    report = runs.failed()
    page = Reader(report_page(report))
    shown = [report["error"]["task"], report["error"]["variables"], *(finding["evidence"] for finding in report["findings"])]
    assert all(shown)
    assert [text for text in shown if text not in page.text] == []
    assert [page.count("article", class_=f"finding {severity}") for severity in ("error", "warning")] == [1, 1]


def test_every_gpu_has_a_cell_with_color_and_sign() -> None:
    page = Reader(report_page(runs.large()))
    assert [page.count("span", class_=f"cell {verdict}") for verdict in ("proven", "failed", "not_proven")] == [318, 1, 1]
    assert page.count("details", class_="node") == 40
    assert page.count("details", class_="node", open="") == 1, "the node with the failed GPU is open"


def test_grid_has_every_gpu_of_the_total_and_every_node() -> None:
    report = runs.dead()
    page = Reader(report_page(report))
    assert [page.count("span", class_=f"cell {verdict}") for verdict in ("proven", "not_proven")] == [7, 1 + 4 + 1]
    assert page.count("details", class_="node") == 3
    for shown in ("7 of 8 proven", "0 of 4 proven", "NodeNotReady", "FewerGpusThanSize", runs.node_name(2)):
        assert shown in page.text
    assert (report["verdict"], report["lab"]) == ("proven", False)


def test_figures_below_the_floor_say_so() -> None:
    assert "31, below 200" in report_page(runs.large())
    assert ", below" not in report_page(runs.proven())


def test_command_of_a_remedy_can_be_copied() -> None:
    assert commands(
        "Run 'kubectl drain n --force', then scale with 'az aks nodepool scale'. Set x: ['sku=gpu']. Run 'kubectl drain n --force'."
    ) == [
        "kubectl drain n --force",
        "az aks nodepool scale",
    ]
    assert "<code>kubectl get pods -A -o wide</code>" in report_page(runs.failed())


def test_alike_findings_of_several_gpus_are_one() -> None:
    devices = [{**runs.busy(0), "node": runs.node_name(number)} for number in range(9)]
    page = Reader(report_page(chain_report(runs.steps(prove=runs.proof(*devices)), runs.CHAIN, {})))
    assert page.count("article", class_="finding warning") == 1


def test_page_without_anything_is_a_page() -> None:
    page = Reader(report_page(chain_report({}, {"pool": "gpunp"}, {})))
    assert "No nodes were read in this run." in page.text
    assert page.count("details") == 0


def test_curves_are_of_the_workload_and_of_the_least_and_the_best_trained_gpu() -> None:
    page = Reader(report_page({**runs.lab_trained(), "devices": [{**each, "load": []} for each in runs.lab_trained()["devices"]]}))
    assert [page.count("path", class_=f"line curve-{number}") for number in range(4)] == [1, 1, 1, 0]
    assert page.count("section", id="load") == 0


def test_load_is_drawn_of_the_least_and_the_most_loaded_gpu_and_listed_of_all() -> None:
    report = runs.lab_trained()
    page = Reader(report_page({**report, "accuracy_curve": [], "devices": [without_curve(each) for each in report["devices"]]}))
    assert [page.count("path", class_=f"line curve-{number}") for number in range(3)] == [3, 3, 0]
    pictures = [attributes["aria-label"] or "" for tag, attributes in page.elements if tag == "svg" and "aria-label" in attributes]
    least, most = (f"{runs.node_name(0)} {report['devices'][number]['uuid']}" for number in (0, 3))
    assert pictures == [
        f"{least}: utilization (%) 95 at second 0.5; {most}: utilization (%) 95 at second 0.5",
        f"{least}: memory in use (MiB) 9000 at second 0.5; {most}: memory in use (MiB) 9000 at second 0.5",
        f"{least}: power (W) 16.5 at second 3.5; {most}: power (W) 46.5 at second 3.5",
    ]
    assert "Highest power (W)" in page.text
    assert all(str(device["uuid"]) in page.text for device in report["devices"])
    for highest in ("10000", "60"):  # of the axes: the next round number
        assert highest in page.text


def without_curve(device: dict[str, Any]) -> dict[str, Any]:
    return {**device, "figures": {**device["figures"], "train_curve": []}}


def test_run_that_mostly_paused_is_drawn_without_pauses() -> None:
    ran = runs.steps()
    ran["register"]["started_at"] = "2026-11-27T15:00:00.000Z"
    page = report_page(chain_report(ran, runs.CHAIN, {}))
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)%"', page)]
    assert max(widths) > 20
    assert "2026-11-27 and 2026-11-28" in page


def test_index_lists_what_needs_attention_first_with_links() -> None:
    reports: list[dict[str, Any]] = [runs.proven(), runs.failed(), runs.large()]
    page = fleet_page([ClusterReport(report, f"{number}.html") for number, report in enumerate(reports)])
    assert re.findall(r'<a href="(\d.html)"', page) == ["1.html", "2.html", "0.html"]
    assert "1 of 1</td>" in page
    assert "<h1>1 of 3 clusters proven</h1>" in page
    assert '<a href="' not in fleet_page([ClusterReport(runs.proven(), "")]).partition("<footer>")[0]


def test_markup_escapes_content_and_attributes() -> None:
    assert element("p", "<b>", element("i", "&"), None, title='"<', data_x=1, class_=None) == (
        '<p title="&quot;&lt;" data-x="1">&lt;b&gt;<i>&amp;</i></p>'
    )
