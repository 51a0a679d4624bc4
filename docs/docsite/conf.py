# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx settings of `make docs`, which lays out what antsibull-docs writes from modules and roles."""

from __future__ import annotations

import posixpath
import re
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


_ROOT = Path(__file__).parents[2]
_ADDRESS = "https://github.com/gpuops/aks/blob/main/"
_LINK = re.compile(rf"`([^`<]+) <{re.escape(_ADDRESS)}([^>]+\.md)>`__")
_MARKDOWN_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def _page(path: str) -> str:
    """The name of a page of the repository among the guides: roles/gpu/README.md is roles-gpu."""
    return path.removeprefix("docs/").removesuffix("/README.md").removesuffix(".md").replace("/", "-")


def _here(link: re.Match[str], source: str, pages: set[str]) -> str:
    """A link of a guide: to the copy of the page if there is one, else to the repository; to another site as it is."""
    target, anchor = link[1].removeprefix(_ADDRESS), link[2] or ""
    if target.startswith("https://"):
        return link[0]
    if target == link[1]:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    return f"]({_page(target)}.md{anchor})" if target in pages else f"]({_ADDRESS}{target}{anchor})"


def _copy_guides(app: Sphinx) -> None:
    """Copy the pages that docsite/rst/guides.rst links into the website, and let it lead there."""
    guides = Path(app.srcdir) / "docsite"
    text = (guides / "guides.rst").read_text()
    pages = {path for _title, path in _LINK.findall(text)}
    for path in pages:
        copied = _MARKDOWN_LINK.sub(lambda link, source=path: _here(link, source, pages), (_ROOT / path).read_text())
        (guides / f"{_page(path)}.md").write_text(copied)
    toctree = "".join(f"   {_page(path)}\n" for _title, path in _LINK.findall(text))
    text = _LINK.sub(lambda link: f":doc:`{link[1]} <{_page(link[2])}>`", text)
    (guides / "guides.rst").write_text(f"{text}\n.. toctree::\n   :hidden:\n\n{toctree}")


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("builder-inited", _copy_guides)
    app.connect("missing-reference", _core_page)
