# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The versions that the collection promises are the same everywhere, and those that `make versions` and the workflow try.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.release import __version__ as core_version
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints import requirements
from ansible_test._util.target.common.constants import CONTROLLER_PYTHON_VERSIONS

from tests import versions

REPOSITORY = Path(__file__).parents[2]
OLDEST_PYTHON = versions.SUPPORTED[versions.OLDEST_CORE][0]


def load(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


def test_the_readme_lists_the_supported_versions() -> None:
    rows = re.findall(r"^\| (2\.\d+) \| ([\d., ]+) \|$", (REPOSITORY / "README.md").read_text(), re.MULTILINE)
    assert {core: tuple(pythons.split(", ")) for core, pythons in rows} == versions.SUPPORTED


def test_the_oldest_versions_are_the_same_everywhere() -> None:
    assert load("meta/runtime.yml")["requires_ansible"] == f">={versions.OLDEST_CORE}.0"
    assert load("tests/config.yml")["modules"]["python_requires"] == f">={OLDEST_PYTHON}"
    assert ".".join(map(str, requirements._PYTHON)) == OLDEST_PYTHON
    for fragment in ("azure", "kubernetes"):
        assert f"  - python >= {OLDEST_PYTHON}\n" in (REPOSITORY / "plugins" / "doc_fragments" / f"{fragment}.py").read_text()
    roles = {path.parents[1].name: yaml.safe_load(path.read_text()) for path in (REPOSITORY / "roles").glob("*/meta/main.yml")}
    assert {role: meta["galaxy_info"]["min_ansible_version"] for role, meta in roles.items()} == dict.fromkeys(roles, versions.OLDEST_CORE)


def test_pythons_are_those_of_the_installed_ansible_core() -> None:
    """Each cell of `make versions` runs this with its own ansible-core."""
    assert versions.SUPPORTED[".".join(core_version.split(".")[:2])] == CONTROLLER_PYTHON_VERSIONS


def test_the_workflow_tries_every_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["versions", "--matrix"])
    versions.main()
    matrix = yaml.safe_load(capsys.readouterr().out)
    assert matrix == [*versions.cells(), "oldest", "newest"]
    workflow = load(".github/workflows/test.yml")["jobs"]["versions"]
    assert workflow["strategy"]["matrix"] == {"cell": "${{ fromJSON(needs.matrix.outputs.cells) }}"}


def test_unknown_version_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["versions", "2.16/3.11"])
    with pytest.raises(SystemExit):
        versions.main()
    assert "2.16/3.11: not supported" in capsys.readouterr().err


def test_lower_bounds_are_those_of_the_requirements() -> None:
    bounds = versions.oldest()
    assert bounds[0] == f"ansible-core=={versions.OLDEST_CORE}.0"
    assert len(bounds) == 1 + len([line for line in (REPOSITORY / "requirements.txt").read_text().splitlines() if ">=" in line])
