# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The articles' commands, by the Azure CLI and kubectl, as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.conformance import azure_cli, extension_index
from tests.conformance.run import Run, fresh_lab
from tests.conformance.table import Section
from tests.conformance.walkthrough import Walkthrough, article
from tests.sources import MICROSOFTS

_GENERATIONS = ("2020", "2021")


def sections(run: Run) -> Iterator[Section]:
    """Both generations of the article, on both ways to the lab."""
    for generation in _GENERATIONS:
        directory = MICROSOFTS.articles / generation
        if not directory.is_dir():
            run.left_out.append(f"the article of {generation}, which is not on this machine")
            continue
        for route in (azure_cli.CLOUD, azure_cli.PROXY):
            yield _section(run, directory, route)


def _section(run: Run, directory: Path, route: azure_cli.Route) -> Section:
    title = f"The article of {directory.name}, Azure CLI, {route.name}"
    section = run.begin(Section(title, f"{route.text} Extension index and the extension in it are a stub without code."))
    name = f"{directory.name}-{route.name.replace(' ', '-')}"
    with fresh_lab(name, era="2021") as (lab, home), extension_index.serve() as index:
        walk = Walkthrough(
            azure_cli.environment(lab, home=home, extension_index=index),
            directory=directory,
            kubeconfigs=home,
            say=lambda row: run.add(section, row),
        )
        for step in article(directory, route=route.steps):
            walk.run(step)
    return section
