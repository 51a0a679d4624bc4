# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clusters in one run: each has its own report, and one page links all of them, also those that failed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.playbooks.playbook import Workbench
from tests.integration.running_lab import RunningLab

_PLAYBOOK = "- import_playbook: gpuops.aks.preflight\n- import_playbook: gpuops.aks.report\n"
_RETIRED = {"gpu_vm_size": "Standard_NC6"}


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        ({"dev": {}, "stage": _RETIRED}, [("stage", "Failed"), ("dev", "Not checked")]),
        ({"dev": _RETIRED, "stage": _RETIRED}, [("dev", "Failed"), ("stage", "Failed")]),
    ],
    ids=["one fails", "all fail"],
)
def test_index_page_has_a_row_for_each_cluster(
    own_lab: RunningLab, here: Path, chosen: dict[str, dict[str, str]], rows: list[tuple[str, str]]
) -> None:
    playbook = here / "fleet.yml"
    playbook.write_text(_PLAYBOOK)
    index = here / "reports" / "index.html"
    fleet = {
        host: {
            "gpu_cluster": f"aks-{host}",
            "gpu_kubeconfig": str(here / host),
            "gpu_report": str(here / "reports" / f"{host}.json"),
            "gpu_report_index": str(index),
            **own,
        }
        for host, own in chosen.items()
    }
    run = Workbench(own_lab, here, {}).run_on_hosts(str(playbook), fleet)
    assert run.status != 0
    links = re.findall(r'<a href="(\w+)\.html">aks-\w+</a></th>.*?</svg>([\w ]+)</span>', index.read_text())
    assert links == rows
    assert {path.name for path in index.parent.iterdir()} == {
        "index.html",
        *(f"{host}.{kind}" for host in chosen for kind in ("json", "html")),
    }
