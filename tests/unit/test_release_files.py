# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `make release` refuses, and its software bill of materials. `make lint` runs it all as a dry run.

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("cyclonedx", reason="an older environment has no cyclonedx: touch requirements-dev.txt, and run make again")

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import release


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with what a release is judged by, committed and tagged."""
    names = ("galaxy.yml", "changelogs/changelog.yaml", "CHANGELOG.rst", "requirements.txt", "requirements-dev.txt", "meta/runtime.yml")
    for name in (*names, "tests/unit/requirements.txt", "roles/manual_plugin/defaults/main.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(release.ROOT / name, tmp_path / name)
    (tmp_path / "changelogs" / "fragments").mkdir()
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", f"v{version(tmp_path)}"]):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments], cwd=tmp_path, check=True)
    return tmp_path


def version(repository: Path) -> str:
    return str(release.load("galaxy.yml", repository)["version"])


def refusals(repository: Path) -> list[str]:
    return [*release.changelog_refusals(repository), *release.git_refusals(repository)]


def test_tagged_release_with_a_changelog_is_accepted(repository: Path) -> None:
    assert refusals(repository) == []


def test_change_that_is_not_in_the_changelog_is_refused(repository: Path) -> None:
    (repository / "changelogs" / "fragments" / "faster.yml").write_text("minor_changes: [faster]\n")
    assert [each.split(":")[0] for each in refusals(repository)] == ["faster.yml", "Files are not committed"]


def test_version_without_a_changelog_is_refused(repository: Path) -> None:
    galaxy = repository / "galaxy.yml"
    galaxy.write_text(galaxy.read_text().replace(f"version: {version(repository)}", "version: 98.7.6"))
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qam", "x"], cwd=repository, check=True)
    said = refusals(repository)
    assert [text for text in said if "98.7.6" in text] == said
    assert len(said) == 3  # changelog.yaml, CHANGELOG.rst, the tag


def test_bill_of_materials_is_valid_and_names_every_requirement(repository: Path, tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    artifact.write_bytes(b"x")
    text = release.bill_of_materials(artifact, repository)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    lines = (repository / "requirements.txt").read_text().splitlines()
    assert {each["name"] for each in bill["components"] if each["type"] == "library"} == {
        "ansible-core",
        *(line.split(">=")[0] for line in lines if ">=" in line),
    }
    assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": release.digest(artifact)}]
    assert [each["name"] for each in bill["components"] if each["scope"] == "optional" and each["type"] == "library"] == ["msgspec"]
    image = release.load("roles/manual_plugin/defaults/main.yml", repository)["manual_plugin_image"]
    assert [f"{each['name']}:{each['version']}" for each in bill["components"] if each["type"] == "container"] == [image]


def test_bill_of_materials_of_a_commit_is_always_the_same(repository: Path, tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    artifact.write_bytes(b"x")
    assert release.bill_of_materials(artifact, repository) == release.bill_of_materials(artifact, repository)
