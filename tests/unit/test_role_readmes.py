# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Galaxy refuses a collection with a role that has no README.md (galaxy-importer: "No role readme found").

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .role_tasks import registered

ROLES = sorted(path for path in (Path(__file__).resolve().parents[2] / "roles").iterdir() if path.is_dir())
_PLAY = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def defaults(role: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROLES[0].parent / role / "defaults" / "main.yml").read_text())
    return loaded


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_readme_shows_the_role_with_variables_that_exist(role: Path) -> None:
    (play,) = yaml.safe_load(_PLAY.findall((role / "README.md").read_text())[0])
    for use in play.get("roles", []):
        name = use["role"].rpartition(".")[2]
        assert set(use.get("vars", {})) <= {*defaults("gpu"), *defaults(name)}, f"the example sets variables that {name} doesn't have"
    assert f"gpuops.aks.{role.name}" in yaml.safe_dump(play)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_readme_lists_every_registered_result(role: Path) -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| [^\n]*$", (role / "README.md").read_text().split("| registered result")[-1], re.M))
    assert listed >= set(registered(role))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_readme_lists_every_step_that_can_run_alone(role: Path) -> None:
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    readme = (role / "README.md").read_text()
    assert [step for step in specs if step != "main" and f"| `{step}` |" not in readme] == []
