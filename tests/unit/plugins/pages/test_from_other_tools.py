# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pages for those who come from other tools name options that both sides have.

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.modules import aks_gpu_nodepool

from . import az_page
from .finding_page import REPOSITORY

AZCOLLECTION = REPOSITORY / "docs" / "from-azcollection.md"


def test_page_of_the_azure_cli_is_up_to_date() -> None:
    assert az_page.PAGE.read_text() == az_page.page(), "run make pages"


def documented(path: Path) -> set[str]:
    """The options of a module of another collection, with those of its documentation fragments."""
    fragments = path.parents[1] / "doc_fragments"
    files = (path, fragments / "azure.py", fragments / "azure_tags.py")
    texts = [re.findall(r"DOCUMENTATION = r?'''(.*?)'''", file.read_text(), re.DOTALL)[0] for file in files]
    return {name for text in texts for name in yaml.safe_load(text)["options"]}


def ours() -> set[str]:
    options = aks_gpu_nodepool.OPERATION.arguments
    return {*options, *(alias for option in options.values() for alias in option.get("aliases", []))}


@pytest.mark.skipif(find_spec("ansible_collections.azure") is None, reason="the package ansible is not installed")
def test_options_of_azure_azcollection_have_the_same_name_or_are_listed() -> None:
    from ansible_collections.azure import azcollection  # noqa: PLC0415

    (root,) = azcollection.__path__
    text = AZCOLLECTION.read_text().split("## Options of a pool")[1].split("##")[0]
    listed = {name for cell in re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}
    theirs = documented(Path(root) / "plugins" / "modules" / "azure_rm_aksagentpool.py")
    assert listed <= theirs
    assert theirs - ours() - listed == set()
