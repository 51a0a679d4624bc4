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


def included(role: str, file: str, by: tuple[str, ...] = ()) -> str:
    """The text of a file of tasks, with the files that it includes, apart from those by which it is included."""
    text = (ROLES / role / "tasks" / file).read_text()
    others = [other for other in re.findall(r"include_tasks: (\S+)", text) if other not in (*by, file)]
    return text + "".join(included(role, other, (*by, file)) for other in others)


def named(role: str, text: str) -> set[str]:
    """The role's variables in a text, and not the collection's plugins of the same name."""
    return set(re.findall(rf"\b(?<!gpuops\.aks\.){role}_\w+", text))


def read_by(role: str, step: str) -> set[str]:
    own = {name for file in (ROLES / role / "tasks").glob("*.yml") for name in set_in(yaml.safe_load(file.read_text()))}
    described = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_text())
    read = named(role, included(role, f"{step}.yml"))
    while more := {name for each in read & {*described} for name in named(role, str(described[each]))} - read:
        read |= more
    return read - own - {*described}


def set_in(node: Any) -> Iterator[str]:
    """What tasks register, set and pass on."""
    if isinstance(node, dict):
        yield from filter(None, (node.get("register"), *node.get("vars", {}), *node.get("ansible.builtin.set_fact", {})))
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from set_in(child)


def test_there_are_paths() -> None:
    assert {"manual_plugin", "managed", "gpu_operator", "dedicated_vhd"} <= {*PATHS}


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


PLAYBOOKS = [path for folder in ("playbooks", "roles", "molecule", "tests/conformance") for path in (ROLES.parent / folder).rglob("*.yml")]


def entries(node: Any) -> Iterator[tuple[str, str]]:
    """The roles that tasks run, with the file of their tasks, if neither comes from a variable."""
    if isinstance(node, dict) and "tasks_from" in node and "{{" not in f"{node['name']}{node['tasks_from']}":
        yield node["name"].removeprefix("gpuops.aks."), node["tasks_from"].removesuffix(".yml")
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from entries(child)


def test_file_of_tasks_that_a_playbook_names_is_there() -> None:
    """ansible-lint and --syntax-check do not look: a role is included when the task runs."""
    naming = [path for path in PLAYBOOKS if "tasks_from: " in path.read_text()]
    found = {(path, entry) for path in naming for entry in entries(yaml.safe_load(path.read_text()))}
    assert {path.relative_to(ROLES.parent).parts[0] for path, _entry in found} >= {"roles", "tests"}
    missing = [(str(path), *entry) for path, entry in found if not (ROLES / entry[0] / "tasks" / f"{entry[1]}.yml").is_file()]
    assert missing == []
