# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A path's role may be run whole or by step: what each entry point says it takes is what its tasks read.

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).parents[2] / "roles"
PATHS = sorted(file.parts[-3] for file in ROLES.glob("*/tasks/register.yml"))


def specs(role: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return found


def steps() -> Iterator[Any]:
    for role in PATHS:
        yield from (pytest.param(role, step, id=f"{role}-{step}") for step in specs(role) if step != "main")


def read_by(role: str, step: str) -> set[str]:
    text = (ROLES / role / "tasks" / f"{step}.yml").read_text()
    text += "".join((ROLES / role / "tasks" / file).read_text() for file in re.findall(r"include_tasks: (\S+)", text))
    own = {name for file in (ROLES / role / "tasks").glob("*.yml") for name in re.findall(r"register: (\w+)", file.read_text())}
    if f"{role}_wanted" in text:
        described = (ROLES / role / "vars" / "main.yml").read_text()
        text, own = text + described, own | {*yaml.safe_load(described)}
    return set(re.findall(rf"\b{role}_\w+", text)) - own


def test_there_are_paths() -> None:
    assert {"manual_plugin", "managed", "dedicated_vhd"} <= {*PATHS}


def test_playbooks_and_variable_know_the_paths() -> None:
    chosen = yaml.safe_load((ROLES.parent / "playbooks" / "vars" / "path.yml").read_text())
    assert sorted(chosen["gpu_path_names"]) == sorted(specs("gpu")["preflight"]["options"]["gpu_path"]["choices"]) == PATHS


@pytest.mark.parametrize(("role", "step"), list(steps()))
def test_step_takes_what_its_tasks_read(role: str, step: str) -> None:
    assert set(specs(role)[step]["options"]) == read_by(role, step)


@pytest.mark.parametrize("role", PATHS)
def test_whole_path_takes_what_its_steps_take(role: str) -> None:
    of_steps = {name: option for step, spec in specs(role).items() if step != "main" for name, option in spec["options"].items()}
    assert specs(role)["main"]["options"] == of_steps
