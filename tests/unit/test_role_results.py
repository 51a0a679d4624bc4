# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task of a role returned has a name by one rule, and the report finds it by that rule, also of a path that is new."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from .role_tasks import registered

ROLES = Path(__file__).parents[2] / "roles"
PATHS = sorted(file.parts[-3] for file in ROLES.glob("*/tasks/register.yml"))
REGISTERED = [pytest.param(role.name, name, id=name) for role in sorted(ROLES.iterdir()) for name in registered(role)]


def report_steps() -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load((ROLES / "gpu_report" / "defaults" / "main.yml").read_text())["gpu_report_steps"]
    return loaded


@pytest.mark.parametrize(("role", "name"), REGISTERED)
def test_result_is_named_by_role_and_step(role: str, name: str) -> None:
    """<role>_<step>_result, or <role>_result of the one step that the role is named by."""
    assert re.fullmatch(rf"{role}(_[a-z]+)?_result", name)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("step", ["register", "pool", "plugin"])
def test_each_step_of_a_path_registers_what_the_report_reads(path: str, step: str) -> None:
    assert f"register: {path}_{step}_result\n" in (ROLES / path / "tasks" / f"{step}.yml").read_text()
    assert report_steps()[step] == f"{{{{ lookup('ansible.builtin.vars', gpu_path ~ '_{step}_result', default={{}}) }}}}"


def test_the_report_reads_what_the_other_roles_register() -> None:
    names = {case.values[1] for case in REGISTERED}
    read = {name for value in report_steps().values() for name in re.findall(r"\w+_result\b", value) if not name.startswith("_")}
    assert read <= names
    assert read == {name for name in names if not name.startswith(("gpu_report", "gpu_teardown", *PATHS))}
