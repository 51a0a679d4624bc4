# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What galaxy.yml, the changelog and the documentation say of versions fits together.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.release import VERSION

REPOSITORY = Path(__file__).parents[2]
Version = tuple[int, ...]


def version(text: str) -> Version:
    return tuple(int(number) for number in text.split("."))


def load(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


def released() -> list[Version]:
    return sorted(version(text) for text in load("changelogs/changelog.yaml")["releases"])


def additions(node: Any) -> Iterator[str]:
    """Every version_added of a documentation, at whatever depth."""
    if isinstance(node, dict):
        if isinstance(node.get("version_added"), str):
            yield node["version_added"]
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        yield from additions(child)


def documentations() -> Iterator[Any]:
    for folder in ("modules", "doc_fragments"):
        for path in sorted((REPOSITORY / "plugins" / folder).glob("[a-z]*.py")):
            yield pytest.param(yaml.safe_load(path.read_text().split('DOCUMENTATION = r"""')[1].split('"""')[0]), id=path.stem)
    for path in sorted((REPOSITORY / "roles").glob("*/meta/argument_specs.yml")):
        yield pytest.param(yaml.safe_load(path.read_text()), id=f"role {path.parts[-3]}")


def test_the_version_is_the_newest_of_the_changelog_or_the_one_after() -> None:
    assert version(load("galaxy.yml")["version"]) >= released()[-1]


def test_the_report_names_the_version_of_galaxy_yml() -> None:
    assert load("galaxy.yml")["version"] == VERSION


def test_changes_wait_for_a_version_that_is_not_in_the_changelog_yet() -> None:
    waiting = [path.name for path in (REPOSITORY / "changelogs" / "fragments").glob("*.yml")]
    coming = version(load("galaxy.yml")["version"])
    assert not waiting or coming > released()[-1], f"{waiting} change a version that is finished: see 'A release' in CONTRIBUTING.md"


def test_breaking_change_needs_a_major_version() -> None:
    fragments = [
        path for path in (REPOSITORY / "changelogs" / "fragments").glob("*.yml") if "breaking_changes" in yaml.safe_load(path.read_text())
    ]
    assert not fragments or version(load("galaxy.yml")["version"])[0] > released()[-1][0], (
        f"{fragments} need the next major version in galaxy.yml"
    )


@pytest.mark.parametrize("documentation", list(documentations()))
def test_documented_additions_belong_to_a_released_version(documentation: Any) -> None:
    assert set(map(version, additions(documentation))) <= {*released(), version(load("galaxy.yml")["version"])}


def objects() -> dict[str, list[str]]:
    """What users find in the collection, by kind."""
    return {
        "modules": sorted(path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")),
        "filter": sorted(path.stem for path in (REPOSITORY / "plugins" / "filter").glob("*.py")),
        "inventory": sorted(path.stem for path in (REPOSITORY / "plugins" / "inventory").glob("*.py")),
        "playbook": sorted(path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")),
        "role": sorted(path.name for path in (REPOSITORY / "roles").iterdir() if path.is_dir()),
    }


@pytest.mark.parametrize("kind", ["modules", "filter", "inventory", "playbook", "role"])
def test_changelog_names_everything_that_the_collection_has(kind: str) -> None:
    told = [
        each["name"]
        for release in load("changelogs/changelog.yaml")["releases"].values()
        for each in {"modules": release.get("modules", []), **release.get("plugins", {}), **release.get("objects", {})}.get(kind, [])
    ]
    assert sorted(told) == objects()[kind], "see 'A release' in CONTRIBUTING.md"
