# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the pages of documentation point to is there, and what they list is all there is.

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "tests").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?://)([^)\s]*)\)")
_CODE = re.compile(r"```.*?```", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link can name behind the #: a heading as GitHub spells it, or an anchor of HTML."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", _CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(re.findall(r"<a id='([^']+)'>", text))


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", page.read_text())):
        name, anchor = f"{link}#".split("#")[:2]
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_way_to_say_proven_wrongly_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| .* \| (`[\w/]*test_.*) \|$", (REPOSITORY / "docs" / "workload.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w/]*test_\w+\.py)`", row)}
    tests = [path.as_posix() for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert len(rows) > 15
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in tests)] == []


def test_every_guide_is_named_in_the_readme() -> None:
    linked = set(_LINK.findall((REPOSITORY / "README.md").read_text()))
    assert {f"docs/{guide.name}" for guide in (REPOSITORY / "docs").glob("*.md")} <= linked


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


def test_the_readme_names_the_oldest_versions_that_are_supported() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    core = yaml.safe_load((REPOSITORY / "meta" / "runtime.yml").read_text())["requires_ansible"]
    python = yaml.safe_load((REPOSITORY / "tests" / "config.yml").read_text())["modules"]["python_requires"]
    oldest = dict(re.findall(r"^\| (ansible-core|Python)[^|]* \| ([\d.]+) \|", readme, re.MULTILINE))
    assert {"ansible-core": f">={oldest['ansible-core']}.0", "Python": f">={oldest['Python']}"} == {"ansible-core": core, "Python": python}
