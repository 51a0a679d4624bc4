# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx settings of `make docs`, which lays out what antsibull-docs writes from modules and roles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "gpuops.aks"
copyright = "gpuops.aks contributors"  # noqa: A001 - Sphinx names it so
html_title = "gpuops.aks"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
default_role = "any"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
myst_heading_anchors = 3

# The labels of ansible-core's documentation that antsibull-docs refers to. Sphinx would fetch all of that documentation's labels for them;
# with these the site is built without a network.
_CORE = "https://docs.ansible.com/ansible/latest"
_CORE_LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def _core_page(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, shown: nodes.Element) -> nodes.reference | None:
    """Link a label of ansible-core's; any other stays missing, and a missing one fails the build."""
    page = _CORE_LABELS.get(node["reftarget"])
    return nodes.reference("", "", shown, refuri=f"{_CORE}/{page}", internal=False) if page else None


_GUIDES = Path(__file__).parent.parent
_GUIDES_TREE = """

Guides
------

.. toctree::
   :maxdepth: 1
   :glob:

   guides/*
"""


def _copy_guides(app: Sphinx) -> None:
    """Add docs/*.md to the pages that antsibull-docs has written."""
    pages = Path(app.srcdir)
    (pages / "guides").mkdir(exist_ok=True)
    for guide in _GUIDES.glob("*.md"):
        shutil.copy(guide, pages / "guides")
    index = pages / "index.rst"
    index.write_text(index.read_text() + _GUIDES_TREE)


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("builder-inited", _copy_guides)
    app.connect("missing-reference", _core_page)
