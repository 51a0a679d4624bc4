# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clusters in one run: each has its own report, and one page links all of them, also those that failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Run, Workbench
from tests.integration.running_lab import RunningLab

_PLAYBOOK = "- import_playbook: gpuops.aks.preflight\n- import_playbook: gpuops.aks.report\n"
_RETIRED = {"gpu_vm_size": "Standard_NC6"}


def run_fleet(lab: RunningLab, here: Path, chosen: Mapping[str, Mapping[str, str]]) -> Run:
    """Run preflight and report on a host for each cluster."""
    playbook = here / "fleet.yml"
    playbook.write_text(_PLAYBOOK)
    fleet = {
        host: {
            "gpu_cluster": f"aks-{host}",
            "gpu_kubeconfig": str(here / host),
            "gpu_report": str(here / "reports" / f"{host}.json"),
            "gpu_report_index": str(here / "reports" / "index.html"),
            **own,
        }
        for host, own in chosen.items()
    }
    return Workbench(lab, here, {}).run_on_hosts(str(playbook), fleet)


@pytest.mark.parametrize(
    ("chosen", "rows", "summary"),
    [
        (
            {"dev": {}, "stage": _RETIRED},
            [("stage", "Failed"), ("dev", "Not checked")],
            "0 of 2 clusters proven, 1 explained, 1 not checked.",
        ),
        ({"dev": _RETIRED, "stage": _RETIRED}, [("dev", "Failed"), ("stage", "Failed")], "0 of 2 clusters proven, 2 explained."),
    ],
    ids=["one fails", "all fail"],
)
def test_index_page_has_a_row_for_each_cluster(
    own_lab: RunningLab, here: Path, chosen: dict[str, dict[str, str]], rows: list[tuple[str, str]], summary: str
) -> None:
    index = here / "reports" / "index.html"
    run = run_fleet(own_lab, here, chosen)
    assert run.status != 0
    assert run.output.count(summary) == 1, "once, at the end"
    assert "explained  aks-stage" in re.sub(" +", "  ", run.output)
    assert summary in index.read_text()
    assert f"<h1>0 of {len(chosen)} clusters proven</h1>" in index.read_text()
    links = re.findall(r'<a href="(\w+)\.html">aks-\w+</a></th>.*?</svg>([\w ]+)</span>', index.read_text())
    assert links == rows
    assert {path.name for path in index.parent.iterdir()} == {
        "index.html",
        *(f"{host}.{kind}" for host in chosen for kind in ("json", "html")),
    }


def test_host_that_cannot_write_its_report_is_listed(own_lab: RunningLab, here: Path) -> None:
    assert run_fleet(own_lab, here, {"dev": {}, "prod": {"gpu_report": "/proc/nowhere/prod.json"}}).status != 0
    page = (here / "reports" / "index.html").read_text()
    assert "<h1>0 of 2 clusters proven</h1>" in page
    assert re.search(r">prod</th>.*Not proven</span>.*The report is missing: The report cannot be written to /proc/nowhere/prod.json", page)
