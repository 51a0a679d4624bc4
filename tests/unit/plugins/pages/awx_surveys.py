# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surveys at the end of playbooks/vars/awx.yml, from the options of the roles. `make pages` writes them.

AWX passes every answer on as an extra variable, which nothing in the inventory can override, and so it passes a default that nobody
changed. A survey for many clusters therefore asks nothing that the inventory says of each, has no defaults of its own, and only has
questions whose empty answer AWX does not pass on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jinja2
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.inventory.cluster_host import CHAIN_VARIABLES

from .finding_page import REPOSITORY

FILE = REPOSITORY / "playbooks" / "vars" / "awx.yml"
ROLES = REPOSITORY / "roles"
_START = "# `make pages` writes what follows, from the options of the roles; a test holds it exact.\n"
_CHAIN = "gpu"
# AWX's types of questions for those of Ansible; it has none for lists, dictionaries and paths. A choice is always a text.
_TYPES = {"str": "text", "int": "integer", "float": "float", "bool": "multiplechoice"}
# The least and the most that the modules take. A test tries both, and one more.
BOUNDS: dict[str, tuple[int, int | None]] = {
    "gpu_node_count": (0, 1000),
    "gpu_min_count": (0, 1000),
    "gpu_max_count": (1, 1000),
    "gpu_prove_parallel": (1, 1000),
    "gpu_prove_gpu_timeout": (1, 864000),
    "gpu_prove_load_seconds": (0, 864000),
    "gpu_prove_timeout": (1, None),
    "gpu_verify_timeout": (1, None),
    "gpu_verify_fail_fast_after": (1, None),
    "gpu_teardown_timeout": (1, None),
}
# How the documentation marks options, values, code, environment variables and other plugins.
_MARKUP = (
    (re.compile(r"See [OMP]\([^)]*\)(, also [^.]*)?\."), ""),
    (re.compile(r"[OV]\((?:[\w.]+#\w+:)?(?:\w+:)?([^)]*)\)"), r"\1"),
    (re.compile(r"[CEM]\(([^)]*)\)"), r"\1"),
    (re.compile(r"P\(([\w.]+)#\w+\)"), r"\1"),
)


@dataclass(frozen=True)
class Survey:
    """Which options it asks for: those of an entry point of a role, for the clusters of the inventory or for one that the survey names."""

    role: str
    entry_point: str = "main"
    of_inventory: bool = True


SURVEYS = {
    "chain": Survey(_CHAIN, "preflight"),
    "verify": Survey("gpu_verify"),
    "prove": Survey("gpu_prove"),
    "teardown": Survey("gpu_teardown"),
    "new_pool": Survey(_CHAIN, "preflight", of_inventory=False),
}


def options(role: str, entry_point: str = "main") -> dict[str, Any]:
    """What argument_specs.yml says of the options."""
    specs: dict[str, Any] = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())
    loaded: dict[str, Any] = specs["argument_specs"][entry_point]["options"]
    return loaded


def defaults(role: str) -> dict[str, Any]:
    """The defaults of the role's variables."""
    loaded: dict[str, Any] = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())
    return loaded


def required() -> list[str]:
    """The variables that the first step refuses if they are empty."""
    tasks: list[dict[str, Any]] = yaml.safe_load((ROLES / _CHAIN / "tasks" / "preflight.yml").read_text())
    names: list[str] = tasks[0]["gpuops.aks.gpu_variables"]["required"]
    return names


def questions(survey: Survey) -> list[dict[str, Any]]:
    """The questions, in the order of the options."""
    asked = dict(_asked(survey))
    found = (_of_inventory(name, option) if survey.of_inventory else _of_one(name, option) for name, option in asked.items())
    return [question for question in found if question]


def _asked(survey: Survey) -> Iterator[tuple[str, Any]]:
    """The options and, instead of one whose default is a variable of the chain, that variable; last the chain's own for the role."""
    chain, role_defaults = options(_CHAIN, "preflight"), defaults(survey.role)
    for name, option in options(survey.role, survey.entry_point).items():
        same = re.fullmatch(r"\{\{ (gpu_\w+) \}\}", str(role_defaults.get(name)))
        yield (same[1], chain[same[1]]) if same and same[1] in chain else (name, option)
    if survey.role != _CHAIN:
        yield from ((name, option) for name, option in chain.items() if name.startswith(f"{survey.role}_"))


def _of_inventory(name: str, option: Any) -> dict[str, Any] | None:
    question = _question(name, option)
    if question is None or question["type"] == "text" or name in CHAIN_VARIABLES:
        return None
    return {**question, "question_description": _help(name, option, without="Without an answer, the inventory or the role decides.")}


def _of_one(name: str, option: Any) -> dict[str, Any] | None:
    question = _question(name, option)
    if question is None:
        return None
    default = _default(name, option)
    if question["type"] == "text" and default is None:
        return None
    given = {} if default in (None, "") else {"default": default}
    return {**question, "required": name in required(), **given, "question_description": _help(name, option)}


def _question(name: str, option: Any) -> dict[str, Any] | None:
    """The question without its default and help; None for an option that AWX has no type of question for."""
    choices = option.get("choices") or (["true", "false"] if option["type"] == "bool" else None)
    kind = "multiplechoice" if choices else _TYPES.get(option["type"])
    if kind is None:
        return None
    least, most = BOUNDS.get(name, (None, None))
    bounds = {key: value for key, value in (("min", least), ("max", most)) if value is not None}
    chosen = {"choices": choices} if choices else {}
    return {"question_name": _sentences(option)[0].rstrip("."), "variable": name, "type": kind, "required": False, **chosen, **bounds}


def _default(name: str, option: Any) -> Any:
    """The default as an answer; None if it depends on what is only known later, or if AWX should not pass it on."""
    if "default" in option:
        default = option["default"]
        return str(default).lower() if isinstance(default, bool) else default
    return _computed(name) if option["type"] == "str" else None


def _computed(name: str) -> str | None:
    """The text that the expression of the default gives where all other variables have theirs."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    environment.filters["bool"] = bool
    try:
        return environment.from_string(str(defaults(_CHAIN)[name])).render(defaults(_CHAIN)) or None
    except jinja2.TemplateError:
        return None


def _help(name: str, option: Any, *, without: str = "") -> str:
    default = option.get("default")
    shown = str(default).lower() if isinstance(default, bool) else default
    told = [f"The default is {shown}."] if without and default not in (None, "") else []
    return " ".join([*_sentences(option)[1:], *told, without, f"The variable is {name}."]).replace("  ", " ").strip()


def _sentences(option: Any) -> list[str]:
    """The description, without markup and without references to other pages."""
    described = option["description"]
    text = " ".join(described) if isinstance(described, list) else described
    for pattern, plain in _MARKUP:
        text = pattern.sub(plain, text)
    return re.split(r"(?<=[.?]) +", text.strip())


class _Indented(yaml.SafeDumper):
    """Lists a level below their key, as the linter wants them; no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def page() -> str:
    """The file as it has to be."""
    surveys = {name: {"name": "", "description": "", "spec": questions(survey)} for name, survey in SURVEYS.items()}
    dumped = yaml.dump({"gpuops_awx_surveys": surveys}, Dumper=_Indented, sort_keys=False, width=115)
    return FILE.read_text().partition(_START)[0] + _START + dumped


if __name__ == "__main__":
    FILE.write_text(page())
