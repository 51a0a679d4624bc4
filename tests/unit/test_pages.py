# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the pages of documentation point to is there, and what they list is all there is.

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(
    [
        *REPOSITORY.glob("*.md"),
        *(REPOSITORY / ".github").rglob("*.md"),
        *(REPOSITORY / "roles").glob("*/README.md"),
        *(REPOSITORY / "docs").glob("*.md"),
        *(REPOSITORY / "tests").rglob("*.md"),
    ]
)
# Galaxy shows the collection's README and those of the roles, without the files that they point to.
ON_GALAXY = [REPOSITORY / "README.md", *sorted((REPOSITORY / "roles").glob("*/README.md"))]
# What the template of certified collections has (https://github.com/ansible-collections/partner-certification-requirements,
# docs/readme-template.md, 2026).
HEADINGS = [
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Contributing",
    "Support",
    "Release Notes and Roadmap",
    "Related Information",
    "License Information",
]
ADDRESS = "https://github.com/gpuops/aks/blob/main/"
_LINK = re.compile(r"(?:\]\(|^\[[^\]\n]+\]: )<?([^)>\s]+)", re.MULTILINE)
_CODE = re.compile(r"```.*?```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link can name behind the #: a heading as GitHub spells it, or an anchor of HTML."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", _CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(re.findall(r"<a id='([^']+)'>", text))


def links(page: Path) -> list[str]:
    """What a page links to, apart from other sites."""
    found = [
        link.replace(ADDRESS, f"{os.path.relpath(REPOSITORY, page.parent)}/") for link in _LINK.findall(_CODE.sub("", page.read_text()))
    ]
    return [link for link in found if not link.startswith(("https://", "http://"))]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, anchor = f"{link}#".split("#")[:2]
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", ON_GALAXY, ids=[str(page.relative_to(REPOSITORY)) for page in ON_GALAXY])
def test_links_of_pages_on_galaxy_have_an_address(page: Path) -> None:
    relative = [link for link in _LINK.findall(_CODE.sub("", page.read_text())) if not link.startswith(("https://", "#"))]
    assert relative == [], f"begin them with {ADDRESS}"


def test_guides_link_only_to_each_other_by_a_relative_link() -> None:
    outside = {
        page.name: [link for link in _LINK.findall(page.read_text()) if link.startswith("..")]
        for page in (REPOSITORY / "docs").glob("*.md")
    }
    assert {name: found for name, found in outside.items() if found} == {}, f"begin them with {ADDRESS}, for the documentation's website"


def test_every_reference_of_the_readme_is_used_and_defined() -> None:
    text = _CODE.sub("", (REPOSITORY / "README.md").read_text())
    used = re.findall(r"\[[^\]]+\]\[([^\]]+)\]|\[([\w./-]+\.(?:md|rst|txt|yml)|LICENSE)\](?:\[\]|(?![(:\[]))", text)
    assert {one or other for one, other in used} == set(re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE))


def test_the_readme_has_the_headings_that_certification_asks_for() -> None:
    headings = re.findall(r"^## (.*)$", (REPOSITORY / "README.md").read_text(), re.MULTILINE)
    assert [heading for heading in headings if heading in HEADINGS] == HEADINGS


def test_every_way_to_say_proven_wrongly_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| .* \| (`[\w/]*test_.*) \|$", (REPOSITORY / "docs" / "workload.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w/]*test_\w+\.py)`", row)}
    tests = [path.as_posix() for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert len(rows) > 15
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in tests)] == []


def test_every_guide_is_named_in_the_readme() -> None:
    linked = links(REPOSITORY / "README.md")
    assert {f"./docs/{guide.name}" for guide in (REPOSITORY / "docs").glob("*.md")} <= {*linked}


def test_the_website_has_every_guide_and_the_readme_of_every_role() -> None:
    linked = re.findall(rf"<{re.escape(ADDRESS)}([^>]+)>`__", (REPOSITORY / "docs" / "docsite" / "rst" / "guides.rst").read_text())
    pages = [*(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "roles").glob("*/README.md")]
    assert {str(page.relative_to(REPOSITORY)) for page in pages} <= {*linked}
    assert [name for name in linked if not (REPOSITORY / name).exists()] == []


def test_the_guide_of_playbooks_has_an_example_of_each() -> None:
    text = (REPOSITORY / "docs" / "playbooks.md").read_text()
    playbooks = {path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")}
    assert playbooks <= {*re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)} & {*re.findall(r"^## (\w+)$", text, re.MULTILINE)}
    assert playbooks <= {*re.findall(r"gpuops\.aks\.(\w+)", "".join(re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)))}


def test_the_readme_lists_every_variable_of_the_chain() -> None:
    variables = (REPOSITORY / "README.md").read_text().split("### Variables")[1]
    rows = re.findall(r"^\| (`gpu_[^|]*) \|", variables, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    defaults = yaml.safe_load((REPOSITORY / "roles" / "gpu" / "defaults" / "main.yml").read_text())
    assert sorted(listed) == sorted([*defaults, "gpu_hosts"])


def test_the_readme_lists_every_playbook_module_and_role() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    playbooks = {path.name for path in (REPOSITORY / "playbooks").glob("*.yml")}
    assert set(re.findall(r"^\| `playbooks/([\w.]+)` \|", readme, re.MULTILINE)) == playbooks
    named = set(re.findall(r"`(?:gpuops\.aks\.)?(\w+)`", readme))
    assert named >= {path.stem for path in (REPOSITORY / "plugins" / "modules").glob("[a-z]*.py")}
    assert named >= {path.name for path in (REPOSITORY / "roles").iterdir()} - {"gpu"}  # which holds the variables
